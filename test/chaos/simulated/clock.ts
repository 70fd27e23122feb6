interface Event {
  readonly at: number;
  readonly nth: number;
  readonly task: () => void;
  cancelled: boolean;
}

/** Time that passes only from one event to the next. The same events come in the same order each time. */
export class VirtualClock {
  /** Milliseconds since the beginning. */
  now = 0;
  readonly #heap: Event[] = [];
  #count = 0;

  after(ms: number, task: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), nth: this.#count++, task, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  every(ms: number, task: () => void): () => void {
    let cancel = this.after(ms, again);
    function again(): void {
      cancel = rearm();
      task();
    }
    const rearm = (): (() => void) => this.after(ms, again);
    return () => cancel();
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Lets time pass until `work` is done. Rejects with its error, or when nothing is left that could end it. */
  async run<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const end = (): void => {
      over = true;
    };
    work.then(end, end);
    for (await settled(); !over; await settled()) {
      const event = this.#pop();
      if (event === undefined) throw new Error(`nothing more happens at ${this.now} ms`);
      if (event.cancelled) continue;
      this.now = event.at;
      event.task();
    }
    return work;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.nth < b.nth);

/** Resolves when everything that could go on without time passing has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
