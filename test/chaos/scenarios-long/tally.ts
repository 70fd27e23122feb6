import type { Serial, SerialForm } from "./serial-line.ts";

/** Sequence numbers that have not come although later ones have: the end is not included. */
interface Gap {
  from: number;
  to: number;
}

interface Stream {
  next: number;
  lastStamp: number;
  readonly gaps: Gap[];
}

/** Of each sort so many are told in full. */
const MOST_TOLD = 8;

/**
 * What arrived, compared with what was written by numbers alone: in runs of millions of lines there is no room for an
 * object each. Nothing here is excused, so it is for runs in which nothing may come twice.
 */
export class Tally {
  delivered = 0;
  duplicated = 0;
  reordered = 0;
  corrupt = 0;
  /** The first ones of each sort, in words. */
  readonly findings: string[] = [];
  readonly #form: SerialForm;
  readonly #streams: Stream[] = [];

  constructor(form: SerialForm) {
    this.#form = form;
  }

  /** One event of the stream of a writer. Resolves to what it says, when it is right. */
  take(writer: number, message: string, stamp: number): Serial | undefined {
    const serial = this.#form.parse(message);
    if (serial === undefined || serial.writer !== writer) {
      if (this.corrupt++ < MOST_TOLD) this.#find("corrupt", writer, JSON.stringify(message.slice(0, 120)));
      return undefined;
    }
    this.#streams[writer] ??= { next: 0, lastStamp: 0, gaps: [] };
    const stream = this.#streams[writer];
    if (this.#place(writer, stream, serial.sequence)) this.delivered++;
    if (stamp < stream.lastStamp) this.#reorder(writer, `${serial.sequence} is dated before an earlier one`);
    stream.lastStamp = stamp;
    return serial;
  }

  /** How many lines of those that a writer has written did not arrive. */
  missing(writer: number, written: number): number {
    const { next = 0, gaps = [] } = this.#streams[writer] ?? {};
    const lost = written - next + gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    const where = [
      ...gaps.map(({ from, to }) => `${from}..${to - 1}`),
      ...(next < written ? [`${next}..`] : []),
    ];
    if (lost > 0) this.#find("lost", writer, `${lost}: ${where.slice(0, MOST_TOLD).join(", ")}`);
    return lost;
  }

  /** False when it has come before. */
  #place(writer: number, stream: Stream, sequence: number): boolean {
    if (sequence >= stream.next) {
      if (sequence > stream.next) stream.gaps.push({ from: stream.next, to: sequence });
      stream.next = sequence + 1;
      return true;
    }
    const at = stream.gaps.findIndex(({ from, to }) => from <= sequence && sequence < to);
    const gap = stream.gaps[at];
    if (gap === undefined) {
      if (this.duplicated++ < MOST_TOLD) this.#find("duplicated", writer, String(sequence));
      return false;
    }
    this.#reorder(writer, `${sequence} came after ${stream.next - 1}`);
    const rests = [
      { from: gap.from, to: sequence },
      { from: sequence + 1, to: gap.to },
    ];
    stream.gaps.splice(at, 1, ...rests.filter(({ from, to }) => from < to));
    return true;
  }

  #reorder(writer: number, what: string): void {
    if (this.reordered++ < MOST_TOLD) this.#find("reordered", writer, what);
  }

  #find(sort: string, writer: number, what: string): void {
    this.findings.push(`${sort} of writer ${writer}: ${what}`);
  }
}
