import { Batch, type Held, type Span } from "./batch.ts";
import { Body, type BufferPool, firstEvent, lastEvent, REQUEST_BYTES } from "./body.ts";
import type { Creator } from "./creator.ts";
import { type Delivered, deliver, type Trouble } from "./deliver.ts";
import type { Encoder, Slot } from "./encoder.ts";
import { fill } from "./fill.ts";
import { type Landed, markOf } from "./landed.ts";
import type { Cancel, Checkpoint, Clock, Intent, Sink, Target } from "./ports.ts";
import { isThere } from "./recover.ts";
import { restorable, restore } from "./restore.ts";
import { eventsOf, type LogEvent, outcomes, type Reason, type Refusal } from "./settle.ts";
import type { Tail } from "./tail.ts";
import type { Turns } from "./turns.ts";
import type { Turnstile } from "./turnstile.ts";

/** What all lanes share. */
export interface LaneKit {
  readonly clock: Clock;
  readonly sink: Sink;
  readonly creator: Creator;
  readonly encoder: Encoder;
  readonly pool: BufferPool;
  /** Bytes of request bodies that are being filled or sent. */
  readonly memory: Turnstile;
  /** Bytes of those whose stream is in trouble: it must not hold up the others. */
  readonly parking: Turnstile;
  /** Places to read into. */
  readonly slots: Turnstile;
  readonly freeSlots: Slot[];
  readonly turns: Turns;
  /** Longest time that an event waits in an open batch, in milliseconds. */
  readonly flushMs: number;
  /** Fires when the agent gives up on what is under way. */
  readonly abort: AbortSignal;
  /** Opens the file of a tail, when it is not. False: another file has taken its path. Rejects when it cannot be read. */
  readonly open: (tail: Tail) => Promise<boolean>;
  readonly commit: (checkpoint: Checkpoint) => void;
  /** Notes a request before it is sent; absent where nobody will ask. */
  readonly intend: ((intent: Intent) => void) | undefined;
  /** Finds copies that were made of a file before it last began anew; resolves to how many. */
  readonly adopt: (tail: Tail) => Promise<number>;
  /** Finds out about a file that is in doubt. True: it holds by now what only begins as it did. */
  readonly resolveDoubt: (tail: Tail) => Promise<boolean>;
  /** The bytes under the path of a tail are other ones than those it knew. */
  readonly onChanged: (tail: Tail) => void;
  readonly onUnreadable: (tail: Tail, error: unknown) => void;
  /** All that was read of a tail is settled. */
  readonly onSettled: (tail: Tail) => void;
  readonly onTrouble: (target: Target, trouble: Trouble | undefined) => void;
  readonly onAmbiguous: (target: Target, batch: Batch) => void;
  readonly onRefused: (target: Target, refused: readonly Refused[]) => void;
}

/** An event that the service refused for good. */
export interface Refused extends LogEvent {
  readonly reason: Reason;
  readonly path: string;
}

/** For so long a file that was found is as it was, in milliseconds. */
const STALE_MS = 20;

/** A file that was moved aside may get the rest of a line for this long after its last byte, in milliseconds. */
const RESTED_MS = 1_500;
/** A stream that was quiet sends its first event after this, so that what comes together travels together. */
const QUICK_MS = 100;

/**
 * One log stream: takes turns with its files, fills a batch while the previous one is on its way, and moves the
 * checkpoints of what was taken. One request at a time, so that order and acknowledgement need no ledger.
 */
export class Lane {
  readonly target: Target;
  trouble: Trouble | undefined;
  /** Since when its oldest request is under way, in milliseconds. */
  sendingSince: number | undefined;
  readonly #kit: LaneKit;
  readonly #ready: Tail[] = [];
  #open: Batch | undefined;
  #sending: Batch | undefined;
  #working = false;
  #draining = false;
  #held = false;
  /** The answer to its request is late. */
  #slow = false;
  #sentAt = 0;
  #stamp = 0;
  #timer: Cancel | undefined;
  /** What the stream has already of what comes next, dated from `since` on. */
  #known: { readonly landed: Landed; readonly since: number } | undefined;
  /** When what waits for the end of a line is looked at again. */
  #asking: Cancel | undefined;

  constructor(target: Target, kit: LaneKit) {
    this.target = target;
    this.#kit = kit;
  }

  /** Nothing is read and not settled, and no file waits. */
  get quiet(): boolean {
    const isIdle = this.#ready.length === 0 && !this.#working && this.#asking === undefined;
    return isIdle && this.#open === undefined && this.#sending === undefined;
  }

  /** There may be something to read in this file. */
  offer(tail: Tail): void {
    if (tail.queued || tail.suspended) return;
    tail.queued = true;
    this.#ready.push(tail);
    this.#work();
  }

