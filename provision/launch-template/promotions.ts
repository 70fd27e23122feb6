import type { Head } from "./ports.ts";

/** The versions that were made the default, the last one first, as a tag of the template: everybody sees the same. */
export const PROMOTIONS_TAG = "hostwright:promotions";

/** A tag holds 256 characters; nobody goes back further than that. */
const MOST_PROMOTIONS = 20;

export const promotionsOf = ({ tags }: Pick<Head, "tags">): readonly number[] =>
  (tags[PROMOTIONS_TAG] ?? "")
    .split(" ")
    .map(Number)
    .filter((number) => Number.isInteger(number) && number > 0);

/** The tag once a version is promoted. Written before it is: after a crash in between the next run writes the same. */
export const promoted = (head: Pick<Head, "tags" | "default_version">, version: number): string => {
  const before = promotionsOf(head);
  // One that was the default before we came is something to go back to.
  const known = before.includes(head.default_version) ? before : [head.default_version, ...before];
  return tagOf(known[0] === version ? known : [version, ...known]);
};

/** The version that was promoted before the one that is the default now; undefined when none is known. */
export const previous = (head: Pick<Head, "tags" | "default_version">): number | undefined => {
  const all = promotionsOf(head);
  return all.slice(all.indexOf(head.default_version) + 1).find((version) => version !== head.default_version);
};

/** The tag once everything that came after a version is taken back. */
export const demoted = (head: Pick<Head, "tags" | "default_version">, version: number): string => {
  const all = promotionsOf(head);
  const at = all.indexOf(version, all.indexOf(head.default_version) + 1);
  return tagOf(at === -1 ? [version, ...all] : all.slice(at));
};

const tagOf = (versions: readonly number[]): string => versions.slice(0, MOST_PROMOTIONS).join(" ");
