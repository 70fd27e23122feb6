import { Account } from "./accounting.ts";
import { ANCHOR_BYTES } from "./encoder.ts";
import type { Checkpoint, FileId, FoundFile, OpenFile, Print, Target } from "./ports.ts";
import { fits, HEAD_BYTES, hash, NO_PRINT } from "./print.ts";

/** The name of a file that survives its renaming, for one entry of the configuration. */
export const tailKey = (entry: number, { dev, ino, bornAt }: FileId): string =>
  `${entry}:${dev}:${ino}:${bornAt}`;

/** Where a file stands: still under its path, moved aside, or without any name. */
export type Standing = "live" | "rotated" | "deleted";

/** So many reads may end between a copy and the truncation that follows it. */
const MOST_MARKS = 4;

/** Where they are in what is read first, as shares of it: of a copy at least a quarter can be compared. */
const MARKS_WITHIN = [15 / 16, 1 / 2, 1 / 8, 1 / 32, 1 / 128];
/** What is marked has more to it than what its likes begin with, in bytes. */
const LEAST_MARKED = 2 * HEAD_BYTES;

/** A change that follows one this closely may bear the same time, in milliseconds. */
const SETTLED_MS = 50;

/** When all directories were last looked at, in milliseconds: by then every live file was where it is. */
export interface Looks {
  lastAt: number;
}

/** For how much of another file one waits. */
export type Wait = "finished" | "turns" | "once";

/** One file on its way to one log stream. */
export class Tail {
  readonly entry: number;
  readonly id: FileId;
  readonly target: Target;
  readonly account: Account;
  /** The path that it was found under: what rotation makes its names of. */
  readonly home: string;
  /** Where it is now, as far as is known. */
  path: string;
  /** The path behind the link, where its path is one. */
  realPath: string | undefined;
  standing: Standing = "live";
  /** Rotation has moved it aside, under a name that matches too: whoever writes to it moves on. */
  aside = false;
  /** When it left its path, in milliseconds. */
  leftAt = 0;
  /** Since when it is followed, in milliseconds. */
  followedAt = 0;
  /** When it last began anew, in milliseconds. */
  restartedAt = 0;

  /** Bytes, as last seen. */
  size: number;
  /** The most bytes that were seen in it since it began, or began anew. */
  largest: number;
  /** When its content last changed, in milliseconds. */
  modifiedAt: number;

  /** When `size` last changed, in milliseconds. */
  grewAt = 0;
  /** Since when there has been something undelivered, in milliseconds; of no meaning when nothing is. */
  behindSince = 0;
  /** The next byte to read. */
  readAt = 0;
  /** The next byte to deliver: everything before it is acknowledged or accounted for otherwise. */
  committedAt = 0;
  /** The up to 64 bytes before `readAt`, as a hash. */
  anchor = NO_PRINT.anchor;
  headLength = NO_PRINT.headLength;
  headHash = NO_PRINT.headHash;
  /** False until the content has been compared with what an earlier run, or a copy of the file, says it is. */
  verified = true;
  generation = 0;
  /** The file that was under this path before, as long as it is not finished: its bytes go first. */
  before: Tail | undefined;
  /** Those that wait for this one. Most files have none, and a set for each of ten thousand takes megabytes. */
  followers: Set<Tail> | undefined;
  #how: Wait = "finished";
  /** Up to where both are read before anything else, when they take turns. */
  #round: { readonly own: number; readonly others: Map<Tail, number> } | undefined;
  #marks: readonly Print[] = [];
  /** The print of what was read, where the head was seen further: a copy may end in between. */
  #short: Print | undefined;
  /** What this file held in earlier generations, by generation: where their bytes can be read again. */
  former: Map<number, Tail> | undefined;
  /** While it is being found out what has become of its content, nothing is read. */
  suspended = false;
  /** It has no name where it was, and is not open: the next full look tells whether its directory has moved. */
  missing = false;
  /** It looks like a copy of this file, which may be about to be truncated: until when that is waited for. */
  copyUntil: number | undefined;
  handle: OpenFile | undefined;