  /** From now on nothing waits for company: what is read is sent at once. */
  drain(): void {
    this.#draining = true;
    this.#work();
  }

  /** Nothing is read until the returned function is called. */
  hold(): () => void {
    this.#held = true;
    return () => {
      this.#held = false;
      this.#work();
    };
  }

  /** What an earlier run has sent in pieces without noting it is not sent again. `since`: the time of its first event. */
  know(landed: Landed, since: number): void {
    this.#known = { landed, since };
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
    if (!this.#canFill()) this.#sendIfDue();
    while (this.#canFill()) {
      const tail = this.#ready.shift();
      if (tail === undefined) break;
      tail.queued = false;
      await this.#turn(tail);
      this.#sendIfDue();
    }
    this.#giveWay();
  }

  /**
   * A stream that does not get on keeps no second batch in the memory of those that do, behind the one that it cannot
   * get rid of. If need be it is made again from its files when its turn comes.
   */
  #giveWay(): void {
    const batch = this.#open;
    if (!this.#stuck || batch?.held === undefined || batch.spans.length === 0) return;
    batch.full = true;
    if (batch.records > 0) this.#mark(batch);
    yieldRoom(batch, this.#kit.parking);
  }

  get #stuck(): boolean {
    return this.#sending !== undefined && (this.#slow || this.trouble !== undefined);
  }

  #canFill(): boolean {
    if (this.#kit.abort.aborted || this.#held || this.#stuck) return false;
    return this.#ready.length > 0 && this.#open?.full !== true;
  }

  /** One look into a file, or into the one that must be finished before it. */
  async #turn(tail: Tail): Promise<void> {
    if (tail.retired) return;
    const { elders } = tail;
    for (const [at, elder] of elders.entries()) {
      // Nobody will read it any more.
      if (elder.retired) continue;
      const newer = [...elders.slice(at + 1), tail];
      const left = elder.hasPartial ? RESTED_MS - this.#rest(elder) : 0;
      const more = moreIn(elder, newer, left <= 0);
      if (more === "nothing") continue;
      if (elder.suspended) return;
      if (more === "an end") {
        await this.#secure(newer);
        return this.#askAgain(tail, left);
      }
      // One that cannot be read must not hold up what comes after it; but its content may have been found elsewhere.
      const isRead = await this.#fillFrom(elder, tail.roundEnd(elder));
      if (isRead || elder.retired) return this.#requeue(tail);
      // It is being looked for.
      if (elder.suspended) return;
    }
    await this.#fillFrom(tail, tail.roundEnd());
    tail.endRound();
  }

