// The rows of the events that are on the page: never more than a browser can lay out at once.

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
