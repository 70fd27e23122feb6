// The events of a stream or of a whole group: searched, paged, and followed as they arrive.

import { addressOf } from "./address.js";
import { CallError, isAbort } from "./api.js";
import { h } from "./elements.js";
import { createPane } from "./events-pane.js";
import { momentOf } from "./format.js";
import { failure, noEvents, notice, patternHelp } from "./notices.js";
import { rangePicker } from "./range-picker.js";
import { searchForm } from "./search-form.js";
import { tabs } from "./tabs.js";

/**
 * @typedef {import("./address.js").EventsPlace} EventsPlace
 * @param {EventsPlace} start @param {import("./main.js").App} app @returns {import("./main.js").View}
 */
export const eventsView = (start, app) => {
  let place = start;
  /** @type {"" | "pattern" | "call"} What kept the events from being shown. */
  let trouble = "";
  const { group, stream } = place;
  // A link to one event says where to look; whatever is searched for next does not.
  const change = (/** @type {Partial<EventsPlace>} */ some) =>
    app.change({ ...place, at: undefined, event: "", ...some });
  const searchFor = (/** @type {string} */ pattern) => change({ pattern });
  const toggleTail = () => change(place.tail ? { tail: false } : { tail: true, to: "" });

  const search = searchForm({
    label: "Filter pattern",
    placeholder: "Filter pattern, such as ERROR -debug",
    instant: false,
    submit: (pattern) => {
      if (pattern === place.pattern && place.at === undefined) void reload();
      else change({ pattern });
    },
  });
  const help = h(
    "details",
    { class: "help" },
    h("summary", {}, "Patterns"),
    patternHelp((pattern) => {
      help.open = false;
      searchFor(pattern);
    }),
  );
  help.addEventListener("focusout", ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && help.contains(relatedTarget))) help.open = false;
  });
  const range = rangePicker((chosen) => change({ ...chosen, tail: false }));
  const tail = h(
    "button",
    { type: "button", class: "tail", title: "Shortcut: t", onclick: toggleTail },
    "Live tail",
  );
  const wrap = h(
    "button",
    { type: "button", title: "Shortcut: w", onclick: () => toggleWrap() },
    "Wrap lines",
  );
  const pane = createPane(app, {
    group,
    stream,
    search: searchFor,
    leaveTail: ({ timestamp, eventId = "" }) => change({ tail: false, at: timestamp, event: eventId }),
    reload: () => void reload(),
  });
  const toolbar = h(
    "div",
    { class: "toolbar" },
    stream === undefined && tabs(group, "events"),
    search.element,
    range.element,
    tail,
    wrap,
    help,
  );
  const element = h("div", { class: "view" }, toolbar, pane.element);

  const toggleWrap = () => {
    element.classList.toggle("wrapped");
    sync();
  };
  const sync = () => {
    search.set(place.pattern);
    range.set(place);
    tail.setAttribute("aria-pressed", String(place.tail));
    wrap.setAttribute("aria-pressed", String(element.classList.contains("wrapped")));
  };

  const query = () => {
    const now = Date.now();
    return {
      group,
      stream,
      pattern: place.pattern,
      from: momentOf(place.from, now) ?? 0,
      to: momentOf(place.to, now) ?? Number.MAX_SAFE_INTEGER,
    };
  };

  const reload = async () => {
    trouble = "";
    search.fail("");
    const at = place.at === undefined ? undefined : { timestamp: place.at, id: place.event };
    try {
      const { found, more } = await pane.load(query(), { tail: place.tail, at });
      if (found === 0) pane.instead(more ? stopped() : nothing());
    } catch (error) {
      fail(error);
    }
  };

  /** Something has arrived somewhere: shows it when there was nothing to see. */
  const refresh = async () => {
    if (!pane.empty() || trouble === "pattern") return;
    const found = await pane.finds(query()).catch(() => undefined);
    if (found || (found === false && trouble === "call")) void reload();
  };

  const stopped = () =>
    notice("Stopped before anything was found", h("p", {}, "“Older events” goes on from there."));

  const nothing = () => {
    const { pattern, from, to } = place;
    const limited = from !== "" || to !== "";
    if (pattern === "" && !limited) return noEvents(group, stream);
    const offer = (/** @type {string} */ label, /** @type {Partial<EventsPlace>} */ some) =>
      h("button", { type: "button", onclick: () => change(some) }, label);
    return notice(
      limited ? "No event in this time" : "No event matches",
      pattern !== "" && h("p", {}, "Upper and lower case matter, and a term may be a part of a word."),
      limited && h("p", {}, offer("Search any time", { from: "", to: "" })),
      pattern !== "" && h("p", {}, offer("Show all events", { pattern: "" })),
    );
  };

  const fail = (/** @type {unknown} */ error) => {
    if (isAbort(error)) return;
    pane.reset();
    trouble = "call";
    if (error instanceof CallError && error.kind === "InvalidParameterException" && place.pattern !== "") {
      trouble = "pattern";
      search.fail(error.message);
      pane.instead(notice("This pattern cannot be read", h("p", {}, "What works:"), patternHelp(searchFor)));
    } else pane.instead(failure(error, () => void reload()));
    app.status("");
  };

  sync();
  const ready = reload();
  return {
    element,
    title: stream ?? `All events of ${group}`,
    ready,
    accepts: (next) => next.view === "events" && next.group === group && next.stream === stream,
    show: (next) => {
      if (next.view !== "events" || addressOf(next) === addressOf(place)) return;
      place = next;
      sync();
      void reload();
    },
    refresh: () => void refresh(),
    focus: () => pane.roving.focus(),
    roving: pane.roving,
    search: search.focus,
    turn: (by) => void pane.turn(by, true),
    keys: { t: toggleTail, w: toggleWrap },
    stop: pane.stop,
    dispose: pane.dispose,
  };
};
