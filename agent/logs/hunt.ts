import type { FileId, Files, OpenFile, Print, Sibling } from "./ports.ts";
import { fits, isBlank } from "./print.ts";

/** Where the bytes are that stood under a path when we last read there. */
export interface Quarry {
  readonly file: OpenFile;
  readonly path: string;
  readonly modifiedAt: number;
}

/** Most siblings that are opened to compare their content: an archive of years is not gone through. */
const MOST_OPENED = 64;

/**
 * Looks for the file that `print` describes among what rotation may have made of `path`: the same inode under another
 * name, a copy of it, or what was compressed of it. The file comes open, so that nobody can take it away any more.
 */
export const hunt = async (
  files: Files,
  path: string,
  id: FileId | undefined,
  print: Print,
  excluded: (id: FileId) => boolean = () => false,
): Promise<Quarry | undefined> => {
  const siblings = (await files.siblings(path)).filter((sibling) => !excluded(sibling));
  const same = siblings.filter((sibling) => id !== undefined && isSame(sibling, id));
  // Without a print only the inode can tell, and with one it goes first: to compare costs a read.
  const others = isBlank(print) ? [] : siblings.filter((sibling) => !same.includes(sibling));
  for (const { path: candidate, modifiedAt } of [...same, ...others.slice(0, MOST_OPENED)]) {
    const file = await opened(files, candidate, print);
    if (file !== undefined) return { file, path: candidate, modifiedAt };
  }
  return undefined;
};

const opened = async (files: Files, path: string, print: Print): Promise<OpenFile | undefined> => {
  let file: OpenFile | undefined;
  try {
    file = await files.open(path);
    if (await fits(file, print)) return file;
  } catch {
    // Gone between the listing and the look, unreadable, or not gzip after all: not the one we look for.
  }
  file?.close();
  return undefined;
};

export const isSame = (a: FileId, b: FileId): boolean => a.ino === b.ino && a.dev === b.dev;

/** Names that rotation gives: `.1`, `-20261124`, `-20261124-1764000000`, `.2026-11-24`, `.old`, also before an extension. */
const ROTATED = /^[.\-_](\d[\d.\-_:T]*|old|bak|prev)(\.[A-Za-z]+)?(\.gz)?$/;

/**
 * Generations that were written and moved aside between two looks at `path`, so that they never were seen under it:
 * rotation's names, unknown inodes, born after `since`. Oldest first.
 */
export const unseen = (
  path: string,
  siblings: readonly Sibling[],
  since: number,
  known: (sibling: Sibling) => boolean,
): readonly Sibling[] => {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const stem = name.replace(/\.[A-Za-z]+$/, "");
  const isRotated = (other: string): boolean =>
    (other.startsWith(name) && ROTATED.test(other.slice(name.length))) ||
    (stem !== name && other.startsWith(stem) && ROTATED.test(other.slice(stem.length)));
  return siblings
    .filter((sibling) => !known(sibling) && isRotated(sibling.path.slice(sibling.path.lastIndexOf("/") + 1)))
    .filter(
      ({ bornAt, modifiedAt, path: at }) =>
        (at.endsWith(".gz") || bornAt === 0 ? modifiedAt : bornAt) > since,
    )
    .toSorted((a, b) => a.modifiedAt - b.modifiedAt);
};
