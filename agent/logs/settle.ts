import type { Amount } from "./accounting.ts";
import type { Batch, Span } from "./batch.ts";
import type { Rejected } from "./ports.ts";

/** What became of one span. Blank records are not in here. */
export interface Outcome {
  readonly span: Span;
  readonly accepted: Amount;
  readonly rejected: Amount;
}

/**
 * Tells for each span of a batch what the service took and what it refused by its time. The service names events by
 * their index in the request; which bytes these are is read from the request itself.
 */
export const outcomes = (batch: Batch, rejected: Rejected | undefined): readonly Outcome[] => {
  if (rejected === undefined)
    return batch.spans.map((span) => ({ span, accepted: whole(span), rejected: NONE }));
  const first = Math.max(rejected.tooOldEnd, rejected.expiredEnd);
  const end = rejected.tooNewStart ?? batch.records;
  const lengths = messageLengths(batch);
  let index = 0;
  return batch.spans.map((span) => {
    const from = index;
    index += span.records;
    const low = Math.min(Math.max(first, from), index);
    const high = Math.max(Math.min(end, index), low);
    if (low === from && high === index) return { span, accepted: whole(span), rejected: NONE };
    const all = whole(span);
    if (low === high) return { span, accepted: NONE, rejected: all };
    const bytes = lengths.slice(low, high).reduce((sum, length) => sum + length + 1, 0);
    const accepted = { records: high - low, bytes: Math.min(bytes, all.bytes) };
    const rest = { records: all.records - accepted.records, bytes: all.bytes - accepted.bytes };
    return { span, accepted, rejected: rest };
  });
};

const NONE: Amount = { bytes: 0, records: 0 };

const whole = (span: Span): Amount => ({ bytes: span.to - span.from - span.blanks, records: span.records });

const messageLengths = (batch: Batch): readonly number[] => {
  if (batch.held === undefined) return [];
  return eventsOf(batch.held.body.finish()).map(({ message }) => Buffer.byteLength(message));
};

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** The events of a request in wire form. For rare paths: it costs as much as everything else together. */
export const eventsOf = (body: Uint8Array): readonly LogEvent[] =>
  (
    JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()) as {
      logEvents: LogEvent[];
    }
  ).logEvents;