  /** Its second name, that keeps it from being deleted. */
  held: string | undefined;
  /** A last line without its end that ends here is sent as it is. */
  #sentUpTo: number | undefined;
  /** Bytes behind `readAt` that were seen and do not end a line yet. */
  partialLength = 0;
  /** What is read next may be a hole: a writer went on at its old position after the file was truncated. */
  mayBeHole = true;
  /** A read is under way, or waits for its turn: the file must stay open. */
  reading = false;
  /** It was seen to have become shorter. */
  #shrank = false;
  /** It was written to and did not grow. */
  #touched = false;
  /** Nobody follows it any more: what has its number or its path now is another file. */
  retired = false;
  /** True while the file waits in the line of its stream. */
  queued = false;
  /** Mean bytes per record, newline included: how much to read to fill a batch. */
  meanRecord = 120;
  trouble: { readonly at: number; readonly message: string } | undefined;
  /** Since when other files may have been under its path, until those are looked for, in milliseconds. */
  unsureSince: number | undefined;
  /** As what it was last found to hold the bytes that were read of it. */
  #provenAs: { readonly size: number; readonly modifiedAt: number; readonly at: number } | undefined;
  readonly #looks: Looks;
  #liveAt = 0;

  constructor(
    entry: number,
    found: FoundFile,
    home: string,
    target: Target,
    { total, looks }: { readonly total: Account; readonly looks: Looks },
  ) {
    this.#looks = looks;
    this.entry = entry;
    this.id = { dev: found.dev, ino: found.ino, bornAt: found.bornAt };
    this.home = home;
    this.path = found.path;
    this.size = found.size;
    this.largest = found.size;
    this.modifiedAt = found.modifiedAt;

    this.target = target;
    this.account = new Account(total);
  }

