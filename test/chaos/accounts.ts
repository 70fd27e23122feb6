import type { Agent, Sums } from "./agent.ts";
import type { History } from "./history.ts";
import type { Receiver } from "./receiver.ts";

const EVERY_MS = 1_000;
/** An agent may send before it was seen to answer. */
const STARTING_MS = 150;

/** Watches what the agent says about itself, and compares it with what the service saw. */
export class Accounts {
  /** What did not add up. */
  readonly wrong: string[] = [];
  samples = 0;
  peakMemoryBytes = 0;
  readonly #agent: Agent;
  readonly #receiver: Receiver;
  readonly #history: History;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(agent: Agent, receiver: Receiver, history: History, now: () => number) {
    this.#agent = agent;
    this.#receiver = receiver;
    this.#history = history;
    this.#now = now;
  }

  watch(): void {
    this.#timer = setInterval(() => void this.#sample(), EVERY_MS);
  }

  /** Takes the last sample; the agent is about to be ended. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sample();
  }

  /** Compares what was printed at the end with the last life as the service saw it. */
  finish(): void {
    const exit = this.#agent.exits.at(-1);
    if (exit === undefined) return;
    if (exit.code !== 0)
      this.wrong.push(`after everything was delivered it ended with ${exit.signal ?? `status ${exit.code}`}`);
    if (exit.accounting === undefined) {
      this.wrong.push("it printed no accounting at its end");
      return;
    }
    this.#check("the accounting at the end", exit.accounting);
    if (exit.code === 0 && exit.accounting.records.in_flight !== 0)
      this.wrong.push(`at its end ${exit.accounting.records.in_flight} records are in flight`);
    for (const { at, accounting } of this.#agent.exits)
      if (accounting !== undefined) this.#compare(at, accounting.records);
  }

  /** What the agent counted in one life must be what the service saw in it. */
  #compare(exitAt: number, counted: Sums): void {
    const { lives, outages } = this.#history;
    const nth = lives.findIndex(({ to }) => to === exitAt);
    const life = lives[nth];
    if (life === undefined) return;
    const seen = this.#receiver.batches.filter(
      ({ at }) => at >= life.from - STARTING_MS && at <= exitAt + STARTING_MS,
    );
    const before = lives[nth - 1];
    const unsure =
      life.end === "late" ||
      (before?.end !== undefined && before.end !== "terminate" && life.from - (before.to ?? 0) < 2_000) ||
      outages.some(
        ({ ambiguous, from, to = exitAt }) => ambiguous && from <= exitAt && to >= life.from - STARTING_MS,
      );
    for (const sort of ["accepted", "rejected"] as const) {
      const there = seen.reduce((sum, batch) => sum + batch[sort], 0);
      if (counted[sort] === there || (unsure && counted[sort] < there)) continue;
      this.wrong.push(
        `the life that ended at ${Math.round(exitAt)} ms counted ${counted[sort]} records ${sort}, the service ${there}`,
      );
    }
  }

  async #sample(): Promise<void> {
    const status = await this.#agent.status();
    if (status === undefined) return;
    this.samples++;
    this.peakMemoryBytes = Math.max(this.peakMemoryBytes, status.memory_bytes ?? 0);
    const when = `at ${Math.round(this.#now())} ms`;
    if (!status.balanced) this.wrong.push(`${when} the status says that it is not balanced`);
    this.#check(`the total ${when}`, status);
    for (const file of status.files) this.#check(`${file.path} ${when}`, file);
  }

  #check(what: string, of: { readonly records: Sums; readonly bytes: Sums }): void {
    for (const unit of ["records", "bytes"] as const) {
      const { read, accepted, rejected, dropped, in_flight } = of[unit];
      const parts = { accepted, rejected, dropped, in_flight };
      if (
        read === accepted + rejected + dropped + in_flight &&
        Object.values(parts).every((part) => part >= 0)
      )
        continue;
      this.wrong.push(`${what}: read ${read} ${unit}, but ${JSON.stringify(parts)}`);
    }
  }
}
