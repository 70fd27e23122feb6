import type { Place } from "./follow-kit.ts";
import { isSame } from "./hunt.ts";
import type { OpenFile, Print, Sibling } from "./ports.ts";
import { extentOf, fits, isBlank, printAt } from "./print.ts";
import type { Search } from "./search.ts";
import type { Tail } from "./tail.ts";
import type { Tails } from "./tails.ts";

/** What a file holds of another one: what is in that now, or what was before that was truncated. */
export type Copied = "present" | "past" | "nothing";

/** Nothing in a file is new. */
export const EVERYTHING: unique symbol = Symbol("everything");

/** What of a file is known already: it may be a copy of another one, or what was packed of it. */
export class Origin {
  readonly #tails: Tails;
  readonly #search: Search;

  constructor(tails: Tails, search: Search) {
    this.#tails = tails;
    this.#search = search;
  }

  /** Is it what one of our files holds, or held until it was truncated? Then that one will find it. */
  async copied(file: OpenFile, of: Tail): Promise<Copied> {
    // Its own descriptor may be closed by whoever is done with it; of one that has no name there is no other.
    const opened = await this.#search.openSame({ ...of.id, path: of.path }, of);
    const own = opened ?? of.handle;
    try {
      // In this order: it may be truncated meanwhile.
      if (await isBeginningOf(file, own))
        return (of.standing === "live" && !of.aside) || file.size() === own?.size() ? "present" : "nothing";
      if (own !== undefined && (await fits(own, of.print))) return "nothing";
      // As far as it goes it is the same: what begins alike and goes on otherwise is no copy.
      const print = [of.print, ...of.marks].find((known) => extentOf(known) <= file.size());
      return print !== undefined && !isBlank(print) && (await fits(file, print)) ? "past" : "nothing";
    } finally {
      opened?.close();
    }
  }

  /** How far an unknown file was read already, under another number: what was compressed or copied of one that we know. */
  async readOf(
    file: OpenFile,
    { entry, home, target }: Place,
    siblings: readonly Sibling[],
  ): Promise<Print | typeof EVERYTHING | undefined> {
    const tails = this.#tails;
    for (const tail of tails.wholeLog(entry, home, target))
      if ((await this.copied(file, tail)) !== "nothing") return EVERYTHING;
    for (const checkpoint of this.#search.longestFirst({ home, target })) {
      const { offset, done } = checkpoint;
      const isThere = tails.knows(entry, checkpoint) || siblings.some((other) => isSame(other, checkpoint));
      if (isThere && !isSame(checkpoint, file.id)) continue;
      if (isBlank(checkpoint) || !(await fits(file, checkpoint))) continue;
      return done && file.size() <= offset ? EVERYTHING : checkpoint;
    }
    return undefined;
  }
}

/** Does a file hold what another one begins with, as far as head and end tell? */
export const isBeginningOf = async (file: OpenFile, other: OpenFile | undefined): Promise<boolean> => {
  const length = file.size();
  if (other === undefined || length === 0 || other.size() < length) return false;
  return fits(other, await printAt(file, length));
};
