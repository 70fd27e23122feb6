// Reads a page of matching events, towards older or newer ones, with FilterLogEvents.
//
// That call only reads forwards. To find the newest events first, windows of time are searched from the end
// backwards, each longer than the one before: cheap where there are many events, and few calls where there are
// none. Within a window the tokens of the call are followed to its end.

/**
 * @typedef {import("./api.js").LogEvent} LogEvent
 * @typedef {{ group: string, stream: string | undefined, pattern: string, from: number, to: number }} Query
 * @typedef {{ timestamp: number, id: string }} Mark a place between events: just before the one with this id
 * @typedef {{ events: LogEvent[], more: boolean, mark: Mark }} Page `mark` is where reading goes on
 * @typedef {{ signal: AbortSignal, stop: AbortSignal, progress: (reached: number, found: number) => void }} Watch
 *   `signal` throws everything away, `stop` ends early with what was found
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

  /** @param {Query} query @param {AbortSignal} signal */
  const newestMark = async (query, signal) => {
    // An invalid pattern is refused even when there is nothing to search.
    await filter(query, { startTime: query.from, endTime: query.from, limit: 1 }, signal);
    return markAt(Math.min(query.to, (await newestTime(query, signal)) ?? 0) + 1);
  };

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
      const edge = mark ?? (await newestMark(query, watch.signal));
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
     * The page that begins with the first event at the mark or, with `after`, behind it.
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
