import type { Distribution } from "./base-state.ts";

/** Both ways to write sources: a `Signed-By` field, and an option in brackets. */
const SIGNED_BY = /(^signed-by:[ \t]*|\[[^\]\n]*\bsigned-by=)(\/[^\]\n]*?)(?=[\]\n]|$)/gim;

/** The paths in a value; behind the first blank in brackets come other options. */
const PATHS = /(?<=^|[,\s])\/[^\s,\]]+/g;

/** The keyrings that sources name by their paths. Pure. */
export const keyringsIn = (sources: string): readonly string[] => [
  ...new Set([...sources.matchAll(SIGNED_BY)].flatMap(([, , value = ""]) => value.match(PATHS) ?? [])),
];

/** The same sources with their keyrings at other places. Pure. */
export const withKeyrings = (sources: string, placeOf: (path: string) => string): string =>
  sources.replace(
    SIGNED_BY,
    (_, before: string, value: string) => `${before}${value.replace(PATHS, placeOf)}`,
  );

/** A list that apt has, as `apt-get indextargets` tells of it. */
export interface List {
  readonly origin: string;
  readonly codename: string;
}

/** How {@link listsIn} wants it to be asked. */
export const LIST_FORMAT = "$(ORIGIN)|$(CODENAME)";

export const listsIn = (indexTargets: string): readonly List[] =>
  indexTargets.split("\n").flatMap((line) => {
    const [origin = "", codename = ""] = line.split("|").map((field) => field.replace(/^\$\(.*/, ""));
    return origin === "" && codename === "" ? [] : [{ origin, codename }];
  });

const isOf = ({ id, codename }: Distribution, list: List): boolean =>
  list.origin.toLowerCase().startsWith(id) &&
  (list.codename === codename || list.codename.startsWith(`${codename}-`));

/** Commas end a term of a pin, so they become any character. */
const term = (letter: string, value: string): readonly string[] =>
  value === "" ? [] : [`${letter}=${value.replace(/[^\w. -]/g, "?")}`];

/**
 * Preferences that shut out what this machine has and the base has not: repositories of others, and other releases. A
 * rehearsal that installs from them would promise what an instance cannot keep. Pure.
 */
export const foreignPins = (lists: readonly List[], distribution: Distribution): string => {
  const foreign = lists.filter((list) => !isOf(distribution, list));
  const pins = foreign.map(({ origin, codename }) =>
    [...term("o", origin), ...term("n", codename)].join(","),
  );
  return [...new Set(pins)].map((pin) => `Package: *\nPin: release ${pin}\nPin-Priority: -1\n`).join("\n");
};
