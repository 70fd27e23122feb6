import type { Place } from "./follow-kit.ts";
import { isSame } from "./hunt.ts";
import type { OpenFile, Print, Sibling } from "./ports.ts";
import { extentOf, fits, Head, isBlank, printAt } from "./print.ts";
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
  copied(file: OpenFile, head: Head, of: Tail): Promise<Copied> {
    return this.#search.ask(of, async (own) => {
      const isLikePast = [of.print, ...of.marks].some(
        (known) => !isBlank(known) && head.compare(known) === "same",
      );
      // Most begin otherwise than it does, and than they ever did.
      if (own !== undefined && !isLikePast && !head.agrees(await Head.of(own))) return "nothing";
      // In this order: it may be truncated meanwhile.
      if (await isBeginningOf(file, own))
        return (of.standing === "live" && !of.aside) || file.size() === own?.size() ? "present" : "nothing";
      if (own !== undefined && (await fits(own, of.print))) return "nothing";
      // As far as it goes it is the same: what begins alike and goes on otherwise is no copy.
      const print = [of.print, ...of.marks].find((known) => extentOf(known) <= file.size());
      return print !== undefined && !isBlank(print) && (await fits(file, print)) ? "past" : "nothing";
    });
  }

  /** How far an unknown file was read already, under another number: what was compressed or copied of one that we know. */
  async readOf(
    file: OpenFile,
    { entry, home, target }: Place,
    siblings: readonly Sibling[],
  ): Promise<Print | typeof EVERYTHING | undefined> {
    const tails = this.#tails;
    const head = await Head.of(file);
    for (const tail of tails.wholeLog(entry, home, target)) {
      // Most begin otherwise, and have not changed since that was known.
      if (tail.isProven && head.compare(tail.print) === "other") continue;
      if ((await this.copied(file, head, tail)) !== "nothing") return EVERYTHING;
    }
    for (const checkpoint of this.#search.longestFirst({ home, target })) {
      const { offset, done } = checkpoint;
      const isThere = tails.knows(entry, checkpoint) || siblings.some((other) => isSame(other, checkpoint));
      if (isThere && !isSame(checkpoint, file.id)) continue;
      if (isBlank(checkpoint) || head.compare(checkpoint) !== "same" || !(await fits(file, checkpoint)))
        continue;
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
