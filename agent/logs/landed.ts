import { BATCH_EVENTS } from "../base/cloudwatch-limits.ts";
import type { Ends, Mark } from "./ports.ts";
import { hash } from "./print.ts";
import type { LogEvent } from "./settle.ts";

/** What an event is known by in its stream. */
export const markOf = ({ timestamp, message }: LogEvent): Mark => ({ stamp: timestamp, hash: hash(message) });

/** What a request with these events is known by. Throws when there are none. */
export const endsOf = (events: readonly LogEvent[]): Ends => {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a request without events");
  return { first: markOf(first), last: markOf(last) };
};

/** What is read again of a request is among the first so many events of its stream. */
const MOST_OFFERED = 2 * BATCH_EVENTS;

/** What a stream has already of what is about to be sent to it: events by their message, and how many of each. */
export class Landed {
  readonly #counts = new Map<string, number>();
  #offered = 0;

  constructor(marks: readonly Mark[]) {
    for (const { hash: key } of marks) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** There is nothing left in it that could come again. */
  get isSpent(): boolean {
    return this.#counts.size === 0 || this.#offered > MOST_OFFERED;
  }

  /** The events that the stream lacks, by index. Each that it has stands for one of them, once. */
  missing(events: readonly LogEvent[]): readonly number[] {
    this.#offered += events.length;
    return [...events.keys()].filter((at) => !this.#take(hash(events[at]?.message ?? "")));
  }

  #take(key: string): boolean {
    const left = this.#counts.get(key) ?? 0;
    if (left === 0) return false;
    if (left === 1) this.#counts.delete(key);
    else this.#counts.set(key, left - 1);
    return true;
  }
}
