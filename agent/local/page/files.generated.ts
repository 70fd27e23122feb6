/** The files of agent/local/page/browser. Written by `npm run generate`. */
export const BROWSER_FILES = {
  "address.js": `// The state of the page as the part of its address behind the '#', so that every view can be linked to.

/**
 * @typedef {{ view: "groups", filter: string }} GroupsPlace
 * @typedef {{ view: "streams", group: string, prefix: string, order: "time" | "name" }} StreamsPlace
 * @typedef {object} EventsPlace
 * @property {"events"} view
 * @property {string} group
 * @property {string | undefined} stream undefined: all streams of the group
 * @property {string} pattern
 * @property {string} from \`-1h\` counts back from now, otherwise an ISO time; empty: no limit
 * @property {string} to an ISO time; empty: no limit
 * @property {boolean} tail
 * @property {number | undefined} at the time of an event that is to be shown, in milliseconds since 1970
 * @property {string} event the id of that event
 * @typedef {GroupsPlace | StreamsPlace | EventsPlace} Place
 */

/** @returns {GroupsPlace} */
export const groupsPlace = () => ({ view: "groups", filter: "" });

/** @param {string} group @returns {StreamsPlace} */
export const streamsPlace = (group) => ({ view: "streams", group, prefix: "", order: "time" });

/** @param {string} group @param {string} [stream] @returns {EventsPlace} */
export const eventsPlace = (group, stream) => ({
  view: "events",
  group,
  stream,
  pattern: "",
  from: "",
  to: "",
  tail: false,
  at: undefined,
  event: "",
});

/** Reads what {@link addressOf} wrote; anything else leads to the list of groups. @param {string} hash @returns {Place} */
export const placeOf = (hash) => {
  const [path = "", query = ""] = hash.replace(/^#\\/?/, "").split("?", 2);
  const [root, group, kind, stream] = path.split("/").map(decode);
  const params = new URLSearchParams(query);
  const text = (/** @type {string} */ name) => params.get(name) ?? "";
  if (root !== "groups" || !group) return { view: "groups", filter: text("filter") };
  if (kind === "events" || (kind === "streams" && stream))
    return {
      view: "events",
      group,
      stream: kind === "streams" ? stream : undefined,
      pattern: text("pattern"),
      from: text("from"),
      to: text("to"),
      tail: params.has("tail"),
      at: /^\\d{1,15}$/.test(text("at")) ? Number(text("at")) : undefined,
      event: text("event"),
    };
  return {
    view: "streams",
    group,
    prefix: text("prefix"),
    order: text("order") === "name" ? "name" : "time",
  };
};

/** @param {Place} place */
export const addressOf = (place) => {
  if (place.view === "groups") return \`#/groups\${queryOf({ filter: place.filter })}\`;
  const group = \`#/groups/\${encodeURIComponent(place.group)}\`;
  if (place.view === "streams")
    return \`\${group}/streams\${queryOf({ prefix: place.prefix, order: place.order === "name" ? "name" : "" })}\`;
  const { stream, pattern, from, to, tail, at, event } = place;
  const path = stream === undefined ? \`\${group}/events\` : \`\${group}/streams/\${encodeURIComponent(stream)}\`;
  return path + queryOf({ pattern, from, to, tail: tail ? "1" : "", at: at ?? "", event });
};

/** Where "up" leads. @param {Place} place @returns {Place | undefined} */
export const parentOf = (place) => {
  if (place.view === "groups") return place.filter === "" ? undefined : groupsPlace();
  return place.view === "events" ? streamsPlace(place.group) : groupsPlace();
};

/** @param {Record<string, string | number>} values */
const queryOf = (values) => {
  const used = Object.entries(values).filter(([, value]) => value !== "");
  return used.length === 0 ? "" : \`?\${new URLSearchParams(used.map(([key, value]) => [key, String(value)]))}\`;
};

/** @param {string} part */
const decode = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
};
`,
  "api.js": `// Calls the CloudWatch Logs API of the endpoint that served this page.

/**
 * @typedef {{ readonly logStreamName: string, readonly timestamp: number, readonly message: string,
 *   readonly ingestionTime: number, readonly eventId?: string }} LogEvent
 * @typedef {{ readonly logGroupName: string, readonly creationTime: number, readonly storedBytes: number,
 *   readonly retentionInDays?: number, readonly logGroupClass: string, readonly logGroupArn: string }} LogGroup
 * @typedef {{ readonly logStreamName: string, readonly creationTime: number, readonly arn: string,
 *   readonly firstEventTimestamp?: number, readonly lastEventTimestamp?: number,
 *   readonly lastIngestionTime?: number }} LogStream
 * @typedef {{
 *   DescribeLogGroups: { logGroups: LogGroup[], nextToken?: string },
 *   DescribeLogStreams: { logStreams: LogStream[], nextToken?: string },
 *   FilterLogEvents: { events: LogEvent[], nextToken?: string },
 * }} Answers
 * @typedef {<Name extends keyof Answers>(name: Name, members: object, signal?: AbortSignal) => Promise<Answers[Name]>} Call
 */

const TIMEOUT_MS = 30_000;

/** An answer that is no success. \`kind\` is the name of the exception, or "Unreachable" when nothing answered. */
export class CallError extends Error {
  /** @param {string} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    this.name = "CallError";
    this.kind = kind;
  }
}

/** @type {Call} */
export const call = async (name, members, signal) => {
  const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  let response;
  let text;
  try {
    response = await fetch("/", {
      method: "POST",
      headers: { ...signature(), "X-Amz-Target": \`Logs_20140328.\${name}\` },
      body: JSON.stringify(members),
      signal: AbortSignal.any(limits),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new CallError(
      "Unreachable",
      late ? \`No answer within \${TIMEOUT_MS / 1000} seconds.\` : "The endpoint does not answer.",
    );
  }
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer;
  throw new CallError(
    String(answer?.__type ?? \`HTTP \${response.status}\`),
    String(answer?.message ?? \`What came back is not JSON: \${text.slice(0, 80)}\`),
  );
};

/** @param {string} text */
const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Signed in form only: the endpoint checks that a request is signed, not by whom. */
const signature = () => {
  const date = new Date().toISOString().replace(/[-:]|\\.\\d+/g, "");
  const scope = \`page/\${date.slice(0, 8)}/us-east-1/logs/aws4_request\`;
  return {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Date": date,
    Authorization: \`AWS4-HMAC-SHA256 Credential=\${scope}, SignedHeaders=host;x-amz-date, Signature=\${"0".repeat(64)}\`,
  };
};

/** Whether an error only says that nobody waits for the answer any more. @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";
`,
  "elements.js": `// Builds elements. Data becomes text or an attribute, never markup.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: any) => void)>} [props] attributes, and
 *   listeners under \`onclick\` and the like; false and undefined are left out
 * @param {...(Node | string | false | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const h = (tag, props = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
};

/** An element of the page's own HTML. @param {string} id */
export const byId = (id) => {
  const element = document.getElementById(id);
  if (element === null) throw new Error(\`The page has no #\${id}.\`);
  return element;
};

/** A button that copies a text; absent where the browser offers no clipboard. @param {string} label @param {() => string} text */
export const copyButton = (label, text) => {
  if (!navigator.clipboard) return undefined;
  const button = h("button", { type: "button", class: "small", onclick: () => void copy() }, label);
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text()).then(
      () => true,
      () => false,
    );
    button.textContent = done ? "Copied" : "The browser refused";
    setTimeout(() => {
      button.textContent = label;
    }, 1_500);
  };
  return button;
};
`,
  "event-list.js": `// The rows of the events that are on the page: never more than a browser can lay out at once.

import { h } from "./elements.js";
import { eventRow } from "./event-row.js";

/** @typedef {import("./api.js").LogEvent} LogEvent */

/** Three pages of a search. */
const MOST_ROWS = 1_500;
const MOST_CHARS = 16_000_000;
/** A reader who is this near to the end, in pixels, wants to see what comes next. */
const NEAR_END = 40;

/**
 * @param {HTMLElement} scroller what scrolls
 * @param {() => import("./event-row.js").RowKit} kit
 */
export const createEventList = (scroller, kit) => {
  const element = h("ol", { class: "events", "aria-label": "Events" });
  /** @type {{ event: LogEvent, row: HTMLElement }[]} */
  let rows = [];
  let chars = 0;
  let taken = 0;

  const make = (/** @type {readonly LogEvent[]} */ events) =>
    events.map((event) => ({ event, row: eventRow(event, kit()) }));
  const elements = (/** @type {typeof rows} */ some) => some.map(({ row }) => row);
  const size = (/** @type {typeof rows} */ some) =>
    some.reduce((sum, { event }) => sum + event.message.length, 0);

  /** How many rows must go from one side so that the rest is not too much. @param {"first" | "last"} side */
  const surplus = (side) => {
    let count = Math.max(0, rows.length - MOST_ROWS);
    const sized = side === "first" ? rows : rows.toReversed();
    let left = chars - size(sized.slice(0, count));
    while (left > MOST_CHARS && count < rows.length - 1) left -= sized[count++]?.event.message.length ?? 0;
    return count;
  };
  /** @param {"first" | "last"} side */
  const trim = (side) => {
    const count = surplus(side);
    taken = count;
    if (count === 0) return;
    const gone = side === "first" ? rows.splice(0, count) : rows.splice(-count);
    chars -= size(gone);
    for (const { row } of gone) row.remove();
  };

  return {
    element,
    count: () => rows.length,
    first: () => rows.at(0)?.event,
    last: () => rows.at(-1)?.event,
    /** Whether the last change took rows away at the other side. */
    trimmed: () => taken > 0,
    atEnd: () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END,
    toEnd: () => {
      scroller.scrollTop = scroller.scrollHeight;
    },
    clear: () => {
      rows = [];
      chars = 0;
      element.replaceChildren();
    },
    /**
     * Adds events at the end, and takes some away at the start when they are too many. What the reader looks at
     * stays in place.
     * @param {readonly LogEvent[]} events
     */
    append: (events) => {
      const added = make(events);
      rows.push(...added);
      chars += size(added);
      element.append(...elements(added));
      const anchor = rows[surplus("first")]?.row;
      const before = anchor?.offsetTop ?? 0;
      trim("first");
      if (taken > 0 && anchor) scroller.scrollTop -= before - anchor.offsetTop;
    },
    /** The same the other way round. @param {readonly LogEvent[]} events */
    prepend: (events) => {
      const anchor = rows[0]?.row;
      const before = anchor?.offsetTop ?? 0;
      const added = make(events);
      rows.unshift(...added);
      chars += size(added);
      element.prepend(...elements(added));
      if (anchor) scroller.scrollTop += anchor.offsetTop - before;
      trim("last");
    },
    /** The row of an event. @param {(event: LogEvent) => boolean} wanted */
    find: (wanted) => rows.find(({ event }) => wanted(event))?.row,
  };
};
`,
  "event-row.js": `// One event: a line that opens into the whole message.

import { addressOf, eventsPlace } from "./address.js";
import { copyButton, h } from "./elements.js";
import { bytesText, durationText, localTime, plural, utcTime, visible } from "./format.js";
import { jsonView, layOut } from "./json-view.js";
import { marked } from "./terms.js";

/** @typedef {import("./api.js").LogEvent} LogEvent */
/**
 * @typedef {object} RowKit
 * @property {string} group
 * @property {boolean} named whether the line tells its stream
 * @property {readonly string[]} terms
 * @property {(pattern: string) => void} search
 */

/** What a closed line shows of a message, and what an open one does before it is asked for the rest. */
const LINE_CHARS = 600;
const BODY_CHARS = 20_000;

/** A word in capitals, \`level=…\`, \`[…]\`, or the level field of a JSON event: the word alone may be part of a path. */
const LEVELS = /** @type {const} */ ([
  [
    "error",
    /\\b(?:ERROR|FATAL|CRITICAL|CRIT|ALERT|EMERG|PANIC|SEVERE)\\b|(?:\\b(?:level|severity)"?\\s*[=:]\\s*"?|\\[)(?:error|fatal|critical|crit|alert|emerg|panic)\\b/,
  ],
  ["warn", /\\b(?:WARNING|WARN)\\b|(?:\\b(?:level|severity)"?\\s*[=:]\\s*"?|\\[)warn(?:ing)?\\b/],
]);

/** @param {string} text */
export const levelOf = (text) => LEVELS.find(([, pattern]) => pattern.test(text))?.[0];

/** @param {LogEvent} event @param {RowKit} kit */
export const eventRow = (event, kit) => {
  const head = headOf(event.message);
  const details = h(
    "details",
    {},
    h(
      "summary",
      { tabindex: -1 },
      timeElement(event.timestamp),
      kit.named && h("span", { class: "stream" }, event.logStreamName),
      h("span", { class: "message" }, marked(head.text, kit.terms)),
      head.rest !== "" && h("span", { class: "more" }, head.rest),
    ),
  );
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    if (details.childElementCount === 1) details.append(body(event, kit));
    details.scrollIntoView({ block: "nearest" });
  });
  // Selecting a part of a line must not open it.
  details.addEventListener("click", (click) => {
    if (String(getSelection()) !== "" && click.detail > 0 && onSummary(click.target)) click.preventDefault();
  });
  return h("li", { class: "event", "data-level": levelOf(head.text.slice(0, 300)) }, details);
};

/** @param {EventTarget | null} target */
const onSummary = (target) => target instanceof Element && target.closest("summary") !== null;

/** The first line, shortened, and what is missing from it. @param {string} message */
const headOf = (message) => {
  const start = message.slice(0, LINE_CHARS);
  const line = /^[^\\n]*/.exec(start)?.[0] ?? "";
  const lines = message.length > BODY_CHARS ? 0 : message.trimEnd().split("\\n").length - 1;
  const rest =
    message.length > BODY_CHARS
      ? \`… \${bytesText(message.length)}\`
      : lines > 0
        ? \`+\${plural(lines, "line")}\`
        : line.length < message.trimEnd().length
          ? "…"
          : "";
  // Colours of a terminal are only noise in a line; the open event shows them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  return { text: visible(line.replace(/\\x1b\\[[\\d;]*m/g, "").replace(/\\r$/, "")), rest };
};

/** @param {number} ms */
export const timeElement = (ms) =>
  h("time", { datetime: utcTime(ms), title: \`\${utcTime(ms)} (UTC)\` }, localTime(ms));

/** @param {LogEvent} event @param {RowKit} kit */
const body = (event, kit) => {
  const pieces = layOut(event.message);
  const text = h("div", { class: "text" });
  let formatted = pieces !== undefined;
  const show = () => {
    text.replaceChildren(
      formatted && pieces ? jsonView(pieces, kit.search) : plainText(event.message, kit.terms),
    );
    toggle.textContent = formatted ? "As it came" : "Formatted";
  };
  const toggle = h(
    "button",
    {
      type: "button",
      class: "small",
      onclick: () => {
        formatted = !formatted;
        show();
      },
    },
    "",
  );
  show();
  const here = { ...eventsPlace(kit.group, event.logStreamName), at: event.timestamp };
  return h(
    "div",
    { class: "body" },
    h(
      "div",
      { class: "facts" },
      h("span", {}, \`\${utcTime(event.timestamp)} UTC\`),
      h("span", {}, \`stored \${delay(event.ingestionTime - event.timestamp)}\`),
      h("span", {}, bytesText(new Blob([event.message]).size)),
      h(
        "a",
        { href: addressOf({ ...here, event: event.eventId ?? "" }) },
        \`In stream \${event.logStreamName}\`,
      ),
      pieces && toggle,
      copyButton("Copy message", () => event.message),
    ),
    text,
  );
};

/** @param {number} ms */
const delay = (ms) => (ms < 0 ? \`\${durationText(-ms)} before its own time\` : \`\${durationText(ms)} later\`);

/** @param {string} message @param {readonly string[]} terms */
const plainText = (message, terms) => {
  const box = h("pre", {}, marked(visible(message.slice(0, BODY_CHARS)), terms));
  if (message.length > BODY_CHARS) {
    const rest = () => {
      button.remove();
      box.textContent = visible(message);
    };
    const button = h(
      "button",
      { type: "button", class: "small", onclick: rest },
      \`Show all \${bytesText(message.length)}\`,
    );
    return h("div", {}, box, button);
  }
  return box;
};
`,
  "events-pane.js": `// The list of events with what is above and below it: older ones, newer ones, those that arrive.

import { call } from "./api.js";
import { h } from "./elements.js";
import { createEventList } from "./event-list.js";
import { countText, plural } from "./format.js";
import { createReader, markOf } from "./look-back.js";
import { createReading } from "./reading.js";
import { createRoving } from "./roving.js";
import { unseen } from "./tail.js";
import { termsOf } from "./terms.js";

/**
 * @typedef {import("./api.js").LogEvent} LogEvent
 * @typedef {import("./look-back.js").Query} Query
 * @typedef {import("./look-back.js").Mark} Mark
 * @typedef {object} PaneKit
 * @property {string} group
 * @property {string | undefined} stream
 * @property {(pattern: string) => void} search
 * @property {(error: unknown) => void} failed a page before or after could not be read
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
    const shown = list.count() === 0 ? "No events" : \`\${plural(list.count(), "event")} on the page\`;
    const left = skipped === 0 ? "" : \`, \${countText(skipped)} left out because they came too fast\`;
    app.status(remark || (tailing ? \`Live: \${shown}\${left}\` : shown), tailing);
  };

  /** @param {readonly LogEvent[]} events */
  const arrive = (events) => {
    if (events.length === 0) return;
    const follow = list.count() === 0 || list.atEnd();
    instead.replaceChildren();
    list.append(events);
    const first = list.first();
    // Whatever was taken away at the start can be read again.
    if (first && olderAt === undefined && list.trimmed()) olderAt = markOf(first);
    if (follow) toEnd();
    else {
      unread += events.length;
      pill.textContent = \`\${plural(unread, "new event")} ↓\`;
      pill.hidden = false;
    }
  };

  /** The newest page, and from then on what arrives. @param {import("./look-back.js").Watch} watch */
  const startTail = async (watch) => {
    /** @type {LogEvent[] | undefined} What arrives while the page is read. */
    let waiting = [];
    await app.feed.follow(
      query,
      (arrived) => {
        skipped += arrived.skipped;
        if (waiting) waiting.push(...arrived.events);
        else {
          arrive(arrived.events);
          settle();
        }
      },
      kit.reload,
    );
    watch.signal.throwIfAborted();
    const page = await reader.older(query, undefined, watch);
    list.append(page.events);
    olderAt = page.more ? page.mark : undefined;
    arrive(unseen(waiting, page.events, page.more));
    waiting = undefined;
  };

  /** @param {import("./look-back.js").Watch} watch */
  const newest = async (watch) => {
    const page = await reader.older(query, undefined, watch);
    list.append(page.events);
    olderAt = page.more ? page.mark : undefined;
    const last = list.last();
    newerAt = last && markOf(last);
  };

  /** The page before and the page behind a mark. @param {Mark} mark @param {import("./look-back.js").Watch} watch */
  const around = async (mark, watch) => {
    const before = await reader.older(query, mark, watch);
    const behind = await reader.newer(query, mark, { after: false }, watch);
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
      settle(page.events.length === 0 && none ? \`No \${what} events\` : "");
      if (!move || page.events.length === 0) return;
      const row = list.find((event) => event === edge);
      const next = by === -1 ? row?.previousElementSibling : row?.nextElementSibling;
      roving.select(next?.querySelector("summary") ?? undefined);
    } catch (error) {
      kit.failed(error);
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
        const work = async () => {
          reset();
          if (tail) await startTail(watch);
          else if (at) await around(at, watch);
          else await newest(watch);
        };
        await work();
        settle();
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
    stop: reading.stop,
    dispose: () => {
      reading.cancel();
      app.feed.unfollow();
    },
  };
};
`,
  "events-view.js": `// The events of a stream or of a whole group: searched, paged, and followed as they arrive.

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
  let patternRefused = false;
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
  const range = rangePicker((chosen) => change({ ...chosen, tail: false }));
  const tail = h("button", { type: "button", class: "tail", title: "t", onclick: toggleTail }, "Live tail");
  const wrap = h("button", { type: "button", title: "w", onclick: () => toggleWrap() }, "Wrap lines");
  const pane = createPane(app, {
    group,
    stream,
    search: searchFor,
    failed: (error) => fail(error),
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

  const reload = async () => {
    patternRefused = false;
    search.fail("");
    const now = Date.now();
    const query = {
      group,
      stream,
      pattern: place.pattern,
      from: momentOf(place.from, now) ?? 0,
      to: momentOf(place.to, now) ?? Number.MAX_SAFE_INTEGER,
    };
    const at = place.at === undefined ? undefined : { timestamp: place.at, id: place.event };
    try {
      const { found, more } = await pane.load(query, { tail: place.tail, at });
      if (found === 0) pane.instead(more ? stopped() : nothing());
    } catch (error) {
      fail(error);
    }
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
    patternRefused =
      error instanceof CallError && error.kind === "InvalidParameterException" && place.pattern !== "";
    if (patternRefused && error instanceof CallError) {
      search.fail(error.message);
      pane.instead(notice("This pattern cannot be read", h("p", {}, "What works:"), patternHelp(searchFor)));
    } else pane.instead(failure(error, () => void reload()));
    app.status("");
  };

  sync();
  const ready = reload();
  return {
    element,
    title: stream ?? \`All events of \${group}\`,
    ready,
    accepts: (next) => next.view === "events" && next.group === group && next.stream === stream,
    show: (next) => {
      if (next.view !== "events" || addressOf(next) === addressOf(place)) return;
      place = next;
      sync();
      void reload();
    },
    refresh: () => {
      if (pane.empty() && !patternRefused) void reload();
    },
    focus: () => pane.roving.focus(),
    roving: pane.roving,
    search: search.focus,
    turn: (by) => void pane.turn(by, true),
    keys: { t: toggleTail, w: toggleWrap },
    stop: pane.stop,
    dispose: pane.dispose,
  };
};
`,
  "events.css": `/* The events: one line each, which opens into the whole message. */

.progress {
  display: flex;
  align-items: center;
  gap: 10px;
  padding: 6px 14px;
  background: var(--soft);
}

.events {
  font-family: var(--mono);
  font-size: 12.5px;
  line-height: 20px;
}

.event {
  border-left: 3px solid transparent;
  content-visibility: auto;
  contain-intrinsic-size: auto 21px;
}

.event[data-level="error"] {
  border-left-color: var(--error);
}

.event[data-level="warn"] {
  border-left-color: var(--warn);
}

.event.target {
  background: var(--soft);
}

.event summary {
  display: flex;
  gap: 12px;
  padding: 0 14px 1px 8px;
  cursor: pointer;
  list-style: none;
}

.event summary::-webkit-details-marker {
  display: none;
}

.event summary::before {
  content: "";
  flex: none;
  align-self: flex-start;
  margin-top: 6px;
  border: 4px solid transparent;
  border-left: 6px solid var(--edge);
  border-right: 0;
}

.event [open] > summary::before {
  transform: rotate(90deg);
}

.event summary:hover {
  background: var(--hover);
}

.event summary:focus-visible {
  outline-offset: -2px;
  background: var(--hover);
}

.event time {
  flex: none;
  color: var(--muted);
}

.stream {
  flex: none;
  width: 21ch;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  color: var(--accent);
}

.message {
  flex: 0 1 auto;
  min-width: 0;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: pre;
  unicode-bidi: isolate;
}

.wrapped .message {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

.more {
  flex: none;
  align-self: flex-start;
  padding: 0 6px;
  border-radius: 8px;
  background: var(--soft);
  color: var(--muted);
  font-size: 11px;
}

.body {
  margin: 2px 14px 8px 22px;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--page);
}

.facts {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 4px 16px;
  padding: 6px 12px;
  border-bottom: 1px solid var(--line);
  font-size: 12px;
  color: var(--muted);
}

.facts a {
  overflow-wrap: anywhere;
}

.text {
  max-height: 60vh;
  overflow: auto;
  padding: 8px 12px;
}

.text pre {
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  unicode-bidi: isolate;
}

.json button {
  display: inline;
  min-height: 0;
  padding: 0;
  border: 0;
  border-radius: 3px;
  background: none;
  font: inherit;
  text-align: left;
  white-space: pre-wrap;
}

.json button:hover {
  text-decoration: underline;
}

.json-key {
  color: var(--accent);
}

.json-string {
  color: light-dark(#0a6b36, #8ddb8c);
}

.json-number,
.json-word {
  color: light-dark(#8a3ffc, #c8a6ff);
}

.edge {
  display: block;
  margin: 8px auto;
}

.pill {
  position: absolute;
  bottom: 14px;
  left: 50%;
  translate: -50%;
  border-radius: 16px;
  border-color: var(--accent);
  background: var(--accent);
  color: var(--on-accent);
}

.pill:hover:not(:disabled) {
  background: var(--accent);
  filter: brightness(1.1);
}

.tail::before {
  content: "";
  display: inline-block;
  width: 8px;
  height: 8px;
  margin-right: 7px;
  border-radius: 50%;
  background: var(--edge);
}

.tail[aria-pressed="true"]::before {
  background: var(--live);
}

.range,
.range-custom {
  display: inline-flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 6px;
}

.help {
  position: relative;
}

.help > summary {
  line-height: 30px;
  padding: 0 10px;
  border: 1px solid var(--edge);
  border-radius: 6px;
  background: var(--panel);
  cursor: pointer;
}

.patterns {
  display: grid;
  grid-template-columns: max-content 1fr;
  align-items: baseline;
  gap: 6px 14px;
}

.help > .patterns {
  position: absolute;
  right: 0;
  top: calc(100% + 6px);
  z-index: 5;
  width: min(540px, calc(100vw - 20px));
  padding: 14px 16px;
  border: 1px solid var(--line);
  border-radius: 10px;
  background: var(--raised);
  box-shadow: 0 10px 30px rgb(0 0 0 / 25%);
}

.pattern {
  min-height: 26px;
  font-family: var(--mono);
  font-size: 12.5px;
}

@media (width < 720px) {
  .event summary {
    flex-wrap: wrap;
    gap: 0 10px;
    padding-block: 3px;
  }

  .event {
    contain-intrinsic-size: auto 48px;
    border-bottom: 1px solid var(--line);
  }

  .stream {
    width: auto;
    max-width: 100%;
    flex: 1;
  }

  .message {
    flex: 1 0 100%;
    padding-left: 18px;
  }

  .more {
    margin-left: 18px;
  }

  .body {
    margin-inline: 8px;
  }

  .patterns {
    grid-template-columns: 1fr;
  }

  .help {
    position: static;
    order: -1;
    margin-left: auto;
  }

  .help > .patterns {
    inset: 100% 10px auto;
    width: auto;
  }
}
`,
  "feed.js": `// The connection over which the endpoint sends figures and, for a live tail, events as they arrive.

/**
 * @typedef {{ group: string, stream: string | undefined, pattern: string }} Tail
 * @typedef {{ events: import("./api.js").LogEvent[], skipped: number }} Arrived
 * @typedef {{ events: number, bytes: number, rejected: number, faults: number, wireBytes: number,
 *   requests: Record<string, number>, errors: Record<string, number> }} Figures
 * @typedef {object} FeedListener
 * @property {(figures: Figures) => void} figures
 * @property {(recent: { events: number, bytes: number }[]) => void} history
 * @property {(connected: boolean) => void} connection
 */

const AGAIN_MS = 2_000;

/** @param {FeedListener} listener */
export const createFeed = (listener) => {
  /** @type {EventSource | undefined} */
  let source;
  /** @type {Tail | undefined} */
  let tail;
  let onArrived = (/** @type {Arrived} */ _arrived) => {};
  let onResumed = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let again;

  /** Settles when the connection stands, or cannot. @returns {Promise<boolean>} */
  const connect = () => {
    source?.close();
    clearTimeout(again);
    const params = new URLSearchParams();
    if (tail) {
      params.set("group", tail.group);
      if (tail.stream !== undefined) params.set("stream", tail.stream);
      params.set("pattern", tail.pattern);
    }
    const opened = new EventSource(\`/feed?\${params}\`);
    source = opened;
    let before = false;
    const data = (/** @type {MessageEvent} */ message) => JSON.parse(message.data);
    opened.addEventListener("stats", (message) => listener.figures(data(message)));
    opened.addEventListener("history", (message) => listener.history(data(message)));
    opened.addEventListener("events", (message) => onArrived(data(message)));
    return new Promise((resolve) => {
      opened.addEventListener("open", () => {
        listener.connection(true);
        // Whatever arrived while there was no connection was not sent.
        if (before) onResumed();
        before = true;
        resolve(true);
      });
      opened.addEventListener("error", () => {
        if (source !== opened) return;
        if (opened.readyState === EventSource.CLOSED) refused();
        else listener.connection(false);
        resolve(false);
      });
    });
  };

  /** Refused for good, which a new pattern may cause: the figures are wanted all the same. */
  const refused = () => {
    if (tail === undefined) {
      listener.connection(false);
      again = setTimeout(() => void connect(), AGAIN_MS);
    } else {
      tail = undefined;
      void connect();
    }
  };

  return {
    start: () => void connect(),
    /**
     * Asks for events as well. Gives false when the endpoint does not want to send these.
     * @param {Tail} wanted @param {(arrived: Arrived) => void} arrived @param {() => void} resumed
     */
    follow: (wanted, arrived, resumed) => {
      tail = wanted;
      onArrived = arrived;
      onResumed = resumed;
      return connect();
    },
    unfollow: () => {
      onArrived = () => {};
      onResumed = () => {};
      if (tail === undefined) return;
      tail = undefined;
      void connect();
    },
    /** Gives the connection up, unless a live tail needs it. */
    pause: () => {
      if (tail !== undefined) return;
      source?.close();
      clearTimeout(again);
      source = undefined;
    },
    /** Takes it up again. False when there was one. */
    resume: () => {
      if (source !== undefined) return false;
      void connect();
      return true;
    },
  };
};
`,
  "format.js": `// Numbers, sizes and times as people read them.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** @param {number} bytes */
export const bytesText = (bytes) => {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return \`\${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} \${UNITS[power]}\`;
};

/** @param {number} value */
export const countText = (value) => value.toLocaleString("en-US");

/** @param {number} value one decimal below ten, so that a slow trickle is not shown as zero */
export const rateText = (value) =>
  value >= 10 || value === 0 ? countText(Math.round(value)) : value < 0.1 ? "<0.1" : value.toFixed(1);

/** "1 event", "2 events". @param {number} value @param {string} noun */
export const plural = (value, noun) => \`\${countText(value)} \${noun}\${value === 1 ? "" : "s"}\`;

/** @param {number} value @param {number} [width] */
const pad = (value, width = 2) => String(value).padStart(width, "0");

/** Local time down to the millisecond, in an order that sorts. @param {number} ms */
export const localTime = (ms) => {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return String(ms);
  const date = \`\${at.getFullYear()}-\${pad(at.getMonth() + 1)}-\${pad(at.getDate())}\`;
  return \`\${date} \${pad(at.getHours())}:\${pad(at.getMinutes())}:\${pad(at.getSeconds())}.\${pad(at.getMilliseconds(), 3)}\`;
};

/** @param {number} ms */
export const utcTime = (ms) => {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? String(ms) : at.toISOString();
};

/** @param {number} ms */
export const durationText = (ms) => {
  if (ms < 1_000) return \`\${Math.max(0, Math.round(ms))} ms\`;
  if (ms < 60_000) return \`\${(ms / 1_000).toFixed(1)} s\`;
  if (ms < 3_600_000) return \`\${Math.round(ms / 60_000)} min\`;
  return ms < 172_800_000 ? \`\${Math.round(ms / 3_600_000)} h\` : \`\${Math.round(ms / 86_400_000)} days\`;
};

/** \`-15m\` before now, or an ISO time. Undefined for no limit and for what cannot be read. @param {string} text @param {number} now */
export const momentOf = (text, now) => {
  const back = /^-(\\d{1,6})([smhd])$/.exec(text);
  if (back !== null) {
    const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[back[2] ?? ""] ?? 0;
    return Math.max(0, now - Number(back[1]) * unit);
  }
  const at = text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at);
};

// C0 and C1 controls other than tab and newline, and the marks that reorder or hide text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
const HIDDEN = /[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]/g;

/**
 * Shows characters that could make a line look like another one: a backspace, a terminal escape, a right-to-left
 * override.
 * @param {string} text
 */
export const visible = (text) =>
  text.replace(
    HIDDEN,
    (character) => \`\\u27e8U+\${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\\u27e9\`,
  );
`,
  "groups-view.js": `// All log groups.

import { addressOf, streamsPlace } from "./address.js";
import { call } from "./api.js";
import { h } from "./elements.js";
import { timeElement } from "./event-row.js";
import { bytesText } from "./format.js";
import { noGroups, notice } from "./notices.js";
import { searchForm } from "./search-form.js";
import { createTable } from "./table-list.js";

/**
 * @typedef {import("./address.js").GroupsPlace} GroupsPlace
 * @param {GroupsPlace} start @param {import("./main.js").App} app @returns {import("./main.js").View}
 */
export const groupsView = (start, app) => {
  let place = start;
  const search = searchForm({
    label: "Filter by name",
    placeholder: "Part of a name",
    instant: true,
    submit: (filter) => app.change({ ...place, filter }),
  });
  const table = createTable({
    label: "Log groups",
    noun: "log group",
    name: (/** @type {import("./api.js").LogGroup} */ group) => group.logGroupName,
    href: ({ logGroupName }) => addressOf(streamsPlace(logGroupName)),
    columns: [
      { title: "Stored", kind: "number", cell: ({ storedBytes }) => bytesText(storedBytes) },
      {
        title: "Retention",
        kind: "extra",
        cell: ({ retentionInDays }) => (retentionInDays ? \`\${retentionInDays} days\` : "for ever"),
      },
      { title: "Class", kind: "extra", cell: ({ logGroupClass }) => className(logGroupClass) },
      { title: "Created", kind: "extra", cell: ({ creationTime }) => timeElement(creationTime) },
    ],
    load: async (nextToken, signal) => {
      const pattern = place.filter === "" ? {} : { logGroupNamePattern: place.filter };
      const { logGroups, nextToken: next } = await call(
        "DescribeLogGroups",
        { ...pattern, nextToken },
        signal,
      );
      return { items: logGroups, next };
    },
    empty: () =>
      place.filter === ""
        ? noGroups()
        : notice(
            \`No log group has “\${place.filter}” in its name\`,
            h("p", {}, "Upper and lower case matter."),
          ),
    status: app.status,
  });
  search.set(place.filter);
  const ready = table.restart();
  return {
    element: h("div", { class: "view" }, h("div", { class: "toolbar" }, search.element), table.element),
    title: "Log groups",
    ready,
    accepts: (next) => next.view === "groups",
    show: (next) => {
      if (next.view !== "groups" || next.filter === place.filter) return;
      place = next;
      search.set(place.filter);
      void table.restart();
    },
    refresh: () => void table.refresh(),
    focus: table.focus,
    roving: table.roving,
    search: search.focus,
    turn: table.turn,
    dispose: table.dispose,
  };
};

/** @param {string} name */
const className = (name) =>
  ({ STANDARD: "Standard", INFREQUENT_ACCESS: "Infrequent access", DELIVERY: "Delivery" })[name] ?? name;
`,
  "icon.svg": `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
  <title>Lines of a log</title>
  <rect width="24" height="24" rx="5" fill="#1f6feb" />
  <path d="M5 7h9M5 12h14M5 17h6" stroke="#fff" stroke-width="2.2" stroke-linecap="round" fill="none" />
  <circle cx="18" cy="17" r="2" fill="#7ee787" />
</svg>
`,
  "ingest.js": `// What arrives at the endpoint: events and bytes per second, and in total since it was started.

import { byId, h } from "./elements.js";
import { bytesText, countText, plural, rateText } from "./format.js";

/** @typedef {{ at: number, events: number, bytes: number }} Sample totals at a time in milliseconds */

/** Agents send every few seconds: over less than that the rate would jump between nothing and much. */
const RATE_MS = 10_000;
const KEPT_MS = 61_000;

/** The samples that are kept after one more; a restarted endpoint counts from zero again. @param {readonly Sample[]} samples @param {Sample} next */
export const withSample = (samples, next) => {
  const last = samples.at(-1);
  const restarted = last !== undefined && (next.events < last.events || next.bytes < last.bytes);
  const kept = restarted ? [] : samples.filter(({ at }) => next.at - at < KEPT_MS);
  // Figures come more often than once a second when the feed is opened anew.
  const close = kept.at(-1);
  return close !== undefined && next.at - close.at < 500 ? [...kept.slice(0, -1), next] : [...kept, next];
};

/** Events and bytes per second, lately. @param {readonly Sample[]} samples */
export const ratesOf = (samples) => {
  const last = samples.at(-1);
  const first = samples.find(({ at }) => last !== undefined && last.at - at <= RATE_MS);
  if (last === undefined || first === undefined || last === first) return { events: 0, bytes: 0 };
  const seconds = (last.at - first.at) / 1000;
  return { events: (last.events - first.events) / seconds, bytes: (last.bytes - first.bytes) / seconds };
};

const BARS = 60;

/** Events in each of the last seconds, oldest first. @param {readonly Sample[]} samples */
export const barsOf = (samples) => {
  const bars = new Array(BARS).fill(0);
  const now = samples.at(-1)?.at ?? 0;
  samples.forEach(({ at, events }, index) => {
    const before = samples[index - 1];
    if (before === undefined) return;
    const second = BARS - 1 - Math.round((now - at) / 1000);
    if (second >= 0) bars[second] += events - before.events;
  });
  return bars;
};

/** @returns {Omit<import("./feed.js").FeedListener, "connection"> & { latest: () => import("./feed.js").Figures | undefined }} */
export const createIngest = () => {
  /** @type {readonly Sample[]} */
  let samples = [];
  /** @type {import("./feed.js").Figures | undefined} */
  let latest;
  return {
    latest: () => latest,
    history: (recent) => {
      const now = performance.now();
      samples = recent.map(({ events, bytes }, index) => ({
        at: now - (recent.length - index) * 1000,
        events,
        bytes,
      }));
    },
    figures: (figures) => {
      latest = figures;
      samples = withSample(samples, { at: performance.now(), events: figures.events, bytes: figures.bytes });
      const rates = ratesOf(samples);
      byId("rate-events").textContent = \`\${rateText(rates.events)} events/s\`;
      byId("rate-bytes").textContent = \`\${bytesText(Math.round(rates.bytes))}/s\`;
      byId("totals").textContent = \`\${plural(figures.events, "event")}, \${bytesText(figures.bytes)} in total\`;
      drawBars(barsOf(samples));
    },
  };
};

/** @param {readonly number[]} bars */
const drawBars = (bars) => {
  const top = Math.max(1, ...bars);
  // One path is cheaper than sixty elements every second.
  const path = bars
    .map((count, index) =>
      count === 0 ? "" : \`M\${index * 2} 20v-\${Math.max(1.5, (count / top) * 20).toFixed(1)}h1.5V20z\`,
    )
    .join("");
  byId("bars").setAttribute("d", path);
};

/** What the endpoint was asked, for the dialog. @param {import("./feed.js").Figures} figures */
export const activity = ({ requests, errors, faults, rejected, wireBytes }) => {
  const table = (/** @type {string} */ title, /** @type {Record<string, number>} */ counts) =>
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h("tr", {}, h("th", { scope: "col" }, title), h("th", { scope: "col", class: "number" }, "Count")),
      ),
      h(
        "tbody",
        {},
        ...Object.entries(counts)
          .sort(([, a], [, b]) => b - a)
          .map(([name, count]) =>
            h("tr", {}, h("td", {}, name || "unknown"), h("td", { class: "number" }, countText(count))),
          ),
      ),
    );
  return h(
    "div",
    { class: "activity" },
    table("Operation", requests),
    Object.keys(errors).length > 0 ? table("Error", errors) : h("p", { class: "muted" }, "No errors so far."),
    h(
      "p",
      {},
      \`\${plural(rejected, "event")} rejected, \${plural(faults, "request")} hit by a scripted fault, \${bytesText(wireBytes)} received over the wire.\`,
    ),
    h("p", { class: "muted" }, "Since the endpoint was started; the calls of this page count as well."),
  );
};
`,
  "json-view.js": `// Shows a JSON message indented. It is laid out from its own text: parsing and printing would round large numbers
// and drop duplicate keys.

import { h } from "./elements.js";
import { visible } from "./format.js";

const TOKEN = /"(?:[^"\\\\]|\\\\.)*"|-?\\d[\\d.eE+-]*|true|false|null|[{}[\\],:]/g;

/** Larger messages are shown as they are. */
export const JSON_CHARS = 200_000;
const MOST_TOKENS = 8_000;

/**
 * @typedef {{ kind: "key" | "string" | "number" | "word" | "mark", text: string, path: string }} Piece
 *   \`path\` selects a value in a filter pattern; empty where none can
 */

/**
 * The pieces of an indented message, or undefined when it is not a JSON object or array of reasonable size.
 * @param {string} message @returns {Piece[] | undefined}
 */
export const layOut = (message) => {
  if (message.length > JSON_CHARS || !/^\\s*[{[]/.test(message) || !parses(message)) return undefined;
  const tokens = message.match(TOKEN) ?? [];
  if (tokens.length > MOST_TOKENS) return undefined;
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {{ close: string, step: string, index: number }[]} */
  const open = [];
  const mark = (/** @type {string} */ text) => pieces.push({ kind: "mark", text, path: "" });
  const newline = () => mark(\`\\n\${"  ".repeat(open.length)}\`);
  const path = () => pathOf(open);
  tokens.forEach((token, at) => {
    const inside = open.at(-1);
    if (token === "{" || token === "[") {
      open.push({ close: token === "{" ? "}" : "]", step: "", index: 0 });
      mark(token);
      if (tokens[at + 1] !== open.at(-1)?.close) newline();
    } else if (token === "}" || token === "]") {
      open.pop();
      if (tokens[at - 1] !== "{" && tokens[at - 1] !== "[") newline();
      mark(token);
    } else if (token === ",") {
      if (inside) inside.index += 1;
      mark(token);
      newline();
    } else if (token === ":") mark(": ");
    else if (tokens[at + 1] === ":" && inside) {
      inside.step = JSON.parse(token);
      pieces.push({ kind: "key", text: token, path: "" });
    } else pieces.push({ kind: kindOf(token), text: token, path: path() });
  });
  return pieces;
};

/** @param {string} text */
const parses = (text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** @param {string} token @returns {Piece["kind"]} */
const kindOf = (token) => (token.startsWith('"') ? "string" : /^[-\\d]/.test(token) ? "number" : "word");

/**
 * The selector of a filter pattern, or "" for a name that none can hold.
 * @param {readonly { close: string, step: string, index: number }[]} open
 */
const pathOf = (open) => {
  const steps = open.map(({ close, step, index }) => {
    if (close === "]") return \`[\${index}]\`;
    if (/^[\\p{L}\\p{N}_@:-]+$/u.test(step)) return \`.\${step}\`;
    return /['\\n]/.test(step) ? undefined : \`['\${step}']\`;
  });
  return steps.includes(undefined) ? "" : \`$\${steps.join("")}\`;
};

/** The filter pattern for events with this value there, or "". @param {Piece} piece */
export const patternFor = ({ kind, text, path }) => {
  if (path === "" || kind === "key" || kind === "mark") return "";
  if (kind === "number") return \`{ \${path} = \${text} }\`;
  if (kind === "word") return \`{ \${path} IS \${text.toUpperCase()} }\`;
  const value = JSON.parse(text);
  // An asterisk would stand for anything, and a pattern has its own rules for what follows a backslash.
  return /[*\\\\\\n]/.test(value) || value.length > 200 ? "" : \`{ \${path} = "\${value.replaceAll('"', '\\\\"')}" }\`;
};

/**
 * @param {readonly Piece[]} pieces @param {(pattern: string) => void} search called with the pattern for a value
 */
export const jsonView = (pieces, search) => {
  const box = h("pre", { class: "json" });
  for (const piece of pieces) {
    const text = piece.kind === "mark" ? piece.text : visible(piece.text);
    const pattern = patternFor(piece);
    if (pattern !== "")
      box.append(
        h(
          "button",
          {
            type: "button",
            class: \`json-\${piece.kind}\`,
            title: \`Search for \${pattern}\`,
            onclick: () => search(pattern),
          },
          text,
        ),
      );
    else box.append(piece.kind === "mark" ? text : h("span", { class: \`json-\${piece.kind}\` }, text));
  }
  return box;
};
`,
  "keyboard.js": `// What keys do, wherever the reader is. A view says what its list, its search box and its parent are.

import { byId } from "./elements.js";

/** @param {() => import("./main.js").View | undefined} view @param {() => void} up */
export const listenToKeys = (view, up) => {
  const help = /** @type {HTMLDialogElement} */ (byId("help"));

  /** @type {Record<string, (view: import("./main.js").View) => void>} */
  const moves = {
    ArrowDown: (now) => step(now, 1),
    j: (now) => step(now, 1),
    ArrowUp: (now) => step(now, -1),
    k: (now) => step(now, -1),
    Home: (now) => now.roving.first(),
    g: (now) => now.roving.first(),
    End: (now) => now.roving.last(),
    G: (now) => now.roving.last(),
    "[": (now) => now.turn(-1),
    "]": (now) => now.turn(1),
    "/": (now) => now.search(),
    "?": () => help.showModal(),
    ArrowRight: () => openRow(true),
    ArrowLeft: () => openRow(false),
  };

  document.addEventListener("keydown", (event) => {
    const now = view();
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    if (now === undefined || event.ctrlKey || event.metaKey || event.altKey || target.closest("dialog"))
      return;
    if (event.key === "Escape") {
      event.preventDefault();
      leave(target, now, up);
      return;
    }
    if (target.matches("input, select, textarea")) {
      if (event.key !== "ArrowDown" || !target.matches("[type=search]")) return;
    }
    const act = moves[event.key] ?? now.keys?.[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(now);
  });
};

/** To the next item, or on to the next page. @param {import("./main.js").View} view @param {1 | -1} by */
const step = (view, by) => {
  if (!view.roving.move(by)) view.turn(by);
};

/** @param {boolean} open */
const openRow = (open) => {
  const details = document.activeElement?.closest("details");
  if (details) details.open = open;
};

/**
 * Out of whatever is innermost: a box, something that was opened, a search that goes on, at last the view.
 * @param {HTMLElement} target @param {import("./main.js").View} view @param {() => void} up
 */
const leave = (target, view, up) => {
  const details = target.closest("details[open]");
  if (details instanceof HTMLDetailsElement) {
    details.open = false;
    details.querySelector("summary")?.focus();
  } else if (target.matches("input, select")) {
    if (!view.roving.focus()) target.blur();
  } else if (!view.stop?.()) up();
};
`,
  "layout.css": `/* The frame of the page: what is around the lists. */

#skip {
  position: absolute;
  left: 8px;
  top: -60px;
  z-index: 10;
  padding: 8px 14px;
  border-radius: 6px;
  background: var(--accent);
  color: var(--on-accent);
}

#skip:focus {
  top: 8px;
}

header {
  display: flex;
  align-items: center;
  gap: 12px;
  padding: 6px 14px;
  background: var(--panel);
  border-bottom: 1px solid var(--line);
}

.brand {
  display: flex;
  align-items: center;
  gap: 10px;
  margin-right: auto;
  color: var(--text);
  font-weight: 600;
  white-space: nowrap;
}

.brand:hover {
  text-decoration: none;
}

.brand small {
  margin-left: 4px;
  padding: 1px 7px;
  border: 1px solid var(--line);
  border-radius: 9px;
  color: var(--muted);
  font-weight: 400;
}

.ingest {
  display: flex;
  align-items: center;
  gap: 12px;
  padding: 3px 10px;
  border-color: transparent;
  text-align: left;
  font-variant-numeric: tabular-nums;
}

.ingest svg {
  fill: var(--accent);
  border-bottom: 1px solid var(--line);
}

.figures {
  display: grid;
  font-size: 12px;
  line-height: 1.35;
}

.figures b {
  font-weight: 600;
}

.header-buttons {
  display: flex;
  gap: 6px;
}

.icon {
  display: grid;
  place-items: center;
  width: 32px;
  padding: 0;
  font-weight: 600;
}

.banner {
  padding: 8px 14px;
  background: var(--error-soft);
  color: var(--error);
  border-bottom: 1px solid var(--error);
}

.bar {
  display: flex;
  align-items: baseline;
  justify-content: space-between;
  gap: 4px 16px;
  padding: 8px 14px 0;
}

#trail {
  display: flex;
  flex-wrap: wrap;
}

#trail li {
  overflow-wrap: anywhere;
}

#trail li + li::before {
  content: "/";
  margin: 0 8px;
  color: var(--muted);
}

.tabs [aria-current] {
  background: var(--soft);
  font-weight: 600;
}

#trail [aria-current] {
  color: var(--text);
  font-weight: 600;
}

#status {
  text-align: right;
  font-variant-numeric: tabular-nums;
}

main,
.view,
.pane {
  flex: 1;
  min-height: 0;
  display: flex;
  flex-direction: column;
  position: relative;
}

.toolbar {
  display: flex;
  flex-wrap: wrap;
  align-items: flex-start;
  gap: 8px;
  padding: 8px 14px;
}

.search {
  flex: 1 1 280px;
  min-width: 0;
}

.search input {
  width: 100%;
  font-family: var(--mono);
  font-size: 13px;
}

.search-error {
  color: var(--error);
  font-size: 13px;
}

.search-error:not(:empty) {
  padding-top: 4px;
}

.tabs {
  display: flex;
  border: 1px solid var(--edge);
  border-radius: 6px;
  overflow: clip;
}

.tabs a {
  line-height: 30px;
  padding: 0 12px;
  background: var(--panel);
}

.tabs a:focus-visible {
  outline-offset: -3px;
}

.scroller {
  flex: 1;
  min-height: 0;
  overflow: auto;
  overflow-anchor: none;
  background: var(--panel);
  border-top: 1px solid var(--line);
}

@media (width < 720px) {
  header {
    flex-wrap: wrap;
    padding: 6px 10px;
  }

  .ingest {
    order: 1;
    flex: 1 0 100%;
    justify-content: space-between;
    padding: 0;
  }

  .bar,
  .toolbar {
    padding-inline: 10px;
  }

  .toolbar {
    position: relative;
    gap: 6px;
  }

  .tabs {
    order: -2;
  }

  .toolbar :is(button, select, summary) {
    padding-inline: 7px;
    font-size: 13px;
  }

  .search {
    flex-basis: 100%;
  }

  .range {
    flex: 1;
  }

  .range select {
    flex: 1;
    min-width: 0;
  }

  .bar {
    flex-wrap: wrap;
  }
}
`,
  "lists.css": `/* Tables of groups and streams, and what is shown instead of them. */

table {
  width: 100%;
  border-collapse: collapse;
}

th,
td {
  padding: 7px 14px;
  text-align: left;
  vertical-align: top;
  border-bottom: 1px solid var(--line);
}

td {
  white-space: nowrap;
}

tbody th {
  font-weight: 500;
  overflow-wrap: anywhere;
}

.activity td,
.activity th {
  padding: 3px 8px;
}

.list thead th {
  position: sticky;
  top: 0;
  z-index: 1;
  background: var(--panel);
  color: var(--muted);
  font-size: 12px;
}

.list tbody tr {
  cursor: pointer;
}

.list tbody tr:hover,
.list tbody tr:focus-within {
  background: var(--hover);
}

.number {
  text-align: right;
  font-variant-numeric: tabular-nums;
}

.pager {
  display: flex;
  gap: 8px;
  padding: 10px 14px;
}

.notice {
  display: grid;
  gap: 10px;
  max-width: 720px;
  margin: 24px auto;
  padding: 0 20px;
}

.notice > button {
  justify-self: start;
}

.notice.error h2 {
  color: var(--error);
}

.command {
  position: relative;
  border: 1px solid var(--line);
  border-radius: 8px;
  background: var(--page);
}

.command pre {
  padding: 10px 12px;
  overflow-x: auto;
}

.command button {
  position: absolute;
  top: 5px;
  right: 5px;
}

.activity {
  display: grid;
  gap: 12px;
}

@media (width < 720px) {
  .extra {
    display: none;
  }

  th,
  td {
    padding-inline: 10px;
  }

  td {
    white-space: normal;
  }
}
`,
  "look-back.js": `// Reads a page of matching events, towards older or newer ones, with FilterLogEvents.
//
// That call only reads forwards. To find the newest events first, windows of time are searched from the end
// backwards, each longer than the one before: cheap where there are many events, and few calls where there are
// none. Within a window the tokens of the call are followed to its end.

/**
 * @typedef {import("./api.js").LogEvent} LogEvent
 * @typedef {{ group: string, stream: string | undefined, pattern: string, from: number, to: number }} Query
 * @typedef {{ timestamp: number, id: string }} Mark a place between events: just before the one with this id
 * @typedef {{ events: LogEvent[], more: boolean, mark: Mark }} Page \`mark\` is where reading goes on
 * @typedef {{ signal: AbortSignal, stop: AbortSignal, progress: (reached: number, found: number) => void }} Watch
 *   \`signal\` throws everything away, \`stop\` ends early with what was found
 */

/** So many events at a time, or fewer when they are large. */
export const PAGE_EVENTS = 500;
const PAGE_CHARS = 4_000_000;
/** The most that one call gives. */
const CALL_EVENTS = 10_000;
const GROWTH = 8;

/** @param {LogEvent} event @returns {Mark} */
export const markOf = (event) => ({ timestamp: event.timestamp, id: event.eventId ?? "" });

/** The place just before everything that happened at this time or later. @param {number} timestamp @returns {Mark} */
export const markAt = (timestamp) => ({ timestamp, id: "" });

/** @param {Mark} a @param {Mark} b */
const isBefore = (a, b) => a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.id < b.id);

/**
 * @param {import("./api.js").Call} call
 */
export const createReader = (call) => {
  /** @param {Query} query @param {AbortSignal} signal @returns {Promise<number | undefined>} */
  const newestTime = async ({ group, stream }, signal) => {
    const scope =
      stream === undefined ? { orderBy: "LastEventTime", descending: true } : { logStreamNamePrefix: stream };
    const answer = await call("DescribeLogStreams", { logGroupName: group, limit: 1, ...scope }, signal);
    return answer.logStreams[0]?.lastEventTimestamp;
  };

  /** One call. @param {Query} query @param {object} range @param {AbortSignal} signal */
  const filter = (query, range, signal) =>
    call(
      "FilterLogEvents",
      {
        logGroupName: query.group,
        ...(query.stream !== undefined && { logStreamNames: [query.stream] }),
        filterPattern: query.pattern,
        ...range,
      },
      signal,
    );

  /**
   * The last page of the events of a window; undefined when it was stopped before its end.
   * @param {Query} query @param {number} startTime @param {number} endTime @param {Mark} mark @param {Watch} watch
   */
  const readWindow = async (query, startTime, endTime, mark, { signal, stop }) => {
    /** @type {LogEvent[]} */
    let events = [];
    let trimmed = false;
    let nextToken;
    do {
      if (stop.aborted) return undefined;
      const answer = await filter(query, { startTime, endTime, limit: CALL_EVENTS, nextToken }, signal);
      const wanted = answer.events.filter((event) => isBefore(markOf(event), mark));
      const kept = lastOf([...events, ...wanted]);
      trimmed ||= kept.length < events.length + wanted.length;
      events = kept;
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    return { events, trimmed };
  };

  return {
    /**
     * The page that ends just before the mark, or the newest one.
     * @param {Query} query @param {Mark | undefined} mark @param {Watch} watch @returns {Promise<Page>}
     */
    older: async (query, mark, watch) => {
      // Asked first with the pattern, so that an invalid one is refused even when there is nothing to search.
      await filter(query, { startTime: query.from, endTime: query.from, limit: 1 }, watch.signal);
      const edge = mark ?? markAt(Math.min(query.to, (await newestTime(query, watch.signal)) ?? 0) + 1);
      let end = edge.id === "" ? edge.timestamp - 1 : edge.timestamp;
      /** @type {LogEvent[]} */
      let events = [];
      for (let width = 1; end >= query.from && !watch.stop.aborted; width *= GROWTH) {
        const start = Math.max(query.from, end - width + 1);
        const window = await readWindow(query, start, end, edge, watch);
        if (window === undefined) break;
        const found = window.events.length + events.length;
        events = lastOf([...window.events, ...events]);
        const first = events[0];
        if (first !== undefined && (window.trimmed || events.length < found || events.length === PAGE_EVENTS))
          return { events, more: true, mark: markOf(first) };
        end = start - 1;
        watch.progress(start, events.length);
      }
      return { events, more: end >= query.from, mark: markAt(end + 1) };
    },

    /**
     * The page that begins with the first event at the mark or, with \`after\`, behind it.
     * @param {Query} query @param {Mark} mark @param {{ after: boolean }} how @param {Watch} watch
     * @returns {Promise<Page>}
     */
    newer: async (query, mark, { after }, watch) => {
      /** @type {LogEvent[]} */
      const events = [];
      const range = { startTime: Math.max(query.from, mark.timestamp), endTime: query.to };
      let chars = 0;
      let nextToken;
      do {
        const answer = await filter(query, { ...range, limit: PAGE_EVENTS, nextToken }, watch.signal);
        for (const event of answer.events) {
          const at = markOf(event);
          if (after ? !isBefore(mark, at) : isBefore(at, mark)) continue;
          events.push(event);
          chars += event.message.length;
        }
        nextToken = answer.nextToken;
        watch.progress(events.at(-1)?.timestamp ?? range.startTime, events.length);
        if (events.length >= PAGE_EVENTS || chars >= PAGE_CHARS || watch.stop.aborted) break;
      } while (nextToken !== undefined);
      const page = events.slice(0, PAGE_EVENTS);
      const last = page.at(-1);
      const more = nextToken !== undefined || page.length < events.length;
      return { events: page, more, mark: last === undefined ? mark : markOf(last) };
    },
  };
};

/** The end of the list that fits on a page; at least one event. @param {LogEvent[]} events */
const lastOf = (events) => {
  let from = events.length;
  let chars = 0;
  while (from > 0 && events.length - from < PAGE_EVENTS) {
    chars += events[from - 1]?.message.length ?? 0;
    if (chars > PAGE_CHARS && from < events.length) break;
    from -= 1;
  }
  return from === 0 ? events : events.slice(from);
};
`,
  "main.js": `// Joins the address, the views, the feed and the keyboard.

import { addressOf, eventsPlace, groupsPlace, parentOf, placeOf, streamsPlace } from "./address.js";
import { byId, h } from "./elements.js";
import { eventsView } from "./events-view.js";
import { createFeed } from "./feed.js";
import { groupsView } from "./groups-view.js";
import { activity, createIngest } from "./ingest.js";
import { listenToKeys } from "./keyboard.js";
import { streamsView } from "./streams-view.js";

/**
 * @typedef {import("./address.js").Place} Place
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {string} title
 * @property {Promise<unknown>} ready settles when there is something to see
 * @property {(place: Place) => boolean} accepts whether it can show that place without being built anew
 * @property {(place: Place) => void} show
 * @property {() => void} refresh what it shows may have changed
 * @property {(name?: string) => void} focus puts the reader on an item of the list
 * @property {ReturnType<typeof import("./roving.js").createRoving>} roving
 * @property {() => void} search
 * @property {(by: 1 | -1) => void} turn to the page before or behind
 * @property {Record<string, () => void>} [keys]
 * @property {() => boolean} [stop] ends what is going on; false when there is nothing
 * @property {() => void} dispose
 *
 * @typedef {object} App
 * @property {(place: Place) => void} change
 * @property {(text: string, quiet?: boolean) => void} status
 * @property {ReturnType<typeof createFeed>} feed
 */

const REFRESH_MS = 1_000;
/** After these the lists look different, even when no event has arrived. */
const CHANGING = /^(Create|Delete|Put)/;

/** @type {View | undefined} */
let view;
/** @type {Place | undefined} */
let shown;

const ingest = createIngest();
const dialog = /** @type {HTMLDialogElement} */ (byId("activity"));
const feed = createFeed({
  history: ingest.history,
  figures: (figures) => {
    ingest.figures(figures);
    if (dialog.open) byId("activity-figures").replaceChildren(activity(figures));
    const { events, requests } = figures;
    const changes = Object.entries(requests).filter(([name]) => CHANGING.test(name));
    refreshWhenChanged(JSON.stringify([events, changes]));
  },
  connection: (connected) => {
    const banner = byId("disconnected");
    if (connected && !banner.hidden) view?.refresh();
    banner.hidden = connected;
  },
});

let known = "";
let refreshing = false;

/** @param {string} state */
const refreshWhenChanged = (state) => {
  if (state === known) return;
  const first = known === "";
  known = state;
  if (first) return;
  if (refreshing) return;
  refreshing = true;
  setTimeout(() => {
    refreshing = false;
    view?.refresh();
  }, REFRESH_MS);
};

/** @type {App} */
const app = {
  change: (place) => {
    // Typing in a filter is not worth a step back for every letter.
    const how = place.view === "events" ? "pushState" : "replaceState";
    if (addressOf(place) !== location.hash) history[how](null, "", addressOf(place));
    route();
  },
  status: (text, quiet = false) => {
    const status = byId("status");
    // Figures that change all the time would never let a screen reader finish.
    status.setAttribute("aria-live", quiet ? "off" : "polite");
    status.textContent = text;
  },
  feed,
};

/** @param {Place} place */
const build = (place) => {
  if (place.view === "groups") return groupsView(place, app);
  return place.view === "streams" ? streamsView(place, app) : eventsView(place, app);
};

const route = () => {
  const place = placeOf(location.hash);
  const before = shown;
  shown = place;
  if (view?.accepts(place)) view.show(place);
  else mount(place, before);
};

/** @param {Place} place @param {Place | undefined} before */
const mount = (place, before) => {
  view?.dispose();
  app.status("");
  const built = build(place);
  view = built;
  byId("view").replaceChildren(built.element);
  byId("trail").replaceChildren(...trail(place));
  document.title = \`\${built.title} · CloudWatch Logs, embedded\`;
  if (before === undefined) return;
  void built.ready.then(() => {
    // Whoever has gone elsewhere meanwhile is not taken back.
    if (view === built && document.activeElement === document.body) built.focus(cameFrom(place, before));
  });
};

/** The item of a list that the reader had opened. @param {Place} place @param {Place} before */
const cameFrom = (place, before) => {
  if (place.view === "groups" && before.view !== "groups") return before.group;
  return place.view === "streams" && before.view === "events" ? before.stream : undefined;
};

/** @param {Place} place */
const trail = (place) => {
  const steps = [{ label: "Log groups", href: addressOf(groupsPlace()) }];
  if (place.view !== "groups") steps.push({ label: place.group, href: addressOf(streamsPlace(place.group)) });
  if (place.view === "events")
    steps.push({
      label: place.stream ?? "All events",
      href: addressOf(eventsPlace(place.group, place.stream)),
    });
  return steps.map(({ label, href }, index) =>
    h("li", {}, h("a", { href, "aria-current": index === steps.length - 1 && "page" }, label)),
  );
};

const up = () => {
  const parent = shown && parentOf(shown);
  if (parent === undefined) return;
  history.pushState(null, "", addressOf(parent));
  route();
};

addEventListener("popstate", route);
// A browser opens few connections to one host: a tab that nobody looks at needs none.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) feed.pause();
  else if (feed.resume()) view?.refresh();
});
byId("show-help").addEventListener("click", () =>
  /** @type {HTMLDialogElement} */ (byId("help")).showModal(),
);
byId("show-activity").addEventListener("click", () => {
  const figures = ingest.latest();
  if (figures) byId("activity-figures").replaceChildren(activity(figures));
  dialog.showModal();
});
// Its address would otherwise take the place of the one that says what is shown.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("view").focus();
});
listenToKeys(() => view, up);
feed.start();
route();
`,
  "notices.js": `// What is shown instead of a list: what happened, and what to do next.

import { CallError } from "./api.js";
import { copyButton, h } from "./elements.js";

/** @param {string} title @param {...(Node | string | false | undefined)} children */
export const notice = (title, ...children) =>
  h("section", { class: "notice" }, h("h2", {}, title), ...children);

/** A command to copy. @param {string} text */
export const command = (text) =>
  h(
    "div",
    { class: "command" },
    h("pre", {}, text),
    copyButton("Copy", () => text),
  );

const environment = () =>
  [
    \`export AWS_ENDPOINT_URL_LOGS=\${location.origin}\`,
    "export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local",
  ].join("\\n");

export const noGroups = () =>
  notice(
    "No log groups yet",
    h("p", {}, "This endpoint speaks the CloudWatch Logs API. Point a program at it:"),
    h("h3", {}, "host-agent"),
    command(\`host-agent run --config agent.yaml --endpoint-url \${location.origin}\`),
    h("h3", {}, "AWS CLI, an SDK, or another agent"),
    command(environment()),
    command(
      [
        "aws logs create-log-group --log-group-name /try",
        "aws logs create-log-stream --log-group-name /try --log-stream-name one",
        "aws logs put-log-events --log-group-name /try --log-stream-name one \\\\",
        '  --log-events timestamp=$(date +%s000),message="hello"',
      ].join("\\n"),
    ),
    h("p", { class: "muted" }, "Groups show up here by themselves."),
  );

/** A word in single quotes of a POSIX shell. @param {string} text */
const quoted = (text) => (/^[\\w/.@:-]+$/.test(text) ? text : \`'\${text.replaceAll("'", "'\\\\''")}'\`);

/** @param {string} group */
export const noStreams = (group) =>
  notice(
    "No streams in this group yet",
    h("p", {}, "An agent creates a stream when it has the first event for it. By hand:"),
    command(
      \`\${environment()}\\naws logs create-log-stream --log-group-name \${quoted(group)} --log-stream-name one\`,
    ),
  );

/** @param {string} group @param {string | undefined} stream */
export const noEvents = (group, stream) =>
  notice(
    "No events yet",
    h("p", {}, "With the live tail on, events show up here as they arrive. To send one by hand:"),
    command(
      \`\${environment()}\\naws logs put-log-events --log-group-name \${quoted(group)} --log-stream-name \${quoted(stream ?? "STREAM")} \\\\\\n  --log-events timestamp=$(date +%s000),message="hello"\`,
    ),
  );

export const EXAMPLES = /** @type {const} */ ([
  ["ERROR timeout", "both words, in any order"],
  ['"out of memory"', "a phrase"],
  ["ERROR -debug", "one word, without the other"],
  ["?ERROR ?WARN", "one of them"],
  ["%5\\\\d\\\\d$%", "a regular expression"],
  ['{ $.level = "error" }', "a field of a JSON event"],
  ['{ $.status >= 500 && $.path = "/api/*" }', "several, with a wildcard"],
  ["[ip, user, status = 5*, ...]", "columns between spaces"],
]);

/** @param {(pattern: string) => void} use */
export const patternHelp = (use) =>
  h(
    "dl",
    { class: "patterns" },
    ...EXAMPLES.flatMap(([pattern, meaning]) => [
      h("dt", {}, h("button", { type: "button", class: "pattern", onclick: () => use(pattern) }, pattern)),
      h("dd", {}, meaning),
    ]),
  );

/** @param {unknown} error */
export const explain = (error) => {
  if (!(error instanceof CallError))
    return { title: "The page failed", text: String(error), next: "Reload it." };
  const { kind, message } = error;
  if (kind === "Unreachable")
    return {
      title: "The endpoint cannot be reached",
      text: message,
      next: "Is host-agent still running? The page goes on when it is back.",
    };
  if (kind === "ResourceNotFoundException")
    return {
      title: "That is not here",
      text: message,
      next: "It may have been deleted, or the link is old.",
    };
  return { title: kind, text: message, next: "" };
};

/** @param {unknown} error @param {() => void} retry */
export const failure = (error, retry) => {
  const { title, text, next } = explain(error);
  return h(
    "section",
    { class: "notice error", role: "alert" },
    h("h2", {}, title),
    h("p", {}, text),
    next !== "" && h("p", { class: "muted" }, next),
    h("button", { type: "button", onclick: retry }, "Try again"),
  );
};
`,
  "page.html": `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>CloudWatch Logs, embedded</title>
    <link rel="icon" href="/page/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/page/theme.css">
    <link rel="stylesheet" href="/page/layout.css">
    <link rel="stylesheet" href="/page/lists.css">
    <link rel="stylesheet" href="/page/events.css">
    <script src="/page/theme.js"></script>
    <script type="module" src="/page/main.js"></script>
  </head>
  <body>
    <a id="skip" href="#view">Skip to the logs</a>
    <header>
      <a class="brand" href="#/groups">
        <img src="/page/icon.svg" alt="" width="22" height="22">
        <span>CloudWatch Logs <small>embedded</small></span>
      </a>
      <button type="button" id="show-activity" class="ingest" title="What the endpoint was asked">
        <svg viewBox="0 0 120 20" width="120" height="20" aria-hidden="true"><path id="bars" d="" /></svg>
        <span class="figures">
          <span><b id="rate-events">0 events/s</b> · <b id="rate-bytes">0 B/s</b></span>
          <span id="totals" class="muted">0 events, 0 B in total</span>
        </span>
      </button>
      <div class="header-buttons">
        <button type="button" id="theme" class="icon" aria-label="Change the theme">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
          </svg>
        </button>
        <button type="button" id="show-help" class="icon" aria-label="Keyboard shortcuts" title="?">?</button>
      </div>
    </header>
    <p id="disconnected" class="banner" role="alert" hidden>
      The endpoint does not answer. The page goes on by itself when it is back.
    </p>
    <div class="bar">
      <nav aria-label="Where you are"><ol id="trail"></ol></nav>
      <p id="status" class="muted" role="status"></p>
    </div>
    <main id="view" tabindex="-1"></main>
    <noscript><p class="banner">This page needs JavaScript.</p></noscript>
    <dialog id="help" aria-labelledby="help-title">
      <form method="dialog">
        <h2 id="help-title">Keyboard shortcuts</h2>
        <dl>
          <dt><kbd>/</kbd></dt>
          <dd>to the search box</dd>
          <dt><kbd>↓</kbd> <kbd>↑</kbd> <kbd>j</kbd> <kbd>k</kbd></dt>
          <dd>to the next or previous line, beyond the end to the next page</dd>
          <dt><kbd>Enter</kbd></dt>
          <dd>open a group, a stream, an event</dd>
          <dt><kbd>→</kbd> <kbd>←</kbd></dt>
          <dd>open or close an event</dd>
          <dt><kbd>Esc</kbd></dt>
          <dd>close, stop, or go back up</dd>
          <dt><kbd>g</kbd> <kbd>G</kbd></dt>
          <dd>to the first or last line</dd>
          <dt><kbd>[</kbd> <kbd>]</kbd></dt>
          <dd>previous page or older events, next page or newer ones</dd>
          <dt><kbd>t</kbd></dt>
          <dd>live tail on or off</dd>
          <dt><kbd>w</kbd></dt>
          <dd>wrap long lines</dd>
          <dt><kbd>?</kbd></dt>
          <dd>this list</dd>
        </dl>
        <button type="submit">Close</button>
      </form>
    </dialog>
    <dialog id="activity" aria-labelledby="activity-title">
      <form method="dialog">
        <h2 id="activity-title">What this endpoint was asked</h2>
        <div id="activity-figures"></div>
        <button type="submit">Close</button>
      </form>
    </dialog>
  </body>
</html>
`,
  "range-picker.js": `// From when to when events are searched.

import { h } from "./elements.js";

const PRESETS = /** @type {const} */ ([
  ["", "Any time"],
  ["-5m", "Last 5 minutes"],
  ["-1h", "Last hour"],
  ["-24h", "Last 24 hours"],
  ["-7d", "Last 7 days"],
  ["custom", "From … to …"],
]);

/**
 * @typedef {{ from: string, to: string }} Range
 * @param {(range: Range) => void} changed
 */
export const rangePicker = (changed) => {
  const preset = h(
    "select",
    { "aria-label": "Time range" },
    ...PRESETS.map(([value, label]) => h("option", { value }, label)),
  );
  const from = h("input", { type: "datetime-local", step: "1", "aria-label": "From, local time" });
  const to = h("input", { type: "datetime-local", step: "1", "aria-label": "To, local time" });
  const custom = h("span", { class: "range-custom", hidden: true }, from, "–", to);
  preset.addEventListener("change", () => {
    custom.hidden = preset.value !== "custom";
    if (preset.value === "custom") from.focus();
    else changed({ from: preset.value, to: "" });
  });
  for (const input of [from, to])
    input.addEventListener("change", () => changed({ from: isoOf(from.value), to: isoOf(to.value) }));
  return {
    element: h("span", { class: "range" }, preset, custom),
    /** @param {Range} range */
    set: (range) => {
      const known = range.to === "" && PRESETS.some(([value]) => value === range.from);
      preset.value = known ? range.from : "custom";
      custom.hidden = known;
      if (known) return;
      from.value = localOf(range.from);
      to.value = localOf(range.to);
    },
  };
};

/** What the input gives is local time. @param {string} local */
const isoOf = (local) => (local === "" ? "" : new Date(local).toISOString());

/** What the input takes. @param {string} iso */
const localOf = (iso) => {
  const at = new Date(iso);
  if (iso === "" || Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
};
`,
  "reading.js": `// One read at a time, with a word about how it goes and a way to end it.

import { h } from "./elements.js";
import { localTime, plural } from "./format.js";

/** Most reads take less time than it takes to notice that they are going on. */
const QUIET_MS = 400;

/** @typedef {import("./look-back.js").Watch} Watch */

export const createReading = () => {
  const stopButton = h("button", { type: "button", class: "small", onclick: () => stopping.abort() }, "Stop");
  const text = h("span");
  const element = h("div", { class: "progress", hidden: true, role: "status" }, text, stopButton);
  let loading = new AbortController();
  let stopping = new AbortController();
  let running = 0;

  return {
    element,
    busy: () => running > 0,
    /**
     * Ends the read before, then does this one. Rejects with an AbortError when another one has ended it.
     * @template Result @param {(watch: Watch) => Promise<Result>} work
     */
    run: async (work) => {
      loading.abort();
      loading = new AbortController();
      stopping = new AbortController();
      const { signal } = loading;
      text.textContent = "Searching …";
      const timer = setTimeout(() => {
        element.hidden = false;
      }, QUIET_MS);
      running += 1;
      try {
        const result = await work({
          signal,
          stop: stopping.signal,
          progress: (reached, found) => {
            const place = reached <= 0 ? "" : \` at \${localTime(reached)}\`;
            text.textContent = \`Searching\${place}: \${plural(found, "event")} so far …\`;
          },
        });
        signal.throwIfAborted();
        return result;
      } finally {
        running -= 1;
        clearTimeout(timer);
        if (!signal.aborted) element.hidden = true;
      }
    },
    /** Ends the read with what it has. False when there is none. */
    stop: () => {
      if (element.hidden || stopping.signal.aborted) return false;
      stopping.abort();
      return true;
    },
    cancel: () => {
      loading.abort();
      element.hidden = true;
    },
  };
};
`,
  "roving.js": `// Arrow keys in a list: one of its items can be reached with Tab, the others from there.

/**
 * @param {() => HTMLElement[]} items in their order; hidden ones left out
 */
export const createRoving = (items) => {
  const current = () => items().findIndex((item) => item.tabIndex === 0);

  /** @param {HTMLElement | undefined} item @param {{ focus: boolean }} [how] */
  const select = (item, { focus } = { focus: true }) => {
    if (item === undefined) return false;
    for (const other of items()) if (other.tabIndex === 0) other.tabIndex = -1;
    item.tabIndex = 0;
    if (focus) {
      item.focus({ preventScroll: true });
      item.scrollIntoView({ block: "nearest" });
    }
    return true;
  };

  return {
    select,
    /** Moves by so many items. False when there is none there. @param {number} by */
    move: (by) => {
      const list = items();
      const active = document.activeElement;
      // Also from inside what an item has opened.
      const at = list.findIndex((item) => item === active || item.parentElement?.contains(active));
      if (at === -1) return select(list[Math.max(0, current())] ?? list[0]);
      const to = Math.max(0, Math.min(list.length - 1, at + by));
      return to === at ? false : select(list[to]);
    },
    first: () => select(items()[0]),
    last: () => select(items().at(-1)),
    /** Back to where the reader was. */
    focus: () => {
      const list = items();
      return select(list[Math.max(0, current())]);
    },
    /** Keeps one item reachable after the list has changed. */
    settle: () => {
      if (current() === -1) select(items().at(-1), { focus: false });
    },
  };
};
`,
  "search-form.js": `// The search box of a view: '/' leads to it, Enter searches, Escape leaves it.

import { h } from "./elements.js";

const INSTANT_MS = 250;

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.placeholder
 * @param {boolean} options.instant search while the reader types
 * @param {(text: string) => void} options.submit
 */
export const searchForm = ({ label, placeholder, instant, submit }) => {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const input = h("input", {
    type: "search",
    id: "search",
    "aria-label": label,
    "aria-describedby": "search-error",
    placeholder: \`\${placeholder}  ( / )\`,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 1024,
  });
  const send = () => {
    clearTimeout(timer);
    submit(input.value.trim());
  };
  input.addEventListener("input", () => {
    error.textContent = "";
    input.removeAttribute("aria-invalid");
    clearTimeout(timer);
    // The cross of a search box empties it and tells nobody else.
    if (instant || input.value === "") timer = setTimeout(send, INSTANT_MS);
  });
  const error = h("p", { id: "search-error", class: "search-error", role: "alert" });
  const element = h("form", { class: "search", role: "search" }, input, error);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  return {
    element,
    /** @param {string} text */
    set: (text) => {
      if (input.value.trim() !== text) input.value = text;
    },
    /** Says what is wrong with it. @param {string} text */
    fail: (text) => {
      error.textContent = text;
      if (text === "") input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
    },
    focus: () => {
      input.focus();
      input.select();
    },
  };
};
`,
  "streams-view.js": `// The streams of one log group.

import { addressOf, eventsPlace } from "./address.js";
import { call } from "./api.js";
import { h } from "./elements.js";
import { timeElement } from "./event-row.js";
import { noStreams, notice } from "./notices.js";
import { searchForm } from "./search-form.js";
import { createTable } from "./table-list.js";
import { tabs } from "./tabs.js";

/**
 * @typedef {import("./address.js").StreamsPlace} StreamsPlace
 * @param {StreamsPlace} start @param {import("./main.js").App} app @returns {import("./main.js").View}
 */
export const streamsView = (start, app) => {
  let place = start;
  const { group } = place;
  const search = searchForm({
    label: "Filter by name",
    placeholder: "Beginning of a name",
    instant: true,
    submit: (prefix) => app.change({ ...place, prefix }),
  });
  const order = h(
    "select",
    {
      "aria-label": "Order",
      onchange: () => app.change({ ...place, order: order.value === "name" ? "name" : "time" }),
    },
    h("option", { value: "time" }, "Newest first"),
    h("option", { value: "name" }, "By name"),
  );
  const table = createTable({
    label: "Log streams",
    noun: "stream",
    name: (/** @type {import("./api.js").LogStream} */ stream) => stream.logStreamName,
    href: ({ logStreamName }) => addressOf(eventsPlace(group, logStreamName)),
    columns: [
      { title: "Last event", cell: ({ lastEventTimestamp }) => moment(lastEventTimestamp) },
      { title: "First event", kind: "extra", cell: ({ firstEventTimestamp }) => moment(firstEventTimestamp) },
      {
        title: "Last stored",
        kind: "extra",
        cell: ({ lastIngestionTime }) => moment(lastIngestionTime),
      },
    ],
    load: async (nextToken, signal) => {
      // The API orders by time only without a prefix.
      const by =
        place.prefix !== ""
          ? { logStreamNamePrefix: place.prefix }
          : place.order === "time"
            ? { orderBy: "LastEventTime", descending: true }
            : {};
      const answer = await call("DescribeLogStreams", { logGroupName: group, ...by, nextToken }, signal);
      return { items: answer.logStreams, next: answer.nextToken };
    },
    empty: () =>
      place.prefix === ""
        ? noStreams(group)
        : notice(\`No stream begins with “\${place.prefix}”\`, h("p", {}, "Upper and lower case matter.")),
    status: app.status,
  });
  const sync = () => {
    search.set(place.prefix);
    order.value = place.prefix === "" ? place.order : "name";
    order.disabled = place.prefix !== "";
  };
  sync();
  const ready = table.restart();
  return {
    element: h(
      "div",
      { class: "view" },
      h("div", { class: "toolbar" }, tabs(group, "streams"), search.element, order),
      table.element,
    ),
    title: group,
    ready,
    accepts: (next) => next.view === "streams" && next.group === group,
    show: (next) => {
      if (next.view !== "streams" || addressOf(next) === addressOf(place)) return;
      place = next;
      sync();
      void table.restart();
    },
    refresh: () => void table.refresh(),
    focus: table.focus,
    roving: table.roving,
    search: search.focus,
    turn: table.turn,
    dispose: table.dispose,
  };
};

/** @param {number | undefined} ms */
const moment = (ms) => (ms === undefined ? "none" : timeElement(ms));
`,
  "table-list.js": `// A table of groups or streams that is paged with the tokens of the API and kept up to date.

import { isAbort } from "./api.js";
import { h } from "./elements.js";
import { failure } from "./notices.js";
import { createRoving } from "./roving.js";

/**
 * @template Item
 * @typedef {object} TableSpec
 * @property {string} label
 * @property {{ title: string, kind?: "number" | "extra", cell: (item: Item) => Node | string }[]} columns those after
 *   the first, which is the name; \`extra\` ones are left out on a narrow screen
 * @property {(item: Item) => string} name
 * @property {(item: Item) => string} href
 * @property {(token: string | undefined, signal: AbortSignal) => Promise<{ items: Item[], next: string | undefined }>} load
 * @property {() => Node} empty
 * @property {(text: string) => void} status
 * @property {string} noun
 */

/**
 * @template Item
 * @param {TableSpec<Item>} spec
 */
export const createTable = (spec) => {
  const body = h("tbody");
  const table = h(
    "table",
    { "aria-label": spec.label, hidden: true },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Name"),
        ...spec.columns.map(({ title, kind }) => h("th", { scope: "col", class: kind }, title)),
      ),
    ),
    body,
  );
  const instead = h("div");
  const previous = h("button", { type: "button", onclick: () => turn(-1) }, "Previous");
  const next = h("button", { type: "button", onclick: () => turn(1) }, "Next");
  const pager = h("nav", { class: "pager", "aria-label": "Pages", hidden: true }, previous, next);
  const element = h("div", { class: "scroller list" }, table, instead, pager);

  /** @type {(string | undefined)[]} The tokens that led to this page. */
  let tokens = [undefined];
  /** @type {string | undefined} */
  let nextToken;
  /** @type {Map<string, { row: HTMLElement, link: HTMLElement, cells: HTMLElement[] }>} */
  let rows = new Map();
  let loading = new AbortController();
  const roving = createRoving(() => [...rows.values()].map(({ link }) => link));

  /** @param {Item} item */
  const makeRow = (item) => {
    const link = h("a", { href: spec.href(item), tabindex: -1 }, spec.name(item));
    const cells = spec.columns.map(({ kind }) => h("td", { class: kind }));
    const row = h("tr", {}, h("th", { scope: "row" }, link), ...cells);
    // The whole row opens it, for whoever uses a pointer.
    row.addEventListener("click", ({ target }) => {
      if (target !== link && String(getSelection()) === "") link.click();
    });
    return { row, link, cells };
  };

  /** @param {readonly Item[]} items */
  const render = (items) => {
    const focused = [...rows].find(([, { link }]) => link === document.activeElement)?.[0];
    const reachable = [...rows].find(([, { link }]) => link.tabIndex === 0)?.[0];
    const kept = rows;
    rows = new Map();
    for (const item of items) {
      const name = spec.name(item);
      const row = kept.get(name) ?? makeRow(item);
      spec.columns.forEach(({ cell }, index) => void row.cells[index]?.replaceChildren(cell(item)));
      row.link.tabIndex = name === reachable ? 0 : -1;
      rows.set(name, row);
    }
    const wanted = [...rows.values()].map(({ row }) => row);
    if (wanted.length !== body.childElementCount || wanted.some((row, index) => body.children[index] !== row))
      body.replaceChildren(...wanted);
    if (focused !== undefined) rows.get(focused)?.link.focus({ preventScroll: true });
    roving.settle();
  };

  /** @param {unknown} error */
  const fail = (error) => {
    if (isAbort(error)) return;
    table.hidden = true;
    instead.replaceChildren(failure(error, () => void show()));
    spec.status("");
  };

  const show = async () => {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    try {
      const page = await spec.load(tokens.at(-1), signal);
      if (signal.aborted) return;
      nextToken = page.next;
      render(page.items);
      table.hidden = page.items.length === 0;
      instead.replaceChildren(...(page.items.length === 0 ? [spec.empty()] : []));
      const [many, number] = [nextToken !== undefined || tokens.length > 1, page.items.length];
      const noun = number === 1 ? spec.noun : \`\${spec.noun}s\`;
      spec.status(
        number === 0
          ? \`No \${spec.noun}s\`
          : many
            ? \`\${number} \${noun}, page \${tokens.length}\`
            : \`\${number} \${noun}\`,
      );
      pager.hidden = !many;
      previous.disabled = tokens.length === 1;
      next.disabled = nextToken === undefined;
    } catch (error) {
      fail(error);
    }
  };

  /** @param {1 | -1} by */
  const turn = async (by) => {
    if (by === 1 ? nextToken === undefined : tokens.length === 1) return;
    tokens = by === 1 ? [...tokens, nextToken] : tokens.slice(0, -1);
    await show();
    element.scrollTop = 0;
    roving.first();
  };

  return {
    element,
    roving,
    /** From the first page on, because what is asked for has changed. */
    restart: () => {
      tokens = [undefined];
      return show();
    },
    refresh: show,
    turn,
    /** Puts the reader on an item, or on the first one. @param {string | undefined} name */
    focus: (name) =>
      roving.select(
        (name === undefined ? undefined : rows.get(name)?.link) ?? rows.values().next().value?.link,
      ),
    dispose: () => loading.abort(),
  };
};
`,
  "tabs.js": `// The two ways to look at a group.

import { addressOf, eventsPlace, streamsPlace } from "./address.js";
import { h } from "./elements.js";

/** @param {string} group @param {"streams" | "events"} current */
export const tabs = (group, current) => {
  const tab = (/** @type {typeof current} */ name, /** @type {string} */ label) =>
    h(
      "a",
      {
        href: addressOf(name === "streams" ? streamsPlace(group) : eventsPlace(group)),
        "aria-current": name === current && "page",
      },
      label,
    );
  return h(
    "nav",
    { class: "tabs", "aria-label": "Log group" },
    tab("streams", "Streams"),
    tab("events", "All events"),
  );
};
`,
  "tail.js": `// Joins what the feed sends with the page that was read when it began, without a gap and without a double.

/** @typedef {import("./api.js").LogEvent} LogEvent */

/** @param {LogEvent} event */
const keyOf = ({ logStreamName, timestamp, ingestionTime, message }) =>
  JSON.stringify([logStreamName, timestamp, ingestionTime, message]);

/**
 * The events of the feed that the page does not hold: those that arrived while it was read are in both.
 * @param {readonly LogEvent[]} arrived @param {readonly LogEvent[]} page @param {boolean} more whether the page has
 *   older events before it, which it leaves out on purpose
 */
export const unseen = (arrived, page, more) => {
  /** @type {Map<string, number>} */
  const seen = new Map();
  for (const event of page) seen.set(keyOf(event), (seen.get(keyOf(event)) ?? 0) + 1);
  const oldest = more ? (page[0]?.timestamp ?? 0) : 0;
  return arrived.filter((event) => {
    const left = seen.get(keyOf(event)) ?? 0;
    if (left > 0) seen.set(keyOf(event), left - 1);
    return left === 0 && event.timestamp >= oldest;
  });
};
`,
  "terms.js": `// The parts of a message that a filter pattern looks for, so that they can be marked.

/**
 * The terms and phrases of a pattern that must or may be there. None for JSON and column patterns: those speak of
 * fields, and for regular expressions.
 * @param {string} pattern @returns {string[]}
 */
export const termsOf = (pattern) => {
  const text = pattern.trim();
  if (text === "" || text.startsWith("{") || text.startsWith("[")) return [];
  const found = [...text.matchAll(/([-?]?)(?:%[^%]*%|"((?:[^"\\\\]|\\\\[\\s\\S])*)"|([^\\s"%]+))/g)];
  return found
    .filter(([, sign]) => sign !== "-")
    .map(([, , quoted, word]) => quoted?.replace(/\\\\(["\\\\])/g, "$1") ?? word ?? "")
    .filter((term) => term !== "");
};

/**
 * A text with its terms marked.
 * @param {string} text @param {readonly string[]} terms
 */
export const marked = (text, terms) => {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const [from, to] of spansOf(text, terms)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(from, to);
    fragment.append(text.slice(at, from), mark);
    at = to;
  }
  fragment.append(text.slice(at));
  return fragment;
};

/** So many marks in one message help nobody. */
const MOST = 200;

/**
 * Where the terms are, in order and without overlaps.
 * @param {string} text @param {readonly string[]} terms @returns {[from: number, to: number][]}
 */
export const spansOf = (text, terms) => {
  /** @type {[from: number, to: number][]} */
  const spans = [];
  for (const term of terms)
    for (
      let at = text.indexOf(term);
      at !== -1 && spans.length < MOST;
      at = text.indexOf(term, at + term.length)
    )
      spans.push([at, at + term.length]);
  spans.sort(([a], [b]) => a - b);
  let end = 0;
  return spans.filter(([from, to]) => {
    if (from < end) return false;
    end = to;
    return true;
  });
};
`,
  "theme.css": `/* Colours and the look of plain elements. Every colour is a pair: light, dark. */

:root {
  color-scheme: light dark;
  --page: light-dark(#f3f5f8, #0d1117);
  --panel: light-dark(#ffffff, #151b23);
  --raised: light-dark(#ffffff, #1c232d);
  --hover: light-dark(#eef3fb, #1d2632);
  --line: light-dark(#d8dee6, #2b3440);
  --edge: light-dark(#8a95a3, #5c6878);
  --text: light-dark(#1a2029, #e3e8ef);
  --muted: light-dark(#566170, #98a4b3);
  --accent: light-dark(#0b57d0, #79b8ff);
  --on-accent: light-dark(#ffffff, #0d1117);
  --soft: light-dark(#e3edfd, #1a2d47);
  --error: light-dark(#b3261e, #ff8f86);
  --error-soft: light-dark(#fdecea, #38191a);
  --warn: light-dark(#8a5a00, #f0b849);
  --live: light-dark(#1a7f37, #56d364);
  --mark: light-dark(#ffe28a, #6b5200);
  --mono:
    ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font:
    14px / 1.45 system-ui,
    "Segoe UI",
    Roboto,
    "Helvetica Neue",
    "Noto Sans",
    sans-serif;
}

:root[data-theme="light"] {
  color-scheme: light;
}

:root[data-theme="dark"] {
  color-scheme: dark;
}

*,
::before,
::after {
  box-sizing: border-box;
}

[hidden] {
  /* biome-ignore lint/complexity/noImportantStyles: what is hidden is hidden, however else it would be laid out. */
  display: none !important;
}

body {
  margin: 0;
  height: 100dvh;
  display: flex;
  flex-direction: column;
  background: var(--page);
  color: var(--text);
}

h2,
h3,
p,
ol,
dl,
dd,
pre {
  margin: 0;
  padding: 0;
}

ol {
  list-style: none;
}

h2 {
  font-size: 1.2rem;
}

h3 {
  font-size: 1rem;
  margin-top: 0.6rem;
}

pre,
time,
kbd {
  font-family: var(--mono);
  font-size: 12.5px;
}

a {
  color: var(--accent);
  text-decoration: none;
}

a:hover {
  text-decoration: underline;
}

:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 1px;
}

#view:focus-visible {
  outline-offset: -2px;
}

.muted {
  color: var(--muted);
}

button,
select,
input {
  font: inherit;
  color: inherit;
  min-height: 32px;
  border: 1px solid var(--edge);
  border-radius: 6px;
  background: var(--panel);
  padding: 0 10px;
}

button {
  cursor: pointer;
  white-space: nowrap;
}

button:hover:not(:disabled) {
  background: var(--hover);
}

button:disabled,
select:disabled {
  opacity: 0.5;
  cursor: default;
}

button[aria-pressed="true"] {
  background: var(--soft);
  border-color: var(--accent);
  color: var(--accent);
}

button.small {
  min-height: 24px;
  padding: 0 8px;
  font-size: 12px;
}

input::placeholder {
  color: var(--muted);
  opacity: 1;
}

input[aria-invalid="true"] {
  border-color: var(--error);
}

kbd {
  border: 1px solid var(--line);
  border-bottom-width: 2px;
  border-radius: 4px;
  padding: 0 5px;
  background: var(--page);
}

mark {
  background: var(--mark);
  color: inherit;
  border-radius: 2px;
}

dialog {
  color: inherit;
  background: var(--raised);
  border: 1px solid var(--line);
  border-radius: 12px;
  padding: 20px 24px;
  max-width: min(560px, calc(100vw - 24px));
  box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
}

dialog::backdrop {
  background: rgb(0 0 0 / 45%);
}

dialog form {
  display: grid;
  gap: 14px;
}

dialog form > button {
  justify-self: end;
}

dialog dl {
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 6px 16px;
}
`,
  "theme.js": `// Runs before the first paint, so that a remembered theme does not flash up in the other one.
{
  const key = "host-agent-theme";
  const root = document.documentElement;
  const stored = () => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const wanted = stored();
  if (wanted === "light" || wanted === "dark") root.dataset.theme = wanted;

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const current = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () =>
      button?.setAttribute("aria-label", \`Change to the \${current() === "dark" ? "light" : "dark"} theme\`);
    button?.addEventListener("click", () => {
      const next = current() === "dark" ? "light" : "dark";
      // Back to what the system says: then the page follows it again.
      if (next === (dark.matches ? "dark" : "light")) delete root.dataset.theme;
      else root.dataset.theme = next;
      try {
        if (root.dataset.theme) localStorage.setItem(key, next);
        else localStorage.removeItem(key);
      } catch {
        // A browser that stores nothing still changes the theme.
      }
      label();
    });
    dark.addEventListener("change", label);
    label();
  });
}
`,
} as const;
