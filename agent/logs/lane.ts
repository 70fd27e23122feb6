import { Batch, type Held, type Span } from "./batch.ts";
import { Body, type BufferPool } from "./body.ts";
import type { Creator } from "./creator.ts";
import { type Delivered, deliver, type Trouble } from "./deliver.ts";
import type { Encoder, Slot } from "./encoder.ts";
import { fill } from "./fill.ts";
import type { Cancel, Checkpoint, Clock, Files, Sink, Target } from "./ports.ts";
import { restore } from "./restore.ts";
import { outcomes } from "./settle.ts";
import type { Tail } from "./tail.ts";
import type { Turnstile } from "./turnstile.ts";

/** What all lanes share. */
export interface LaneKit {
  readonly clock: Clock;
  readonly sink: Sink;
  readonly files: Files;
  readonly creator: Creator;
  readonly encoder: Encoder;
  readonly pool: BufferPool;
  /** Bytes of request bodies. */
  readonly memory: Turnstile;
  /** Places to read into. */
  readonly slots: Turnstile;
  readonly freeSlots: Slot[];
  /** Longest time that an event waits in an open batch, in milliseconds. */
  readonly flushMs: number;
  /** Fires when the agent gives up on what is under way. */
  readonly abort: AbortSignal;
  readonly commit: (checkpoint: Checkpoint) => void;
  /** The bytes under the path of a tail are other ones than those it knew. */
  readonly onChanged: (tail: Tail) => void;
  readonly onUnreadable: (tail: Tail, error: unknown) => void;
  /** All that was read of a tail is settled. */
  readonly onSettled: (tail: Tail) => void;
  readonly onTrouble: (target: Target, trouble: Trouble | undefined) => void;
  readonly onRefused: (target: Target, kind: "rejected" | "invalid", records: number) => void;
}

/** A stream that was quiet sends its first event after this, so that what comes together travels together. */
const QUICK_MS = 100;

/**
 * One log stream: takes turns with its files, fills a batch while the previous one is on its way, and moves the
 * checkpoints of what was taken. One request at a time, so that order and acknowledgement need no ledger.
 */
export class Lane {
  readonly target: Target;
  trouble: Trouble | undefined;
  readonly #kit: LaneKit;
  readonly #ready: Tail[] = [];
  #open: Batch | undefined;
  #sending: Batch | undefined;
  #working = false;
  #draining = false;
  #sentAt = 0;
  #stamp = 0;
  #timer: Cancel | undefined;

  constructor(target: Target, kit: LaneKit) {
    this.target = target;
    this.#kit = kit;
  }

  /** Nothing is read and not settled, and no file waits. */
  get quiet(): boolean {
    return (
      this.#open === undefined && this.#sending === undefined && this.#ready.length === 0 && !this.#working
    );
  }

  /** There may be something to read in this file. */
  offer(tail: Tail): void {
    if (tail.queued) return;
    tail.queued = true;
    this.#ready.push(tail);
    this.#work();
  }

