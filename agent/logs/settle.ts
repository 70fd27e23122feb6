import type { Amount } from "./accounting.ts";
import type { Batch, Span } from "./batch.ts";
import type { Rejected } from "./ports.ts";

/** Why the service did not take an event. */
export type Reason = "too_old" | "expired" | "too_new" | "invalid";

/** Events [from, to) of a batch, by index, that the service refused for good. */
export interface Refusal {
  readonly from: number;
  readonly to: number;
  readonly reason: Reason;
}

/** What became of one span. Blank records and holes are not in here. */
export interface Outcome {
  readonly span: Span;
  readonly accepted: Amount;
  /** Refused by their time, and refused as invalid. */
  readonly rejected: Amount;
  readonly invalid: Amount;
}

/** The refusals that an answer speaks of, for the events [start, start + count) of a batch that the request held. */
export const refusalsOf = (
  rejected: Rejected | undefined,
  start: number,
  count: number,
): readonly Refusal[] => {
  if (rejected === undefined) return [];
  const { tooOldEnd, expiredEnd, tooNewStart = count } = rejected;
  const old = Math.min(tooOldEnd, count);
  const expired = Math.max(old, Math.min(expiredEnd, count));
  const fresh = Math.max(expired, tooNewStart);
  const all: Refusal[] = [
    { from: start, to: start + old, reason: "too_old" },
    { from: start + old, to: start + expired, reason: "expired" },
    { from: start + fresh, to: start + count, reason: "too_new" },
  ];
  return all.filter(({ from, to }) => to > from);
};

/** Tells for each span of a batch what the service took and what it refused. */
export const outcomes = (batch: Batch, refusals: readonly Refusal[]): readonly Outcome[] => {
  if (refusals.length === 0)
    return batch.spans.map((span) => ({ span, accepted: whole(span), rejected: NONE, invalid: NONE }));
  const lengths = eventsOf(batch).map(({ message }) => Buffer.byteLength(message));
  let index = 0;
  return batch.spans.map((span) => {
    const from = index;
    index += span.records;
    const refused = (isInvalid: boolean): Amount => {
      const own = refusals.filter(({ reason }) => (reason === "invalid") === isInvalid);
      return own.reduce((sum, refusal) => plus(sum, overlap(refusal, from, index, lengths)), NONE);
    };
    return { span, ...split(whole(span), refused(false), refused(true)) };
  });
};

/** Shares out a span. Lengths after repair and without what was cut need not add up to the bytes that were read. */
const split = (all: Amount, rejected: Amount, invalid: Amount): Omit<Outcome, "span"> => {
  const records = all.records - rejected.records - invalid.records;
  if (records === 0 && invalid.records === 0) return { accepted: NONE, rejected: all, invalid: NONE };
  const late = Math.min(rejected.bytes, all.bytes);
  const bad = records === 0 ? all.bytes - late : Math.min(invalid.bytes, all.bytes - late);
  return {
    accepted: { records, bytes: all.bytes - late - bad },
    rejected: { records: rejected.records, bytes: late },
    invalid: { records: invalid.records, bytes: bad },
  };
};

const overlap = (refusal: Refusal, from: number, to: number, lengths: readonly number[]): Amount => {
  const low = Math.max(refusal.from, from);
  const high = Math.max(low, Math.min(refusal.to, to));
  const bytes = lengths.slice(low, high).reduce((sum, length) => sum + length + 1, 0);
  return { records: high - low, bytes };
};

const NONE: Amount = { bytes: 0, records: 0 };

const plus = (a: Amount, b: Amount): Amount => ({ bytes: a.bytes + b.bytes, records: a.records + b.records });

const whole = (span: Span): Amount => ({
  bytes: span.to - span.from - span.blanks - span.hole,
  records: span.records,
});

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** The events of a batch, out of its wire form. For rare paths: it costs as much as everything else together. */
export const eventsOf = ({ held }: Batch): readonly LogEvent[] => {
  if (held === undefined) return [];
  const body = held.body.finish();
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  return (JSON.parse(text) as { logEvents: LogEvent[] }).logEvents;
};
