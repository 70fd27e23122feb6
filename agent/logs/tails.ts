import type { Account } from "./accounting.ts";
import type { FileId, FoundFile, Target } from "./ports.ts";
import { pathKey } from "./sweep-plan.ts";
import { Tail, tailKey } from "./tail.ts";

/** The files that are being followed, by what they are and by where they are. */
export class Tails {
  readonly byKey = new Map<string, Tail>();
  readonly byPath = new Map<string, Tail>();
  /** The last file that was under a path before the one that is there, by path, until it is finished. */
  readonly #former = new Map<string, Tail>();
  readonly #total: Account;

  constructor(total: Account) {
    this.#total = total;
  }

  get all(): Iterable<Tail> {
    return this.byKey.values();
  }

  knows(entry: number, id: FileId): boolean {
    return this.byKey.has(tailKey(entry, id));
  }

  /** Follows a file; its path is its own from now on. */
  live(entry: number, found: FoundFile, target: Target, now: number): Tail {
    const tail = this.aside(entry, found, found.path, target, now);
    tail.standing = "live";
    tail.liveAt = now;
    tail.before = this.#former.get(pathKey(entry, found.path));
    this.byPath.set(pathKey(entry, found.path), tail);
    return tail;
  }

  /** Follows a file that was under `home` before. */
  aside(entry: number, found: FoundFile, home: string, target: Target, now: number): Tail {
    const tail = new Tail(entry, found, home, target, this.#total);
    tail.standing = "rotated";
    tail.grewAt = now;
    tail.behindSince = now;
    tail.leftAt = now;
    this.byKey.set(tailKey(entry, found), tail);
    return tail;
  }

  /** Its path is not its own any more; whoever gets it comes after. */
  leave(tail: Tail): void {
    const key = pathKey(tail.entry, tail.path);
    if (this.byPath.get(key) === tail) this.byPath.delete(key);
    this.#former.set(key, tail);
  }

  /** It has got another path that matches. */
  move(tail: Tail, path: string): void {
    this.leave(tail);
    tail.path = path;
    tail.standing = "live";
    this.byPath.set(pathKey(tail.entry, path), tail);
  }

  /** What was under a path before its next file. */
  formerAt(entry: number, path: string): Tail | undefined {
    return this.#former.get(pathKey(entry, path));
  }

  setFormer(entry: number, path: string, tail: Tail): void {
    this.#former.set(pathKey(entry, path), tail);
    const live = this.byPath.get(pathKey(entry, path));
    if (live !== undefined && live !== tail) live.before = tail;
  }

  /** Done with it: whoever waited for it goes on. */
  remove(tail: Tail): void {
    const key = pathKey(tail.entry, tail.path);
    if (this.byPath.get(key) === tail) this.byPath.delete(key);
    this.byKey.delete(tailKey(tail.entry, tail.id));
    for (const [path, former] of this.#former) if (former === tail) this.#former.delete(path);
    for (const other of this.byKey.values()) {
      if (other.before === tail) other.before = tail.before;
      for (const [generation, copy] of other.former) if (copy === tail) other.former.delete(generation);
    }
  }
}