  /** What waits is opened, so that nobody takes it away meanwhile. */
  async #secure(tails: readonly Tail[]): Promise<void> {
    for (const tail of tails)
      if (!tail.suspended) await this.#kit.open(tail).catch((error) => this.#kit.onUnreadable(tail, error));
  }

  #askAgain(tail: Tail, ms: number): void {
    this.#asking ??= this.#kit.clock.after(ms, () => {
      this.#asking = undefined;
      this.offer(tail);
    });
  }

  /** For how long nobody has written to a file, in milliseconds. */
  #rest({ handle, grewAt, modifiedAt }: Tail): number {
    return this.#kit.clock.now() - Math.min(grewAt, handle?.modifiedAt() ?? modifiedAt);
  }

  /** False when the file cannot be read now. */
  async #fillFrom(tail: Tail, until?: number): Promise<boolean> {
    const kit = this.#kit;
    let readable = true;
    const { before } = tail;
    try {
      tail.reading = true;
      if (tail.suspended || !(await kit.open(tail))) return false;
      const batch = await this.#batchFor(tail, before);
      if (batch === undefined) return true;
      const filled = await this.#withSlot((slot) => fill(tail, batch, slot, kit.encoder, this.#now(), until));
      tail.trouble = undefined;
      if (filled.kind === "changed") kit.onChanged(tail);
      else if (!filled.atEnd) this.#requeue(tail);
    } catch (error) {
      readable = false;
      kit.onUnreadable(tail, error);
    } finally {
      tail.reading = false;
      this.#discardEmpty();
    }
    if (tail.settled) kit.onSettled(tail);
    return readable;
  }

  /** The batch that a file is read into; undefined when something else comes first, and it has another turn then. */
  async #batchFor(tail: Tail, before: Tail | undefined): Promise<Batch | undefined> {
    const kit = this.#kit;
    // It may have been copied and have begun anew before anything of it was read.
    const isUnread = tail.readAt === 0 && this.#isStale(tail);
    if (isUnread && (await kit.adopt(tail)) > 0) {
      this.#requeue(tail);
      return undefined;
    }
    if (tail.isDoubtful && (await kit.resolveDoubt(tail))) {
      kit.onChanged(tail);
      return undefined;
    }
    this.#open ??= await this.#newBatch(tail);
    // Meanwhile an older file was met: a copy of this one, after which it has begun anew.
    if (tail.before === before && hasRoom(this.#open, tail)) return this.#open;
    this.#requeue(tail);
    return undefined;
  }

  /** Nothing came of what it was begun for: nobody may come back to it. */
  #discardEmpty(): void {
    if (this.#open?.spans.length !== 0 || this.#open.full) return;
    this.#open.release();
    this.#open = undefined;
  }

  /** What was moved aside is not copied and truncated any more. */
  #isStale({ standing, generation, followedAt }: Tail): boolean {
    return standing === "live" && (generation > 0 || this.#kit.clock.now() - followedAt > STALE_MS);
  }

  #requeue(tail: Tail): void {
    if (tail.queued) return;
    tail.queued = true;
    this.#ready.push(tail);
  }

  async #newBatch(tail: Tail): Promise<Batch> {
    const held = await this.#hold(roomFor(tail), tail.standing !== "live");
    // No two batches begin at the same time: this is how one is found in the stream again.
    this.#stamp++;
    return new Batch(this.#kit.clock.now(), held);
  }

  /** The time of what is read now: never before that of what was read earlier, so that a batch is in order. */
  #now(): number {
    this.#stamp = Math.max(this.#stamp, this.#kit.clock.now());
    return this.#stamp;
  }

  async #hold(expected: number, urgent: boolean): Promise<Held> {
    const memory = await this.#kit.memory.take(expected + REQUEST_BYTES, urgent);
    const body = new Body(this.#kit.pool, this.target, expected);
    memory.hold(body.footprint);
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
        // What was written since the last look goes along.
        for (const { tail } of this.#open?.spans ?? []) if (tail.differs) this.#requeue(tail);
        this.#work();
      });
      return;
    }
    this.#open = undefined;
    this.#sending = batch;
    this.sendingSince = this.#kit.clock.now();
    void this.#send(batch).finally(() => {
      this.#sending = undefined;
      this.#slow = false;
      this.sendingSince = undefined;
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
    if (batch.records > 0) this.#intend(batch);
    const delivered = batch.records === 0 ? NOTHING_TO_SEND : await this.#deliver(batch);
    if (delivered === undefined) return;
    if (delivered === "gone") this.#writeOff(batch);
    else this.#settle(batch, delivered);
    if (this.#known?.landed.isSpent === true) this.#known = undefined;
    batch.release();
    for (const tail of new Set(batch.spans.map((span) => span.tail))) kit.onSettled(tail);
  }

  #intend(batch: Batch, dividedSince = this.#known?.since): void {
    const { intend } = this.#kit;
    this.#mark(batch);
    if (intend === undefined || batch.marks === undefined) return;
    const ends = batch.spans.map(endOf).filter((end) => end !== undefined);
    const checkpoints = ends.map(({ tail, to, anchor }) => tail.checkpoint(to, anchor));
    const divided = dividedSince === undefined ? undefined : { dividedSince };
    intend({ ...this.target, ...batch.marks, ...divided, ends: checkpoints });
  }

  /** Notes what its first and its last event are, while they are in memory. */
  #mark(batch: Batch): void {
    if (this.#kit.intend === undefined || batch.held === undefined) return;
    const body = batch.held.body.finish();
    batch.marks = { first: markOf(firstEvent(body)), last: markOf(lastEvent(body)) };
  }

  #deliver(batch: Batch): Promise<Delivered | "gone" | undefined> {
    const kit = this.#kit;
    return deliver(
      this.target,
      batch,
      {
        sink: kit.sink,
        creator: kit.creator,
        clock: kit.clock,
        turns: kit.turns,
        park: (waiting) => {
          park(waiting, kit.parking);
          this.#slow = true;
          if (!this.#working) this.#giveWay();
        },
        yieldRoom: (waiting) => {
          yieldRoom(waiting, kit.parking);
        },
        landed: kit.intend === undefined ? undefined : (ends) => isThere(this.target, ends, kit.sink),
        known: this.#known?.landed,
        onDivided: (divided) => this.#intend(divided, this.#known?.since ?? divided.marks?.first.stamp),
        restore: async (lost) => {
          const size = lost.spans.reduce((sum, { from, to }) => sum + to - from, 0);
          const atRisk = lost.spans.some(({ tail }) => tail.standing !== "live");
          lost.held = await this.#hold(expectedBody(size), atRisk);
          return this.#withSlot((slot) => restore(lost, slot, kit.encoder));
        },
        onTrouble: (trouble) => {
          if (trouble === undefined && this.trouble === undefined) return;
          this.trouble = trouble;
          if (!this.#working) this.#giveWay();
          kit.onTrouble(this.target, trouble);
        },
        onAmbiguous: (cut) => kit.onAmbiguous(this.target, cut),
      },
      kit.abort,
    );
  }

  #settle(batch: Batch, { refusals }: Delivered): void {
    for (const { span, accepted, rejected, invalid } of outcomes(batch, refusals)) {
      const { account } = span.tail;
      account.accept(accepted);
      account.reject(rejected);
      account.drop("invalid", invalid);
      account.drop("blank", { bytes: span.blanks, records: span.blanks });
      account.drop("hole", { bytes: span.hole, records: 0 });
    }
    // Kept before the offset moves: afterwards nobody would read them again.
    if (refusals.length > 0) this.#kit.onRefused(this.target, refusedOf(batch, refusals));
    for (const span of batch.spans) this.#commit(span);
  }

  #writeOff(batch: Batch): void {
    for (const span of batch.spans) {
      const { account } = span.tail;
      account.drop("vanished", { bytes: span.to - span.from, records: span.records + span.blanks });
      this.#commit(span);
    }
  }

  #commit(span: Span): void {
    const end = endOf(span);
    if (end === undefined) return;
    const { tail, to, anchor } = end;
    tail.committedAt = to;
    // What is left to deliver was not there when this was read.
    if (tail === span.tail) tail.behindSince = span.stamp;
    this.#kit.commit(tail.checkpoint(to, anchor));
  }
}