  /** From now on nothing waits for company: what is read is sent at once. */
  drain(): void {
    this.#draining = true;
    this.#work();
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#run().finally(() => {
      this.#working = false;
      if (this.#canFill()) this.#work();
    });
  }

  async #run(): Promise<void> {
    this.#sendIfDue();
    while (this.#canFill()) {
      const tail = this.#ready.shift();
      if (tail === undefined) break;
      tail.queued = false;
      await this.#fillFrom(tail);
      this.#sendIfDue();
    }
  }

  #canFill(): boolean {
    return !this.#kit.abort.aborted && this.#ready.length > 0 && !(this.#open?.full === true);
  }

  async #fillFrom(tail: Tail): Promise<void> {
    const kit = this.#kit;
    try {
      tail.handle ??= await kit.files.open(tail.path);
      if (tail.handle.id.ino !== tail.id.ino || tail.handle.id.dev !== tail.id.dev) {
        // Another file has taken the path since the sweep; the next sweep sorts them.
        tail.handle.close();
        tail.handle = undefined;
        return;
      }
      this.#open ??= new Batch(kit.clock.now(), await this.#hold(tail.unread));
      const batch = this.#open;
      const filled = await this.#withSlot((slot) => fill(tail, batch, slot, kit.encoder, this.#now()));
      tail.trouble = undefined;
      if (filled.kind === "changed") kit.onChanged(tail);
      else if (!filled.atEnd) this.#requeue(tail);
    } catch (error) {
      kit.onUnreadable(tail, error);
    }
    if (this.#open?.spans.length === 0 && !this.#open.full) {
      this.#open.release();
      this.#open = undefined;
    }
    if (tail.readAt === tail.committedAt) kit.onSettled(tail);
  }

  #requeue(tail: Tail): void {
    if (tail.queued) return;
    tail.queued = true;
    this.#ready.push(tail);
  }

  /** The time of what is read now: never before that of what was read earlier, so that a batch is in order. */
  #now(): number {
    this.#stamp = Math.max(this.#stamp, this.#kit.clock.now());
    return this.#stamp;
  }

  async #hold(unread: number): Promise<Held> {
    const expected = Math.min(Math.ceil(unread * 1.4) + 512, 1_500_000);
    const memory = await this.#kit.memory.take(expected);
    const body = new Body(this.#kit.pool, this.target, expected);
    memory.hold(body.capacity);
    return { body, memory };
  }

  async #withSlot<T>(use: (slot: Slot) => Promise<T>): Promise<T> {
    const place = await this.#kit.slots.take(1);
    const slot = this.#kit.freeSlots.pop();
    if (slot === undefined) throw new Error("more readers than slots");
    try {
      return await use(slot);
    } finally {
      this.#kit.freeSlots.push(slot);
      place.release();
    }
  }

  #sendIfDue(): void {
    const batch = this.#open;
    if (batch === undefined || this.#sending !== undefined) return;
    if (batch.spans.length === 0) return;
    const wait = batch.full || this.#draining ? 0 : this.#dueAt(batch) - this.#kit.clock.now();
    if (wait > 0) {
      this.#timer ??= this.#kit.clock.after(wait, () => {
        this.#timer = undefined;
        this.#work();
      });
      return;
    }
    this.#open = undefined;
    this.#sending = batch;
    void this.#send(batch).finally(() => {
      this.#sending = undefined;
      this.#sentAt = this.#kit.clock.now();
      this.#work();
    });
  }

  /** A stream that sends all the time sends once per interval; one that was quiet does not make its first line wait. */
  #dueAt(batch: Batch): number {
    return Math.min(
      batch.openedAt + this.#kit.flushMs,
      Math.max(batch.openedAt + QUICK_MS, this.#sentAt + this.#kit.flushMs),
    );
  }

  async #send(batch: Batch): Promise<void> {
    const kit = this.#kit;
    const delivered = batch.records === 0 ? NOTHING_TO_SEND : await this.#deliver(batch);
    if (delivered === undefined) return;
    if (delivered === "gone") this.#writeOff(batch);
    else this.#settle(batch, delivered);
    batch.release();
    for (const tail of new Set(batch.spans.map((span) => span.tail))) kit.onSettled(tail);
  }

  #deliver(batch: Batch): Promise<Delivered | "gone" | undefined> {
    const { sink, creator, clock, memory, abort } = this.#kit;
    return deliver(
      this.target,
      batch,
      {
        sink,
        creator,
        clock,
        contended: () => memory.contended,
        restore: async (lost) => {
          const size = lost.spans.reduce((sum, { from, to }) => sum + to - from, 0);
          lost.held = await this.#hold(size);
          return this.#withSlot((slot) => restore(lost, slot, this.#kit.encoder));
        },
        onTrouble: (trouble) => {
          if (trouble === undefined && this.trouble === undefined) return;
          this.trouble = trouble;
          this.#kit.onTrouble(this.target, trouble);
        },
      },
      abort,
    );
  }

  #settle(batch: Batch, { rejected, invalid }: Delivered): void {
    let index = 0;
    let refused = 0;
    for (const { span, accepted, rejected: late } of outcomes(batch, rejected)) {
      const { account } = span.tail;
      const bad = invalid.filter((at) => at >= index && at < index + span.records).length;
      index += span.records;
      refused += late.records;
      // The bytes of an invalid event are not known apart; its share of the span stands for them.
      const badBytes = bad === 0 ? 0 : Math.round((accepted.bytes * bad) / accepted.records);
      account.accept({ bytes: accepted.bytes - badBytes, records: accepted.records - bad });
      account.reject(late);
      account.drop("invalid", { bytes: badBytes, records: bad });
      account.drop("blank", { bytes: span.blanks, records: span.blanks });
      this.#commit(span);
    }
    if (refused > 0) this.#kit.onRefused(this.target, "rejected", refused);
    if (invalid.length > 0) this.#kit.onRefused(this.target, "invalid", invalid.length);
  }

  #writeOff(batch: Batch): void {
    for (const span of batch.spans) {
      span.tail.account.drop("vanished", { bytes: span.to - span.from, records: span.records + span.blanks });
      this.#commit(span);
    }
  }

  #commit(span: Span): void {
    const { tail } = span;
    // The file has started over meanwhile: this offset belongs to bytes that are not there any more.
    if (span.generation !== tail.generation) return;
    tail.committedAt = span.to;
    // What is left to deliver was not there when this was read.
    tail.behindSince = span.stamp;
    this.#kit.commit(tail.checkpoint(span.to, span.anchor));
  }
}

const NOTHING_TO_SEND: Delivered = { rejected: undefined, invalid: [] };
