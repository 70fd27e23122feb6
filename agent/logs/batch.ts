import { BATCH_BYTES, BATCH_EVENTS } from "../base/cloudwatch-limits.ts";
import type { Body } from "./body.ts";
import type { Encoded, Room } from "./encoder.ts";
import type { Ends } from "./ports.ts";
import type { Tail } from "./tail.ts";
import type { Taken } from "./turnstile.ts";

/** A run of bytes of one file inside a batch. */
export interface Span {
  readonly tail: Tail;
  readonly generation: number;
  /** First byte, and first byte after. */
  readonly from: number;
  readonly to: number;
  /** Events, without blank records. */
  readonly records: number;
  readonly blanks: number;
  /** Bytes that nobody wrote, passed over. */
  readonly hole: number;
  /** Time of all its events, in milliseconds. */
  readonly stamp: number;
  /** Hash of the up to 64 bytes before `to`: what a restart verifies. */
  readonly anchor: string;
  /** The last record has no newline and was sent all the same. */
  readonly final: boolean;
}

/** The memory of a batch. A batch that waits long gives it back and is made again from its files. */
export interface Held {
  readonly body: Body;
  memory: Taken;
  /** It counts among those whose stream is in trouble. */
  parked?: boolean;
}

/** What one PutLogEvents request carries: never more than the service takes. */
export class Batch {
  readonly spans: Span[] = [];
  readonly openedAt: number;
  /** What its first and its last event are, once it is about to be sent: by these it is found in the stream again. */
  marks: Ends | undefined;
  held: Held | undefined;
  records = 0;
  /** As the service counts: message bytes + 26 per event. */
  bytes = 0;
  full = false;

  constructor(openedAt: number, held: Held) {
    this.openedAt = openedAt;
    this.held = held;
  }

  get room(): Room {
    return { records: BATCH_EVENTS - this.records, bytes: BATCH_BYTES - this.bytes };
  }

  add(span: Span, encoded: Encoded): void {
    this.spans.push(span);
    this.records += encoded.records;
    this.bytes += encoded.bytes;
    // A few more lines would fit, but reading for them costs more than they save.
    this.full = encoded.full || this.records > 0.98 * BATCH_EVENTS || this.bytes > 0.98 * BATCH_BYTES;
  }

  release(): void {
    this.held?.body.release();
    this.held?.memory.release();
    this.held = undefined;
  }
}