/** Which file has been delivered how far once a span is taken; undefined where that is known already, or of no use. */
const endOf = (span: Span): Pick<Span, "tail" | "to" | "anchor"> | undefined => {
  const { tail, generation } = span;
  if (generation === tail.generation) return span;
  // The file has started over meanwhile: this offset belongs to bytes that are in its copy now, or nowhere.
  const copy = tail.former?.get(generation);
  if (copy === undefined || copy.committedAt >= span.to || copy.settled) return undefined;
  // It may have been read further than it was copied.
  const { to, anchor } = span.to < copy.readAt ? span : { to: copy.readAt, anchor: copy.anchor };
  return { tail: copy, to, anchor };
};

/** Bytes that events of so many bytes take in a body, about: of more than fits into a request the rest waits. */
const expectedBody = (bytes: number): number => Math.min(Math.ceil(bytes * 1.4) + 512, 1_500_000);

const roomFor = (tail: Tail): number => expectedBody(Math.max(0, tail.currentSize - tail.readAt));

/** A batch was begun for less: what is more has to wait for memory as if it came alone. */
const hasRoom = (batch: Batch, tail: Tail): boolean => {
  const { held, spans } = batch;
  if (spans.length === 0 || held?.memory.tryHold(held.body.footprint + roomFor(tail)) !== false) return true;
  batch.full = true;
  return false;
};

const NOTHING_TO_SEND: Delivered = { refusals: [], landed: false };

/**
 * What there is in a file that goes before what is in newer ones. Whoever writes has moved on, so its last line is
 * complete, with or without its end; but not before it has rested: a writer may finish a line after it was moved aside.
 */
const moreIn = (old: Tail, newer: readonly Tail[], isRested: boolean): "nothing" | "bytes" | "an end" => {
  // What may be a copy is not known to be older.
  if (old.copyUntil !== undefined) return "nothing";
  if (old.suspended || old.differs || !old.verified) return "bytes";
  if (!old.hasPartial) return "nothing";
  const hasMovedOn =
    (old.standing !== "live" || old.aside) && newer.some(({ currentSize }) => currentSize > 0);
  if (hasMovedOn && !old.sendsPartial) {
    if (!isRested) return "an end";
    old.sendPartial();
  }
  return old.sendsPartial ? "bytes" : "nothing";
};

const park = ({ held }: Batch, parking: Turnstile): void => {
  if (held === undefined || held.parked) return;
  const place = parking.tryTake(held.body.footprint);
  if (place === undefined) return;
  held.memory.release();
  held.memory = place;
  held.parked = true;
};

/** Whoever is not getting on leaves the memory to the others, also to those that come only after him. */
const yieldRoom = (batch: Batch, parking: Turnstile): void => {
  park(batch, parking);
  if (batch.held?.parked !== true && restorable(batch)) batch.release();
};

const refusedOf = (batch: Batch, refusals: readonly Refusal[]): readonly Refused[] => {
  const paths = batch.spans.flatMap(({ tail, records }) => Array<string>(records).fill(tail.path));
  const events = eventsOf(batch);
  return refusals.flatMap(({ from, to, reason }) =>
    events.slice(from, to).map((event, at) => ({ ...event, reason, path: paths[from + at] ?? "" })),
  );
};
