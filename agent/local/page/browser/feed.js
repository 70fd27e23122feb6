// The connection over which the endpoint sends figures and, for a live tail, events as they arrive.

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
    const opened = new EventSource(`/feed?${params}`);
    source = opened;
    let waitedFor = true;
    const data = (/** @type {MessageEvent} */ message) => JSON.parse(message.data);
    opened.addEventListener("stats", (message) => listener.figures(data(message)));
    opened.addEventListener("history", (message) => listener.history(data(message)));
    opened.addEventListener("events", (message) => onArrived(data(message)));
    return new Promise((resolve) => {
      opened.addEventListener("open", () => {
        listener.connection(true);
        // Whatever arrived while there was no connection was not sent.
        if (!waitedFor) onResumed();
        waitedFor = false;
        resolve(true);
      });
      opened.addEventListener("error", () => {
        if (source !== opened) return;
        if (opened.readyState === EventSource.CLOSED) refused();
        else listener.connection(false);
        waitedFor = false;
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
