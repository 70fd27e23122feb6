import type { FollowKit, Place } from "./follow-kit.ts";
import { hunt, isSame, type Quarry } from "./hunt.ts";
import type { Spot } from "./knowledge.ts";
import type { Checkpoint, FileId, FoundFile, OpenFile, Print, Sibling } from "./ports.ts";
import { fits } from "./print.ts";
import { besides, isMovedAside, plainPath } from "./rotated-name.ts";
import type { Tail } from "./tail.ts";

/** What narrows a search. */
export interface Wanted {
  /** The file itself, under another name, is asked for its content first. */
  readonly id?: FileId;
  readonly excluded?: (sibling: Sibling) => boolean;
  /** Where the directories of the log are now, besides those that are known. */
  readonly directories?: Iterable<string>;
  /** It fits, and is something else all the same. */
  readonly isOut?: (file: OpenFile) => boolean;
}

/** A name that is looked for changes at most so often meanwhile. */
const MOST_MOVES = 32;

/** Where a file, or its content, is after rotation. */
export class Search {
  readonly #kit: Pick<FollowKit, "files" | "tails" | "knowledge">;

  constructor(kit: Pick<FollowKit, "files" | "tails" | "knowledge">) {
    this.#kit = kit;
  }

  /** What rotation may have made of a file: beside its path, and where the directories of its log are now. */
  async beside(
    { entry, home, target }: Place,
    directories: Iterable<string> = [],
  ): Promise<readonly Sibling[]> {
    const { files, tails } = this.#kit;
    const plain = plainPath(home);
    // Found under a number, it moves on to the next one.
    const first = isMovedAside(home, plain) ? plain : home;
    const places = new Set([first]);
    for (const directory of directories) places.add(besides(`${directory}/`, first));
    for (const { path } of tails.ofLog(entry, home, target)) places.add(besides(path, first));
    const [behind, ...lists] = await Promise.all([
      this.#behindLink(home),
      ...[...places].map((place) => files.siblings(place)),
    ]);
    const found = lists.flat();
    return [...found, ...behind.filter((sibling) => !found.some((other) => isSame(other, sibling)))];
  }

  /** Where a path is a link, the files of its log lie beside the one that it leads to now: `run-7` beside `run-8`. */
  async #behindLink(home: string): Promise<readonly Sibling[]> {
    const { files } = this.#kit;
    const real = await files.realPath(home).catch(() => home);
    if (real === home) return [];
    return (await files.siblings(plainPath(real))).filter(({ path }) => path !== real);
  }

  /** Looks for the file that a print describes, among what rotation may have made of what was in a place. */
  async find(
    place: Place,
    print: Print,
    { id, excluded, directories, isOut }: Wanted = {},
  ): Promise<Quarry | undefined> {
    const beside = await this.beside(place, directories);
    const isOther = async (file: OpenFile) => isOut?.(file) === true || this.isOfAnother(file, place, print);
    return hunt(beside, this.#opener(place), id, print, excluded, isOther);
  }

  /** Files may begin alike, and then one is what the longest beginning says that is known. */
  async isOfAnother(file: OpenFile, spot: Spot, { offset }: Print): Promise<boolean> {
    for (const known of this.longestFirst(spot)) {
      if (known.offset <= offset) return false;
      if (!isSame(known, file.id) && (await fits(file, known))) return true;
    }
    return false;
  }

  longestFirst(spot: Spot): readonly Checkpoint[] {
    return this.#kit.knowledge.ofLog(spot).toSorted((a, b) => b.offset - a.offset);
  }

  /** Where a file is now, whatever its name; undefined when it has none. */
  async whereabouts(tail: Tail): Promise<FoundFile | undefined> {
    const { files } = this.#kit;
    const same = (await this.beside(tail)).find((sibling) => isSame(sibling, tail.id));
    if (same !== undefined || tail.realPath === undefined) return same;
    // Its path was a link: what it pointed to may still be where it was.
    const behind = await files.siblings(`${tail.realPath}.`);
    const moved = await files.siblings(tail.realPath);
    return [...behind, ...moved].find((sibling) => isSame(sibling, tail.id));
  }

  /** Asks one of our files. Its own descriptor may be closed meanwhile by whoever is done with it: then under its name. */
  async ask<Answer>(tail: Tail, question: (file: OpenFile | undefined) => Promise<Answer>): Promise<Answer> {
    try {
      if (tail.handle !== undefined) return await question(tail.handle);
    } catch {
      // Asked once more below.
    }
    const file = await this.openSame({ ...tail.id, path: tail.path }, tail);
    try {
      return await question(file);
    } finally {
      file?.close();
    }
  }

  #opener(place: Place): (sibling: Sibling) => Promise<OpenFile | undefined> {
    return (sibling) => this.openSame(sibling, place);
  }

  /** Opens a file by what it is: numbers may have moved up since it was listed. */
  async openSame(sibling: FileId & { readonly path: string }, place: Place): Promise<OpenFile | undefined> {
    const { files } = this.#kit;
    for (
      let path: string | undefined = sibling.path, tries = 0;
      path !== undefined && tries < MOST_MOVES;
      tries++
    ) {
      const file = await files.open(path).catch(() => undefined);
      if (file !== undefined && isSame(file.id, sibling)) return file;
      file?.close();
      path = (await this.beside(place)).find((other) => isSame(other, sibling))?.path;
    }
    return undefined;
  }
}
