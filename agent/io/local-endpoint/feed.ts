import type { ServerResponse } from "node:http";
import type { Accepted } from "../../local/operation.ts";
import { positionText } from "../../local/position.ts";
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

/**
 * A page gets at most this many events per second, as from the service's own live tail. Agents send what they have
 * every few seconds, so that it may also come at once.
 */
const EVENTS_PER_SECOND = 500;
const BURST_EVENTS = 5 * EVENTS_PER_SECOND;
const FLUSH_MS = 250;
const STATS_EVERY = 4;
/** A page that is opened sees how much arrived in this many seconds before. */
const RECENT = 60;
/** A client that is this far behind, in bytes, gets nothing until it has caught up. */
const BACKLOG_BYTES = 1_048_576;

interface Listener {
  readonly response: ServerResponse;
  readonly filter: FeedFilter;
  waiting: object[];
  /** Characters of the messages in `waiting`. */
  chars: number;
  skipped: number;
  /** How many events it may get at once now. */
  allowance: number;
}

export const createFeed = (stats: () => EndpointStats): Feed => {
  const listeners = new Set<Listener>();
  const recent: Pick<EndpointStats, "events" | "bytes">[] = [];
  let beat = 0;
  const flush = () => {
    beat += 1;
    const figures = beat % STATS_EVERY === 0 ? stats() : undefined;
    if (figures !== undefined) {
      recent.push({ events: figures.events, bytes: figures.bytes });
      if (recent.length > RECENT) recent.shift();
    }
    for (const listener of listeners) flushListener(listener, figures);
  };
  const timer = setInterval(flush, FLUSH_MS).unref();
  return {
    add: (response, filter) => {
      const listener: Listener = {
        response,
        filter,
        waiting: [],
        chars: 0,
        skipped: 0,
        allowance: BURST_EVENTS,
      };
      listeners.add(listener);
      response.on("close", () => listeners.delete(listener));
      // A short wait before a client comes back: the endpoint is on the same machine.
      response.write("retry: 1000\n\n");
      send(response, "history", recent);
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

const offer = (listener: Listener, { group, stream, events, stored, ingestedAt }: Accepted): void => {
  const { filter, waiting } = listener;
  if (stored === undefined || group !== filter.group) return;
  if (filter.stream !== undefined && stream !== filter.stream) return;
  for (const [at, { timestamp, message }] of events.entries()) {
    if (!filter.matches(message)) continue;
    if (waiting.length >= listener.allowance || listener.chars >= BACKLOG_BYTES) listener.skipped += 1;
    else {
      // The same event as FilterLogEvents gives, with its id, so that a page can tell what it has already.
      const text = message.toWellFormed();
      const eventId = positionText({ timestamp, batch: stored.batch, index: stored.index + at });
      waiting.push({ logStreamName: stream, timestamp, message: text, ingestionTime: ingestedAt, eventId });
      listener.chars += text.length;
    }
  }
};

const flushListener = (listener: Listener, figures: EndpointStats | undefined): void => {
  const { response, waiting, skipped, allowance } = listener;
  const earned = (EVENTS_PER_SECOND * FLUSH_MS) / 1_000;
  listener.allowance = Math.min(BURST_EVENTS, allowance - waiting.length + earned);
  listener.waiting = [];
  listener.chars = 0;
  if (response.writableLength > BACKLOG_BYTES) {
    listener.skipped += waiting.length;
    return;
  }
  if (waiting.length > 0 || skipped > 0) send(response, "events", { events: waiting, skipped });
  listener.skipped = 0;
  if (figures) send(response, "stats", figures);
};

const send = (response: ServerResponse, event: string, data: object): void => {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
};
