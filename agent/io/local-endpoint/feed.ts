import type { ServerResponse } from "node:http";
import type { Accepted } from "../../local/operation.ts";
import type { EndpointStats } from "./counters.ts";

/** What one page wants to see as it arrives. */
export interface FeedFilter {
  /** Undefined: no events, only the figures. */
  readonly group: string | undefined;
  readonly stream: string | undefined;
  readonly matches: (message: string) => boolean;
}

export interface Feed {
  /** Sends events and figures as server-sent events until the client goes away. */
  readonly add: (response: ServerResponse, filter: FeedFilter) => void;
  readonly publish: (accepted: Accepted) => void;
  readonly close: () => void;
}

/** A page gets at most this many events per second, as from the service's own live tail. */
const EVENTS_PER_SECOND = 500;
const FLUSH_MS = 250;
const STATS_EVERY = 4;
/** A client that is this far behind, in bytes, gets nothing until it has caught up. */
const BACKLOG_BYTES = 1_048_576;

interface Listener {
  readonly response: ServerResponse;
  readonly filter: FeedFilter;
  waiting: object[];
  skipped: number;
}

export const createFeed = (stats: () => EndpointStats): Feed => {
  const listeners = new Set<Listener>();
  let beat = 0;
  const flush = () => {
    beat += 1;
    for (const listener of listeners) flushListener(listener, beat % STATS_EVERY === 0 ? stats() : undefined);
  };
  const timer = setInterval(flush, FLUSH_MS).unref();
  return {
    add: (response, filter) => {
      const listener: Listener = { response, filter, waiting: [], skipped: 0 };
      listeners.add(listener);
      response.on("close", () => listeners.delete(listener));
      send(response, "stats", stats());
    },
    publish: (accepted) => {
      for (const listener of listeners) offer(listener, accepted);
    },
    close: () => {
      clearInterval(timer);
      for (const { response } of listeners) response.end();
      listeners.clear();
    },
  };
};

const offer = (listener: Listener, { group, stream, events, ingestedAt }: Accepted): void => {
  const { filter, waiting } = listener;
  if (group !== filter.group || (filter.stream !== undefined && stream !== filter.stream)) return;
  for (const { timestamp, message } of events) {
    if (!filter.matches(message)) continue;
    if (waiting.length >= (EVENTS_PER_SECOND * FLUSH_MS) / 1_000) listener.skipped += 1;
    else waiting.push({ logStreamName: stream, timestamp, message, ingestionTime: ingestedAt });
  }
};

const flushListener = (listener: Listener, figures: EndpointStats | undefined): void => {
  const { response, waiting, skipped } = listener;
  if (response.writableLength > BACKLOG_BYTES) {
    listener.skipped += waiting.length;
    listener.waiting = [];
    return;
  }
  if (waiting.length > 0 || skipped > 0) send(response, "events", { events: waiting, skipped });
  listener.waiting = [];
  listener.skipped = 0;
  if (figures) send(response, "stats", figures);
};

const send = (response: ServerResponse, event: string, data: object): void => {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
};
