import type { Copies } from "./copies.ts";
import type { FollowKit, Place } from "./follow-kit.ts";
import { isSame, unseen } from "./hunt.ts";
import { spotKey } from "./knowledge.ts";
import { EVERYTHING, type Origin } from "./origin.ts";
import type { Checkpoint, Sibling } from "./ports.ts";
import { besides, isRotatedName } from "./rotated-name.ts";
import type { Search } from "./search.ts";
import { pathKey } from "./sweep-plan.ts";
import { type Tail, tailKey } from "./tail.ts";

/** Logs that are looked for in a directory that comes. */
const MOST_LOOKED_FOR = 256;

/** Files that came and went under a path without ever being seen there. */
export class Generations {
  readonly #kit: FollowKit;
  readonly #search: Search;
  readonly #origin: Origin;
  readonly #copies: Copies;

  constructor(kit: FollowKit, search: Search, origin: Origin, copies: Copies) {
    this.#kit = kit;
    this.#search = search;
    this.#origin = origin;
    this.#copies = copies;
  }

  /**
   * Between two looks a path may have had several files. Those that came and went are found by their names and their
   * age, and come between the one that we knew and the one that is there now. Resolves to how many there were.
   */
  async adoptUnseen(
    place: Place,
    since: number,
    directories: ReadonlySet<string> = NOWHERE_ELSE,
  ): Promise<number> {
    const { adopted, vanished } = await this.#adopt(place, since, directories);
    // What was packed between a look at the names and a look at the file has another name and another number now.
    return vanished === 0 ? adopted : adopted + (await this.#adopt(place, since, directories)).adopted;
  }

  async #adopt(
    place: Place,
    since: number,
    directories: ReadonlySet<string>,
  ): Promise<{ readonly adopted: number; readonly vanished: number }> {
    const { tails, clock, commit, offer, tell } = this.#kit;
    const { entry, home, target } = place;
    let adopted = 0;
    let vanished = 0;
    const siblings = await this.#search.beside(place, directories);
    this.#noteNames(entry, siblings);
    const known = (sibling: Sibling): boolean => tails.knows(entry, sibling);
    const live = tails.byPath.get(pathKey(entry, home));
    const strangers = unseen(home, siblings, since, known);
    if (strangers.length > 0) await this.#checkKnown(place);
    for (const sibling of strangers) {
      // What came later than the file that was under this path is found with the next one.
      const isOlder = live === undefined || precedes(sibling, live) || (await this.#isBehind(sibling, live));
      if (!isOlder) continue;
      const file = await this.#search.openSame(sibling, place);
      if (file === undefined) {
        vanished++;
        continue;
      }
      const read = tails.knows(entry, file.id)
        ? EVERYTHING
        : await this.#origin.readOf(file, place, siblings).catch((): typeof EVERYTHING => EVERYTHING);
      // A sweep may have come to it meanwhile.
      if (read === EVERYTHING || tails.knows(entry, file.id)) {
        file.close();
        continue;
      }
      // Of what is compressed the directory tells another size.
      const tail = tails.aside(entry, { ...sibling, size: file.size() }, home, target, clock.now());
      tail.handle = file;
      // Those that came after it may not be noted any more.
      tail.liveAt = sibling.bornAt || sibling.modifiedAt;
      if (read !== undefined) {
        tail.resume(read, 0);
        tail.verified = true;
      }
      commit(tail.checkpoint(tail.readAt, tail.anchor));
      tell("info", "file.adopted", { path: sibling.path, home, offset: tail.readAt });
      offer(tail);
      adopted++;
    }
    return { adopted, vanished };
  }

  /**
   * Beside one that is still under its path: what rotation gave a name to was there before it, however late it was
   * written to.
   */
  async #isBehind(sibling: Sibling, { path, id }: Tail): Promise<boolean> {
    if (besides(path, sibling.path) !== sibling.path) return false;
    const file = await this.#kit.files.open(path).catch(() => undefined);
    file?.close();
    return file !== undefined && isSame(file.id, id);
  }

  /** One may have begun anew since it was last read: what was in it then goes before what was copied of it later. */
  async #checkKnown({ entry, home, target }: Place): Promise<void> {
    // Those too that are found meanwhile.
    for (const tail of this.#kit.tails.ofLog(entry, home, target))
      if (tail.home === home) await this.#copies.check(tail);
  }

  /**
   * Directories that were not there at the last look: one of them may be an old one under another name, with generations
   * in it that nobody has seen, and none that a pattern matches. `since`: when the agent began.
   */
  async lookInto(directories: readonly string[], since: number): Promise<void> {
    const { tails, knowledge, belongs } = this.#kit;
    const places = new Map<string, Place>();
    for (const tail of tails.all) {
      places.set(`${tail.entry}\n${spotKey(tail)}`, tail);
      // Names of as many logs as that are not looked for in each directory that comes.
      if (places.size > MOST_LOOKED_FOR) return;
    }
    for (const place of places.values()) {
      const fitting = directories.filter((directory) => belongs(place, besides(`${directory}/`, place.home)));
      if (fitting.length > 0)
        await this.adoptUnseen(place, knowledge.ledAt(place) ?? since, new Set(fitting));
    }
  }

  /** Numbers move up: what rotated files are called now tells their age where their times do not. */
  #noteNames(entry: number, siblings: readonly Sibling[]): void {
    for (const sibling of siblings) {
      const tail = this.#kit.tails.byKey.get(tailKey(entry, sibling));
      if (tail?.standing === "rotated")
        Object.assign(tail, { path: sibling.path, modifiedAt: sibling.modifiedAt });
    }
  }

  /** Copied, truncated, written to again, and then moved aside: the copy holds what was known, and this one the rest. */
  async restartedAndMoved(place: Place, checkpoint: Checkpoint): Promise<boolean> {
    const { tails, clock, commit, offer, tell } = this.#kit;
    const { entry, home, target } = place;
    const same = (await this.#search.beside(place)).find((sibling) => isSame(sibling, checkpoint));
    if (same === undefined) return false;
    if (!isRotatedName(same.path, home) || tails.knows(entry, same)) return false;
    const file = await this.#search.openSame(same, place);
    if (file === undefined || tails.knows(entry, same)) {
      file?.close();
      return file !== undefined;
    }
    const tail = tails.aside(entry, same, home, target, clock.now());
    tail.handle = file;
    tail.generation = checkpoint.generation + 1;
    commit(tail.checkpoint(0, tail.anchor));
    tell("info", "file.adopted", { path: same.path, home, offset: 0 });
    offer(tail);
    return true;
  }
}

/** A predecessor, or a copy that was made before the file was truncated. */
const precedes = ({ bornAt, modifiedAt }: Sibling, live: Tail): boolean =>
  bornAt <= live.bornAt || modifiedAt <= (live.handle?.modifiedAt() ?? live.modifiedAt);

const NOWHERE_ELSE: ReadonlySet<string> = new Set();
