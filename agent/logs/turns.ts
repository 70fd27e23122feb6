import type { Cancel, Clock } from "./ports.ts";
import { Turnstile } from "./turnstile.ts";

/** Thousands of files that are met at the start would be thousands of requests at once, whose memory stays with us. */
const AT_ONCE = 32;
/** A place is given up after this, in milliseconds, answer or not: a request that hangs holds up nobody. */
const TURN_MS = 100;

/** Lets requests begin, a few at a time. Streams in trouble take turns among themselves: the others never wait for them. */
export class Turns {
  readonly #clock: Clock;
  readonly #well = new Turnstile(AT_ONCE);
  readonly #troubled = new Turnstile(AT_ONCE);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when a request may begin, to what is to be called when it has ended. */
  async take(troubled: boolean): Promise<Cancel> {
    const place = await (troubled ? this.#troubled : this.#well).take(1);
    const cancel = this.#clock.after(TURN_MS, place.release);
    return () => {
      cancel();
      place.release();
    };
  }
}
