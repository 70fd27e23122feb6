import { gunzipSync } from "node:zlib";
import { comparePositions, type Position } from "./position.ts";
import type { BatchHeader, Store } from "./store.ts";

export interface StoredEvent extends Position {
  readonly streamId: number;
  readonly ingestedAt: number;
  readonly message: string;
  /** UTF-8 bytes of the message. */
  readonly bytes: number;
}

export interface PageRequest {
  /** In the order of `BatchQuery.start`. */
  readonly batches: Iterable<BatchHeader>;
  readonly start: "oldest" | "newest";
  /** From `oldest`: only events at or behind it; from `newest`: only events before it. */
  readonly boundary: Position;
  readonly wanted: (timestamp: number, message: string) => boolean;
  readonly limit: number;
  /** Most bytes of messages; one event is always given. */
  readonly maxBytes: number;
  /** Stop after looking at this many bytes. */
  readonly scanBytes: number;
}

export interface EventPage {
  /** In reading order: downwards when read from `newest`. */
  readonly events: readonly StoredEvent[];
  /** Where reading goes on, or undefined when everything was read. */
  readonly next: Position | undefined;
}

/**
 * Reads events in order although batches overlap: a batch is opened only when it may hold an event that
 * belongs on the page, and never more than one page and one batch are in memory.
 */
export const readPage = (store: Pick<Store, "body">, request: PageRequest): EventPage => {
  const direction = request.start === "oldest" ? 1 : -1;
  const compare = (a: Position, b: Position) => direction * comparePositions(a, b);
  let page: StoredEvent[] = [];
  let bytes = 0;
  let scanned = 0;
  // The first event that is left for the next page, and with it all behind it, even those that would still fit.
  let cut: Position | undefined;
  for (const batch of request.batches) {
    const edge = nearEdge(batch, request.start);
    const last = page.at(-1);
    const full = cut !== undefined || page.length >= request.limit;
    if (last !== undefined && full && compare(edge, last) > 0) {
      cut ??= edge;
      break;
    }
    if (scanned >= request.scanBytes && compare(edge, request.boundary) > 0)
      return { events: page.filter((event) => compare(event, edge) < 0), next: edge };
    scanned += batch.bytes;
    const events = openBatch(store, batch, request).filter(
      (event) => cut === undefined || compare(event, cut) < 0,
    );
    if (events.length === 0) continue;
    if (direction === -1) events.reverse();
    const sorted = last === undefined || compare(last, events[0] as Position) < 0;
    for (const event of events) page.push(event);
    if (!sorted) page.sort(compare);
    for (const event of events) bytes += event.bytes;
    if (page.length <= request.limit && bytes <= request.maxBytes) continue;
    const kept = fitting(page, request);
    cut = page[kept.length] ?? cut;
    page = kept;
    bytes = page.reduce((sum, event) => sum + event.bytes, 0);
  }
  const last = page.at(-1);
  return { events: page, next: cut && last ? after(last, request.start) : undefined };
};

const after = (event: StoredEvent, start: PageRequest["start"]): Position => ({
  timestamp: event.timestamp,
  batch: event.batch,
  index: start === "oldest" ? event.index + 1 : event.index,
});

const nearEdge = (batch: BatchHeader, start: PageRequest["start"]): Position =>
  start === "oldest"
    ? { timestamp: batch.firstAt, batch: batch.id, index: 0 }
    : { timestamp: batch.lastAt, batch: batch.id, index: batch.to };

const fitting = (page: StoredEvent[], request: PageRequest): StoredEvent[] => {
  let bytes = 0;
  const end = page.findIndex((event, index) => {
    bytes += event.bytes;
    return index >= request.limit || (index > 0 && bytes > request.maxBytes);
  });
  return end === -1 ? page : page.slice(0, end);
};

const openBatch = (store: Pick<Store, "body">, batch: BatchHeader, request: PageRequest): StoredEvent[] => {
  const events: StoredEvent[] = [];
  const raw = decodeEvents(store.body(batch), batch);
  for (let index = batch.from; index < batch.to; index++) {
    const event = raw[index];
    if (event === undefined) break;
    const { timestamp, message } = event;
    const order = comparePositions({ timestamp, batch: batch.id, index }, request.boundary);
    if (request.start === "oldest" ? order < 0 : order >= 0) continue;
    if (!request.wanted(timestamp, message)) continue;
    events.push({
      timestamp,
      batch: batch.id,
      index,
      streamId: batch.streamId,
      ingestedAt: batch.ingestedAt,
      message,
      bytes: Buffer.byteLength(message),
    });
  }
  return events;
};

interface WireEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** The events of a stored request body. It was validated before it was stored. */
const decodeEvents = (body: Uint8Array, batch: BatchHeader): readonly WireEvent[] => {
  const plain =
    batch.packing === "gzip" ? gunzipSync(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
  return (JSON.parse(plain.toString("utf8")) as { logEvents: readonly WireEvent[] }).logEvents;
};