  /** Goes on where an earlier run, or the file that this one is a copy of, has stopped. The first read verifies it. */
  resume(print: Print, generation: number): void {
    this.readAt = print.offset;
    this.committedAt = print.offset;
    this.anchor = print.anchor;
    this.headLength = print.headLength;
    this.headHash = print.headHash;
    this.generation = generation;
    this.#marks = [];
    this.#short = undefined;
    this.#shrank = false;
    this.#touched = false;
    this.#provenAs = undefined;
    if (this.#sentUpTo !== Number.POSITIVE_INFINITY) this.#sentUpTo = undefined;
    this.verified = false;
  }

  /** It still holds the bytes that were read of it, as of a look that began at `now` and found it like this. */
  prove({ size, modifiedAt }: { readonly size: number; readonly modifiedAt: number }, now: number): void {
    this.#provenAs = now - modifiedAt > SETTLED_MS ? { size, modifiedAt, at: now } : undefined;
  }

  /** It has not begun anew since it was last compared with what was read of it. Asks the file, where it is open. */
  get isProven(): boolean {
    const { handle } = this;
    if (this.#provenAs === undefined) return false;
    // What was moved aside before may become longer, and no more than that.
    if (handle === undefined) return this.standing === "rotated" && this.#provenAs.at > this.leftAt;
    return handle.size() === this.#provenAs.size && handle.modifiedAt() === this.#provenAs.modifiedAt;
  }

  /** Goes on to the next position, with what stands before it. */
  advance(offset: number, anchor: string): void {
    if (this.readAt > 0) this.#marks = [this.#short ?? this.print, ...this.#marks.slice(0, MOST_MARKS - 1)];
    this.#short = undefined;
    this.readAt = offset;
    this.anchor = anchor;
  }

  /** Starts over: the bytes under this path are not those we knew. */
  restart(): void {
    const { generation } = this;
    this.resume(NO_PRINT, generation + 1);
    this.verified = true;
    this.partialLength = 0;
    this.mayBeHole = true;
    this.largest = 0;
  }

  /** It has begun anew, nothing of it was read since, and all that it held before is finished. */
  get isAllNew(): boolean {
    const isUnread = this.committedAt === 0 && this.readAt === 0;
    return this.generation > 0 && isUnread && (this.former?.size ?? 0) === 0;
  }

  /** When its path was last seen to lead to it, in milliseconds. */
  get liveAt(): number {
    if (this.unsureSince !== undefined) return this.unsureSince;
    return this.standing === "live" ? Math.max(this.#liveAt, this.#looks.lastAt) : this.#liveAt;
  }

  set liveAt(at: number) {
    this.#liveAt = at;
  }

  get bornAt(): number {
    return this.id.bornAt;
  }

  /** What the content is told by, as far as it was read. */
  get print(): Print {
    return { offset: this.readAt, anchor: this.anchor, headLength: this.headLength, headHash: this.headHash };
  }

  /**
   * Lets the bytes of another file go first. One that waits for this one cannot go first.
   *
   * `finished`: all of them. Where the other one may be written to for ever, this one must not starve: `turns`: what is
   * in the other one now goes before what is in this one now, again and again; `once`: only this time.
   */
  waitFor(before: Tail | undefined, how: Wait = "finished"): void {
    if (this.before === before && this.#how === how) return;
    this.before?.followers?.delete(this);
    this.before = before?.waitsFor(this) ? undefined : before;
    if (this.before !== undefined) {
      this.before.followers ??= new Set();
      this.before.followers.add(this);
    }
    this.#how = how;
    this.#round = undefined;
  }

  /** Whether it is a copy is clear by now, or nobody waits for that any longer: it may be read. */
  endSuspense(): void {
    this.copyUntil = undefined;
    this.suspended = false;
  }

  waitsFor(other: Tail): boolean {
    return this === other || this.before?.waitsFor(other) === true;
  }

  /** The files whose bytes go first, the oldest first. */
  get elders(): readonly Tail[] {
    const elders: Tail[] = [];
    // What is here by now was written after everything that is there by now.
    if (this.before !== undefined) this.#round ??= { own: this.#see(), others: new Map() };
    for (let younger: Tail = this; younger.before !== undefined; younger = younger.before) {
      const { before } = younger;
      // One that was truncated begins anew, and what it holds by then goes first, too.
      const isUnsettled = before.suspended || before.currentSize < before.readAt;
      if (
        younger.#how === "finished" ||
        isUnsettled ||
        before.readAt + before.partialLength < this.#boundOf(before)
      )
        elders.unshift(before);
      else if (younger.#how === "once") {
        younger.waitFor(undefined);
        break;
      }
    }
    return elders;
  }

  #boundOf(other: Tail): number {
    const bound = this.#round?.others.get(other) ?? other.#see();
    this.#round?.others.set(other, bound);
    return bound;
  }

  /** Up to where this one, or one of its elders, may be read in this round. */
  roundEnd(of: Tail = this): number | undefined {
    return of === this ? this.#round?.own : this.#round?.others.get(of);
  }

  /** It had its turn. */
  endRound(): void {
    this.#round = undefined;
  }

  /** The size now, or as last seen where it is not open. */
  get currentSize(): number {
    return this.handle?.size() ?? this.size;
  }

  #see(): number {
    const size = this.currentSize;
    this.largest = Math.max(this.largest, size);
    return size;
  }

  /**
   * Something was read of it, and since then it shrank, or was written to and did not grow: it may have begun anew with
   * the bytes that it began with before. Until {@link trust} says that this was looked into.
   */
  get isDoubtful(): boolean {
    return this.readAt > 0 && (this.#touched || this.shrank);
  }

  /** There was more in it than there is, or was, for a while. */
  get shrank(): boolean {
    return this.#shrank || this.currentSize < this.largest;
  }

  touch(): void {
    this.#touched = true;
  }

  trust(): void {
    this.#shrank = false;
    this.#touched = false;
    this.largest = this.currentSize;
  }

  get hasPartial(): boolean {
    return this.partialLength > 0;
  }

  /** What was seen of a last line without its end is to be sent as it is. */
  get sendsPartial(): boolean {
    return this.isSentAt(this.readAt + this.partialLength);
  }

  /** The last line is complete as it was seen; one that is longer by the time it is read is not. */
  sendPartial(): void {
    this.#sentUpTo = this.readAt + this.partialLength;
  }

  /** Whatever is there last when it is read: nobody will come back for it. */
  sendWhateverIsThere(): void {
    this.#sentUpTo = Number.POSITIVE_INFINITY;
  }

  /** Is a last line without an end sent that ends at `offset`? Not where it has gone on since that was said. */
  isSentAt(offset: number): boolean {
    return this.#sentUpTo !== undefined && offset <= this.#sentUpTo;
  }

  /** Should the file go on after all, what comes is waited for like any other line. */
  wasSentPartial(): void {
    this.#sentUpTo = undefined;
  }

  /** Bytes that are in the file and not yet read, as far as is known. */
  get unread(): number {
    return Math.max(0, this.size - this.readAt);
  }

  /** All that was read is settled. */
  get settled(): boolean {
    return this.committedAt === this.readAt;
  }

  /** There is more in the file than was read, or less: asks the file, where it is open. */
  get differs(): boolean {
    const size = this.currentSize;
    return size > this.readAt + this.partialLength || size < this.readAt;
  }

  /** Notes the size that was seen at the time `now`. */
  resize(size: number, now: number): void {
    this.largest = Math.max(this.largest, size);
    if (size === this.size) return;
    this.#shrank ||= size < this.size;
    if (this.committedAt >= this.size) this.behindSince = now;
    this.size = size;
    this.grewAt = now;
  }

  /**
   * How many bytes before `readAt` are read along: the anchor, or everything while the file is so short that its
   * head still grows.
   */
  get contextLength(): number {
    return this.readAt < HEAD_BYTES ? this.readAt : ANCHOR_BYTES;
  }

  /** True when `context`, the bytes before `readAt`, are those that were read there earlier. */
  recognises(context: Uint8Array): boolean {
    return hash(context.subarray(-ANCHOR_BYTES)) === this.anchor;
  }

  /** True when the file begins as it did. `head` holds its first bytes. */
  beginsWith(head: Uint8Array): boolean {
    return head.length >= this.headLength && hash(head.subarray(0, this.headLength)) === this.headHash;
  }

  /** Compares the content with the print once, after a resume. Rejects when it cannot be read. */
  async verify(): Promise<boolean> {
    if (!this.verified && this.handle !== undefined) this.verified = await fits(this.handle, this.print);
    return this.verified;
  }

  /** Where reads have ended, the last one first: a copy may end between two of them. */
  get marks(): readonly Print[] {
    return this.#short === undefined ? this.#marks : [this.#short, ...this.#marks];
  }

  /** Lengthens the head, from the first bytes of the file. */
  growHead(bytes: Uint8Array): void {
    const length = Math.min(HEAD_BYTES, bytes.length);
    if (this.headLength < length) Object.assign(this, headOf(bytes.subarray(0, length)));
    if (this.readAt > 0 && this.readAt < Math.min(this.headLength, length))
      this.#short = { ...this.print, ...headOf(bytes.subarray(0, this.readAt)) };
  }

  /** Notes places within what was read at once, from its beginning on: `bytes` are what the file begins with. */
  markWithin(bytes: Uint8Array): void {
    const { headLength, headHash } = this;
    this.#marks = MARKS_WITHIN.map((share) => Math.ceil(bytes.length * share))
      .filter((offset, nth) => nth < 2 || offset >= LEAST_MARKED)
      .map((offset) => ({
        offset,
        anchor: hash(bytes.subarray(Math.max(0, offset - ANCHOR_BYTES), offset)),
        // A copy may be shorter than the head that is known by now.
        ...(offset < headLength ? headOf(bytes.subarray(0, offset)) : { headLength, headHash }),
      }));
  }

  checkpoint(offset: number, anchor: string, done = false): Checkpoint {
    return {
      ...this.id,
      path: this.home,
      logGroupName: this.target.logGroupName,
      logStreamName: this.target.logStreamName,
      offset,
      anchor,
      headLength: this.headLength,
      headHash: this.headHash,
      generation: this.generation,
      size: this.size,
      seenAt: Math.ceil(this.liveAt),
      done,
    };
  }
}

const headOf = (bytes: Uint8Array): Pick<Print, "headLength" | "headHash"> => ({
  headLength: bytes.length,
  headHash: hash(bytes),
});
