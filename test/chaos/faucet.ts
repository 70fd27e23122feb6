import type { Plan } from "./plan.ts";
import type { Writer } from "./writer.ts";

const TICK_MS = 20;

/** Lets the writers write, a little at a time. */
export class Faucet {
  readonly #writers: readonly Writer[];
  readonly #plan: Plan;
  readonly #now: () => number;
  readonly #owed: number[];
  #bursts: { writer: number; left: number; until: number; length: number }[] = [];
  readonly #every: (ms: number, task: () => void) => () => void;
  #stop: (() => void) | undefined;
  #last = 0;

  constructor(
    writers: readonly Writer[],
    plan: Plan,
    now: () => number,
    every: (ms: number, task: () => void) => () => void,
  ) {
    this.#writers = writers;
    this.#plan = plan;
    this.#now = now;
    this.#every = every;
    this.#owed = writers.map(() => 0);
  }

  open(): void {
    this.#last = this.#now();
    this.#stop = this.#every(TICK_MS, () => this.#drip());
  }

  close(): void {
    this.#stop?.();
  }

  burst(writer: number, lines: number, ms: number, length: number): void {
    this.#bursts.push({ writer, left: lines, until: this.#now() + ms, length });
  }

  #drip(): void {
    const now = this.#now();
    for (const [index, writer] of this.#writers.entries()) {
      const owed =
        (this.#owed[index] ?? 0) + ((this.#plan.writers[index]?.rate ?? 0) * (now - this.#last)) / 1_000;
      writer.write(Math.floor(owed), 160);
      this.#owed[index] = owed % 1;
    }
    for (const burst of this.#bursts) {
      const ticks = Math.max(1, Math.ceil((burst.until - now) / TICK_MS));
      const count = Math.ceil(burst.left / ticks);
      this.#writers[burst.writer]?.write(count, burst.length);
      burst.left -= count;
    }
    this.#bursts = this.#bursts.filter(({ left }) => left > 0);
    this.#last = now;
  }
}
