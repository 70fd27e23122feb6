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
  /** Files that rotation has made of one another, as their names say, in one stream. */
  readonly #families = new Map<string, Set<Tail>>();
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
    tail.waitFor(this.#former.get(pathKey(entry, found.path)));
    this.byPath.set(pathKey(entry, found.path), tail);
    this.#order(tail);
    return tail;
  }

  /**
   * Where a pattern matches rotated names too, older generations go first: by their time, the one without a suffix last.
   */
  #order(tail: Tail): void {
    const key = familyKey(tail);
    const family = this.#families.get(key) ?? new Set();
    this.#families.set(key, family.add(tail));
    if (family.size === 1) return;
    const plain = familyName(tail.path);
    const members = [...family].toSorted(
      (a, b) => Number(a.path === plain) - Number(b.path === plain) || a.modifiedAt - b.modifiedAt,
    );
    members.forEach((member, at) => {
      const older = members[at - 1];
      if (older === undefined) return;
      if (older.standing === "live") member.waitForNow(older);
      else if (member.before === undefined) member.waitFor(older);
    });
  }

  /** Follows a file that was under `home` before. */
  aside(entry: number, found: FoundFile, home: string, target: Target, now: number): Tail {
    const tail = new Tail(entry, found, home, target, this.#total);
    tail.standing = "rotated";
    tail.grewAt = now;
    tail.behindSince = now;
    tail.leftAt = now;
    tail.followedAt = now;
    tail.liveAt = now;
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
    this.#order(tail);
  }

  /** What was under a path before its next file. */
  formerAt(entry: number, path: string): Tail | undefined {
    return this.#former.get(pathKey(entry, path));
  }

  setFormer(entry: number, path: string, tail: Tail): void {
    this.#former.set(pathKey(entry, path), tail);
    const live = this.byPath.get(pathKey(entry, path));
    if (live !== undefined && live !== tail) live.waitFor(tail);
  }

  /** Done with it: whoever waited for it goes on. */
  remove(tail: Tail): void {
    const key = pathKey(tail.entry, tail.path);
    if (this.byPath.get(key) === tail) this.byPath.delete(key);
    this.byKey.delete(tailKey(tail.entry, tail.id));
    const family = this.#families.get(familyKey(tail));
    family?.delete(tail);
    if (family?.size === 0) this.#families.delete(familyKey(tail));
    for (const [path, former] of this.#former) if (former === tail) this.#former.delete(path);
    for (const other of this.byKey.values()) {
      if (other.before === tail) other.waitFor(tail.before);
      for (const [generation, copy] of other.former) if (copy === tail) other.former.delete(generation);
    }
  }
}

/** The name that rotation has made this one of, as far as names tell: `a.log` for `a.log.2`, and for `a-20261124.log`. */
const familyName = (path: string): string =>
  path.replace(/([.\-_](\d[\d.\-_:T]*|old|bak|prev))+(\.[A-Za-z]+)?$/, "$3");

const familyKey = ({ entry, target, home }: Tail): string =>
  `${entry}\n${target.logGroupName}\n${target.logStreamName}\n${familyName(home)}`;
