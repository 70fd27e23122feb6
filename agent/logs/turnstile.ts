/**
 * Lets through as many as there are units, first come, first served: a stream that asks for a lot waits in the same
 * line as one that asks for little, so neither starves the other. Who has data at risk goes before all others.
 */
export class Turnstile {
  readonly capacity: number;
  #free: number;
  readonly #urgent: Waiting[] = [];
  readonly #line: Waiting[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#free = capacity;
  }

  /** Units taken now. */
  get used(): number {
    return this.capacity - this.#free;
  }

  /** True when somebody waits. */
  get contended(): boolean {
    return this.#line.length + this.#urgent.length > 0;
  }

  /** Resolves when `units` could be taken. Asking for more than there are at all is as asking for all. */
  take(units: number, urgent = false): Promise<Taken> {
    const wanted = Math.min(units, this.capacity);
    return new Promise((resolve) => {
      const waiting = { units: wanted, enter: () => resolve(this.#taken(wanted)) };
      (urgent ? this.#urgent : this.#line).push(waiting);
      this.#advance();
    });
  }

  /** Takes `units` when they are free and nobody waits for them. */
  tryTake(units: number): Taken | undefined {
    if (this.contended || units > this.#free) return undefined;
    this.#free -= units;
    return this.#taken(units);
  }

  #taken(units: number): Taken {
    let held = units;
    const hold = (amount: number) => {
      this.#free += held - amount;
      held = amount;
      this.#advance();
    };
    const tryHold = (amount: number): boolean => {
      if (amount > held && (this.contended || amount - held > this.#free)) return false;
      hold(Math.max(held, amount));
      return true;
    };
    return { hold, tryHold, release: () => hold(0) };
  }

  #advance(): void {
    for (;;) {
      const line = this.#urgent.length > 0 ? this.#urgent : this.#line;
      const first = line[0];
      if (first === undefined || first.units > this.#free) return;
      line.shift();
      this.#free -= first.units;
      first.enter();
    }
  }
}

interface Waiting {
  readonly units: number;
  readonly enter: () => void;
}

export interface Taken {
  /** Holds that many units from now on, also more than are free: whoever comes next waits the longer. */
  readonly hold: (units: number) => void;
  /** Holds that many units, or more where it does already. False, and nothing is changed, when they are not free. */
  readonly tryHold: (units: number) => boolean;
  /** Gives the units back. Calling it again does nothing. */
  readonly release: () => void;
}
