// The list of events with what is above and below it: older ones, newer ones, those that arrive.

import { call, isAbort } from "./api.js";
import { h } from "./elements.js";
import { createEventList } from "./event-list.js";
import { countText, plural } from "./format.js";
import { createReader, markOf } from "./look-back.js";
import { explain } from "./notices.js";
import { createReading } from "./reading.js";
import { createRoving } from "./roving.js";
import { unseenBy } from "./tail.js";
import { termsOf } from "./terms.js";

/**
 * @typedef {import("./api.js").LogEvent} LogEvent
 * @typedef {import("./look-back.js").Query} Query
 * @typedef {import("./look-back.js").Mark} Mark
 * @typedef {object} PaneKit
 * @property {string} group
 * @property {string | undefined} stream
 * @property {(pattern: string) => void} search
 * @property {(first: LogEvent) => void} leaveTail older events than this one are wanted
 * @property {() => void} reload
 */

const reader = createReader(call);

/** @param {import("./main.js").App} app @param {PaneKit} kit */
export const createPane = (app, kit) => {
  const { group, stream } = kit;
  /** @type {Query} */
  let query = { group, stream, pattern: "", from: 0, to: 0 };
  let tailing = false;
  let unread = 0;
  let skipped = 0;
  /** @type {Mark | undefined} Where older events go on; undefined: there are none. */
  let olderAt;
  /** @type {Mark | undefined} Where newer ones go on. */
  let newerAt;

  const older = h(
    "button",
    { type: "button", class: "edge", onclick: () => void turn(-1, false) },
    "Older events",
  );
  const newer = h(
    "button",
    { type: "button", class: "edge", onclick: () => void turn(1, false) },
    "Newer events",
  );
  const instead = h("div");
  const pill = h("button", { type: "button", class: "pill", hidden: true, onclick: () => toEnd() });
  const scroller = h("div", { class: "scroller" }, older);
  const reading = createReading();
  const list = createEventList(scroller, () => ({
    group,
    named: stream === undefined,
    terms: termsOf(query.pattern),
    search: kit.search,
  }));
  const roving = createRoving(() => [...list.element.querySelectorAll("summary")]);
  scroller.append(list.element, instead, newer);
  scroller.addEventListener("scroll", () => {
    if (list.atEnd()) allRead();
  });

  const allRead = () => {
    unread = 0;
    pill.hidden = true;
  };
  const toEnd = () => {
    list.toEnd();
    allRead();
  };

  const reset = () => {
    list.clear();
    instead.replaceChildren();
    skipped = 0;
    olderAt = undefined;
    newerAt = undefined;
    allRead();
    settle();
  };

  /** Brings what is around the list up to date with it. @param {string} [remark] */
  const settle = (remark = "") => {
    older.hidden = olderAt === undefined;
    newer.hidden = tailing || newerAt === undefined;
    roving.settle();
    const shown = list.count() === 0 ? "No events" : `${plural(list.count(), "event")} on the page`;
    const left = skipped === 0 ? "" : `, ${countText(skipped)} left out because they came too fast`;
    app.status(remark || (tailing ? `Live: ${shown}${left}` : shown), tailing);
  };

  /** @param {readonly LogEvent[]} events */
  const arrive = (events) => {
    if (events.length === 0) return;
    // Whoever reads an event that is open is not torn away from it.
    const open = document.activeElement?.closest("details[open]") ?? null;
    const follow = list.count() === 0 || (list.atEnd() && !list.element.contains(open));
    instead.replaceChildren();
    list.append(events);
    const first = list.first();
    // Whatever was taken away at the start can be read again.
    if (first && olderAt === undefined && list.trimmed()) olderAt = markOf(first);
    if (follow) toEnd();
    else {
      unread += events.length;
      pill.textContent = `${plural(unread, "new event")} ↓`;
      pill.hidden = false;
    }
  };

  /** The newest page, and from then on what arrives. @param {import("./look-back.js").Watch} watch */
  const startTail = async (watch) => {
    /** @type {LogEvent[]} What arrives while the page is read. */
    const waiting = [];
    let missed = 0;
    /** @type {ReturnType<typeof unseenBy> | undefined} Undefined until the page has been read. */
    let unseen;
    await app.feed.follow(
      query,
      (arrived) => {
        if (unseen) {
          skipped += arrived.skipped;
          arrive(unseen(arrived.events));
          settle();
        } else {
          missed += arrived.skipped;
          waiting.push(...arrived.events);
        }
      },
      kit.reload,
    );
    watch.signal.throwIfAborted();
    const page = await reader.older(query, undefined, watch);
    reset();
    skipped = missed;
    list.append(page.events);
    olderAt = page.more ? page.mark : undefined;
    unseen = unseenBy(page.events, page.more);
    arrive(unseen(waiting));
  };

  /** @param {import("./look-back.js").Watch} watch */
  const newest = async (watch) => {
    const page = await reader.older(query, undefined, watch);
    reset();
    list.append(page.events);
    olderAt = page.more ? page.mark : undefined;
    const last = list.last();
    newerAt = last && markOf(last);
  };

  /** The page before and the page behind a mark. @param {Mark} mark @param {import("./look-back.js").Watch} watch */
  const around = async (mark, watch) => {
    const before = await reader.older(query, mark, watch);
    const behind = await reader.newer(query, mark, { after: false }, watch);
    reset();
    list.append([...before.events, ...behind.events]);
    olderAt = before.more ? before.mark : undefined;
    newerAt = behind.mark;
    const wanted =
      mark.id === "" ? behind.events[0] : behind.events.find(({ eventId }) => eventId === mark.id);
    const row = wanted && list.find((event) => event === wanted);
    const summary = row?.querySelector("summary");
    if (!summary) return;
    row?.classList.add("target");
    row?.scrollIntoView({ block: "center" });
    roving.select(summary, { focus: false });
  };

  /** One more page at an end. @param {1 | -1} by @param {boolean} move whether the reader goes there */
  const turn = async (by, move) => {
    const from = by === -1 ? olderAt : newerAt;
    if (from === undefined || reading.busy()) return;
    const first = list.first();
    if (tailing) return first && kit.leaveTail(first);
    try {
      const page = await reading.run((watch) =>
        by === -1 ? reader.older(query, from, watch) : reader.newer(query, from, { after: true }, watch),
      );
      const edge = by === -1 ? first : list.last();
      if (by === -1) {
        list.prepend(page.events);
        olderAt = page.more ? page.mark : undefined;
        const last = list.last();
        newerAt = last && markOf(last);
      } else {
        list.append(page.events);
        newerAt = page.mark;
        const top = list.first();
        if (top && list.trimmed()) olderAt = markOf(top);
      }
      if (list.count() > 0) instead.replaceChildren();
      const [what, none] = by === -1 ? ["older", olderAt === undefined] : ["newer", !page.more];
      settle(page.events.length === 0 && none ? `No ${what} events` : "");
      if (!move || page.events.length === 0) return;
      const row = list.find((event) => event === edge);
      const next = by === -1 ? row?.previousElementSibling : row?.nextElementSibling;
      roving.select(next?.querySelector("summary") ?? undefined);
    } catch (error) {
      if (isAbort(error)) return;
      const { title, text } = explain(error);
      settle(`${title}: ${text}`);
    }
  };

  return {
    element: h("div", { class: "pane" }, reading.element, scroller, pill),
    roving,
    /**
     * Shows what a query finds: the newest events, or those around a mark. Gives how many, and whether there may be
     * more before them.
     * @param {Query} wanted @param {{ tail: boolean, at: Mark | undefined }} how
     */
    load: async (wanted, { tail, at }) => {
      query = wanted;
      tailing = tail;
      if (!tail) app.feed.unfollow();
      return reading.run(async (watch) => {
        const inside = list.element.contains(document.activeElement);
        if (tail) await startTail(watch);
        else if (at) await around(at, watch);
        else await newest(watch);
        settle();
        if (inside && document.activeElement === document.body) roving.focus();
        if (!at) toEnd();
        return { found: list.count(), more: olderAt !== undefined };
      });
    },
    /** Shows something where the events would be. @param {Node} node */
    instead: (node) => {
      instead.replaceChildren(node);
      settle();
    },
    reset,
    turn,
    empty: () => list.count() === 0 && !reading.busy(),
    /** Whether a query finds anything now, without showing it. @param {Query} wanted */
    finds: async (wanted) => {
      const never = new AbortController().signal;
      const page = await reader.older(wanted, undefined, { signal: never, stop: never, progress: () => {} });
      return page.events.length > 0;
    },
    stop: reading.stop,
    dispose: () => {
      reading.cancel();
      app.feed.unfollow();
    },
  };
};
