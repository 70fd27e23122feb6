import { isSame } from "./hunt.ts";
import type { Files } from "./ports.ts";
import type { Tail } from "./tail.ts";

export interface DescriptorLimits {
  /** Most files held open. */
  readonly open: number;
  /** Most bytes of deleted files that are kept from being freed. */
  readonly deletedBytes: number;
  /** Deleted files are let go when their file system has less than this free, in bytes. */
  readonly freeBytes: number;
}

/** Most descriptors kept on files that have nothing to read. */
const IDLE_OPEN = 512;
/** A descriptor that nothing happens on is closed after this, in milliseconds. */
const IDLE_CLOSE_MS = 60_000;

/** The open files: what is read, what was moved aside, and what nobody else keeps. */
export class Descriptors {
  readonly #files: Files;
  readonly #limits: DescriptorLimits;
  readonly #open = new Set<Tail>();
  /** Those of which all was settled and nothing was offered since, the one that was quiet for longest first. */
  readonly #resting = new Set<Tail>();

  constructor(files: Files, limits: DescriptorLimits) {
    this.#files = files;
    this.#limits = limits;
  }

  get open(): ReadonlySet<Tail> {
    return this.#open;
  }

  /** Bytes of deleted files that are held, in all. */
  get deletedBytes(): number {
    return this.#deleted().reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Opens the file of a tail, when it is not. False: another file has its path by now; the next sweep sorts them.
   * Rejects when the file cannot be read.
   */
  async ensure(tail: Tail): Promise<boolean> {
    if (tail.handle !== undefined) return true;
    const handle = await this.#files.open(tail.path);
    if (tail.handle !== undefined || !isSame(handle.id, tail.id)) {
      handle.close();
      return tail.handle !== undefined;
    }
    tail.handle = handle;
    this.#open.add(tail);
    tail.realPath ??= await this.#behindLink(tail.path);
    return true;
  }

  async #behindLink(path: string): Promise<string | undefined> {
    const real = await this.#files.realPath(path).catch(() => path);
    return real === path ? undefined : real;
  }

  /** Notes a tail that came with an open file, or that is about to be read: it is the last to be closed. */
  note(tail: Tail): void {
    this.#resting.delete(tail);
    if (tail.handle === undefined) return;
    this.#open.delete(tail);
    this.#open.add(tail);
  }

  close(tail: Tail): void {
    tail.handle?.close();
    tail.handle = undefined;
    this.#open.delete(tail);
    this.#resting.delete(tail);
  }

  /** Files with unread bytes are opened before somebody takes their names away, as many as may be open. */
  async secure(tails: Iterable<Tail>): Promise<void> {
    for (const tail of tails) {
      if (this.#open.size >= this.#limits.open) return;
      if (tail.handle !== undefined || tail.unread === 0 || tail.trouble !== undefined) continue;
      await this.ensure(tail).catch(() => undefined);
    }
  }

  /** Closes what nothing happens on. */
  closeIdle(now: number): void {
    for (const tail of this.#open)
      if (isIdle(tail) && (this.#open.size > IDLE_OPEN || now - tail.grewAt > IDLE_CLOSE_MS))
        this.close(tail);
  }

  /**
   * All of a tail is settled. Where many files are open, one is closed: of those that have nothing to read the one that
   * was quiet for longest. Never looks at all of them: this happens with every request.
   */
  rest(settled: Tail): void {
    this.#resting.delete(settled);
    if (settled.handle !== undefined) this.#resting.add(settled);
    if (this.#open.size <= IDLE_OPEN) return;
    for (const tail of this.#resting) {
      this.#resting.delete(tail);
      if (!isIdle(tail)) continue;
      this.close(tail);
      return;
    }
  }

  /** Deleted files that must be let go, the oldest first. */
  toEvict(): readonly Tail[] {
    const deleted = this.#deleted();
    let excess = this.deletedBytes - this.#limits.deletedBytes;
    return deleted.filter((tail) => {
      const free = this.#files.freeBytes(tail.home.slice(0, tail.home.lastIndexOf("/")) || "/");
      const must = excess > 0 || (free !== undefined && free < this.#limits.freeBytes);
      if (must) excess -= tail.size;
      return must;
    });
  }

  #deleted(): Tail[] {
    return [...this.#open]
      .filter(({ standing }) => standing === "deleted")
      .toSorted((a, b) => a.leftAt - b.leftAt);
  }
}

const isIdle = (tail: Tail): boolean =>
  tail.standing === "live" &&
  !tail.reading &&
  !tail.queued &&
  tail.settled &&
  !tail.hasPartial &&
  tail.unread === 0;
