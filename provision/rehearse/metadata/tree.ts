/** A text, bytes, or a directory. */
export type Content = string | Uint8Array | readonly Entry[];

/** What stands in a directory. */
export interface Entry {
  readonly name: string;
  readonly content: Content;
  /** The first version that has it; absent where all do. */
  readonly since?: string;
  /** How a listing writes it; absent for the name, with `/` behind a directory. */
  readonly listed?: string;
}

/** An entry that is there only when there is something to tell. */
export const given = <Value>(value: Value | undefined, make: (value: Value) => Entry): readonly Entry[] =>
  value === undefined ? [] : [make(value)];

export const isDirectory = (content: Content): content is readonly Entry[] => Array.isArray(content);

/** What a path leads to in a version; undefined when it leads nowhere. */
export const contentAt = (
  root: readonly Entry[],
  names: readonly string[],
  version: string,
): Content | undefined => {
  let here: Content = root;
  for (const name of names) {
    if (!isDirectory(here)) return undefined;
    const next: Entry | undefined = here.find((entry) => entry.name === name && isIn(entry, version));
    if (next === undefined) return undefined;
    here = next.content;
  }
  return here;
};

/** A directory as the service lists it: one name in each line, and no end of line after the last. */
export const listing = (entries: readonly Entry[], version: string): string =>
  entries
    .filter((entry) => isIn(entry, version))
    .map(({ name, content, listed }) => listed ?? (isDirectory(content) ? `${name}/` : name))
    .join("\n");

/** Versions are in the order of their text: `1.0` before all dates, and `latest` behind them. */
const isIn = ({ since }: Entry, version: string): boolean => since === undefined || since <= version;
