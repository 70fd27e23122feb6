/**
 * Lets through as many as there are units, first come, first served: a stream that asks for a lot waits in the same
 * line as one that asks for little, so neither starves the other.
 */
export class Turnstile {
  readonly capacity: number;
  #free: number;
  readonly #line: { readonly units: number; readonly enter: () => void }[] = [];

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
    return this.#line.length > 0;
  }

  /** Resolves when `units` could be taken. Asking for more than there are at all is as asking for all. */
  take(units: number): Promise<Taken> {
    const wanted = Math.min(units, this.capacity);
    return new Promise((resolve) => {
      this.#line.push({ units: wanted, enter: () => resolve(this.#taken(wanted)) });
      this.#advance();
    });
  }

  #taken(units: number): Taken {
    let held = units;
    const hold = (amount: number) => {
      this.#free += held - amount;
      held = amount;
      this.#advance();
    };
    return { hold, release: () => hold(0) };
  }

  #advance(): void {
    for (;;) {
      const first = this.#line[0];
      if (first === undefined || first.units > this.#free) return;
      this.#line.shift();
      this.#free -= first.units;
      first.enter();
    }
  }
}

export interface Taken {
  /** Holds that many units from now on, also more than are free: whoever comes next waits the longer. */
  readonly hold: (units: number) => void;
  /** Gives the units back. Calling it again does nothing. */
  readonly release: () => void;
}
