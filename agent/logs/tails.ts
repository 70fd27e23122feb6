import type { Account } from "./accounting.ts";
import { logKey } from "./knowledge.ts";
import type { FileId, FoundFile, Target } from "./ports.ts";
import { byAge, isMovedAside, plainPath } from "./rotated-name.ts";
import { pathKey } from "./sweep-plan.ts";
import { type Looks, Tail, tailKey } from "./tail.ts";

/** Files of one log that are compared with one another by age; of more only the newest is waited for. */
const MOST_RELATED = 256;

/** The files that are being followed: by what they are, by where they are, and by the log that they are a part of. */
export class Tails {
  readonly byKey = new Map<string, Tail>();
  readonly byPath = new Map<string, Tail>();
  readonly looks: Looks = { lastAt: 0 };
  /**
   * Files that rotation has made of one another, as names say, in one stream. In whatever directory they are: those are
   * renamed too, and what was moved with one and what is under its old name by now are one log.
   */
  readonly #logs = new Map<string, Set<Tail>>();
  readonly #total: Account;
  readonly #hasBeen: (path: string, target: Target) => boolean;

  /** `hasBeen`: was there ever a file under this path? */
  constructor(total: Account, hasBeen: (path: string, target: Target) => boolean) {
    this.#total = total;
    this.#hasBeen = hasBeen;
  }

  get all(): Iterable<Tail> {
    return this.byKey.values();
  }

  /** One has no name where it was, and waits for the next full look. */
  get isOneMissing(): boolean {
    for (const { missing } of this.all) if (missing) return true;
    return false;
  }

  knows(entry: number, id: FileId): boolean {
    return this.byKey.has(tailKey(entry, id));
  }

  /** Follows a file that was found under its path. `home`: where it was at first, if that is known. */
  live(entry: number, found: FoundFile, target: Target, now: number, home = found.path): Tail {
    const tail = this.#join(entry, found, home, target, now);
    tail.standing = "live";
    this.byPath.set(pathKey(entry, found.path), tail);
    this.lineUp(tail);
    return tail;
  }

  /** Follows a file that was under `home` before. */
  aside(entry: number, found: FoundFile, home: string, target: Target, now: number): Tail {
    const tail = this.#join(entry, found, home, target, now);
    this.lineUp(tail);
    return tail;
  }

  #join(entry: number, found: FoundFile, home: string, target: Target, now: number): Tail {
    const tail = new Tail(entry, found, home, target, { total: this.#total, looks: this.looks });
    tail.standing = "rotated";
    tail.grewAt = now;
    tail.behindSince = now;
    tail.leftAt = now;
    tail.followedAt = now;
    tail.liveAt = now;
    this.byKey.set(tailKey(entry, found), tail);
    const key = followedLog(tail);
    this.#logs.set(key, (this.#logs.get(key) ?? new Set()).add(tail));
    return tail;
  }

  /** Its path is not its own any more; whoever gets it comes after. */
  leave(tail: Tail): void {
    if (this.#isInPlace(tail)) this.byPath.delete(pathKey(tail.entry, tail.path));
  }

  /** What is known under its path is this one. */
  #isInPlace(tail: Tail): boolean {
    return this.byPath.get(pathKey(tail.entry, tail.path)) === tail;
  }

  /** It has got another path that matches. */
  move(tail: Tail, path: string): void {
    this.leave(tail);
    tail.path = path;
    tail.standing = "live";
    this.byPath.set(pathKey(tail.entry, path), tail);
    this.lineUp(tail);
  }

  /** The files that are followed of the log that a path belongs to; none where they are too many to be one log. */
  ofLog(entry: number, home: string, target: Target): Iterable<Tail> {
    const log = this.#logs.get(followedLog({ entry, home, target }));
    return log === undefined || log.size > MOST_RELATED ? [] : log;
  }

  /** The same, however many they are, as of now. */
  wholeLog(entry: number, home: string, target: Target): readonly Tail[] {
    return [...(this.#logs.get(followedLog({ entry, home, target })) ?? [])];
  }

  /** Older files of a log go first; last comes the one that has the name of the log. */
  lineUp(tail: Tail): void {
    const log = this.#logs.get(followedLog(tail)) ?? new Set();
    if (log.size === 1) return;
    if (log.size > MOST_RELATED) {
      const newest = [...log].findLast((other) => other !== tail);
      if (newest !== undefined) tail.waitFor(newest, "once");
      return;
    }
    const homes = new Set([...log].map(({ home }) => home));
    // One that has just lost its path may not have been found again yet: of that only times are known.
    const isPlain = (member: Tail): boolean =>
      member.standing === "live" &&
      member.path === member.home &&
      member.path === plainPath(member.home) &&
      this.#isInPlace(member);
    const isUnwritten = (member: Tail): boolean =>
      member.currentSize === 0 && (member.handle !== undefined || this.#isInPlace(member));
    const isRotated = ({ path, home, target }: Tail): boolean => {
      const plain = plainPath(home);
      return isMovedAside(path, plain) && (homes.has(plain) || this.#hasBeen(plain, target));
    };
    for (const member of log) {
      member.modifiedAt = member.handle?.modifiedAt() ?? member.modifiedAt;
      member.aside = member.path !== member.home || isRotated(member);
    }
    // What nobody has written to yet is newer than what somebody still writes to.
    const rank = (member: Tail): number => (isPlain(member) ? 2 : Number(isUnwritten(member)));
    // Names move up, and where nobody has looked again they are those of other files by now.
    const byCopy = (a: Tail, b: Tail): number =>
      a.modifiedAt === b.modifiedAt ? Number(holdsFormerOf(b, a)) - Number(holdsFormerOf(a, b)) : 0;
    const line = [...log].toSorted((a, b) => rank(a) - rank(b) || byCopy(a, b) || byAge(a, b));
    for (const [at, member] of line.entries()) {
      const older = line[at - 1];
      // They have changed places.
      if (member.before !== older && member.before && log.has(member.before)) member.waitFor(undefined);
    }
    for (const [at, member] of line.entries()) {
      const older = line[at - 1];
      if (older === undefined) continue;
      member.waitFor(older, older.standing !== "live" || older.aside ? "finished" : "turns");
    }
  }

  /** Done with it: whoever waited for it goes on. */
  remove(tail: Tail): void {
    this.leave(tail);
    this.byKey.delete(tailKey(tail.entry, tail.id));
    const log = this.#logs.get(followedLog(tail));
    log?.delete(tail);
    if (log?.size === 0) this.#logs.delete(followedLog(tail));
    for (const other of log ?? [])
      for (const [generation, copy] of other.former ?? [])
        if (copy === tail) other.former?.delete(generation);
    for (const other of [...(tail.followers ?? [])]) other.waitFor(tail.before);
    tail.waitFor(undefined);
  }
}

/** One file holds what was in the other one before that was truncated. */
const holdsFormerOf = (copy: Tail, original: Tail): boolean =>
  [...(original.former?.values() ?? [])].includes(copy);

/** The same log may be followed for more than one entry of the configuration. */
export const followedLog = ({ entry, target, home }: Pick<Tail, "entry" | "target" | "home">): string =>
  `${entry}\n${logKey(home, target)}`;
