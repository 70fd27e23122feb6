import type { FileId, OpenFile, Print, Sibling } from "./ports.ts";
import { fits, isBlank } from "./print.ts";
import { byAge, isRotatedName } from "./rotated-name.ts";

/** Where the bytes are that stood under a path when we last read there. */
export interface Quarry {
  readonly file: OpenFile;
  readonly path: string;
  readonly modifiedAt: number;
}

/** Most siblings that are opened to compare their content: an archive of years is not gone through. */
const MOST_OPENED = 64;

/**
 * Looks for the file that `print` describes among those that rotation may have made of it: the same inode under another
 * name, a copy of it, or what was compressed of it. The file comes open, so that nobody can take it away any more.
 * `isOther`: it fits, and is something else all the same.
 */
export const hunt = async (
  beside: readonly Sibling[],
  open: (sibling: Sibling) => Promise<OpenFile | undefined>,
  id: FileId | undefined,
  print: Print,
  excluded: (sibling: Sibling) => boolean = () => false,
  isOther: (file: OpenFile) => Promise<boolean> = async () => false,
): Promise<Quarry | undefined> => {
  const siblings = beside.filter((sibling) => !excluded(sibling));
  const same = siblings.filter((sibling) => id !== undefined && isSame(sibling, id));
  // Without a print only the inode can tell, and with one it goes first: to compare costs a read.
  const others = isBlank(print) ? [] : siblings.filter((sibling) => !same.includes(sibling));
  for (const sibling of [...same, ...others.slice(0, MOST_OPENED)]) {
    const file = await open(sibling).catch(() => undefined);
    if (file === undefined) continue;
    // One that cannot be read, or is not gzip after all, is not the one that is looked for.
    const isIt = async (): Promise<boolean> => (await fits(file, print)) && !(await isOther(file));
    if (await isIt().catch(() => false)) return { ...sibling, file };
    file.close();
  }
  return undefined;
};

export const isSame = (a: FileId, b: FileId): boolean =>
  a.ino === b.ino && a.dev === b.dev && a.bornAt === b.bornAt;

/** Kernels count the times of files in steps: a file bears that of the step in which it came, this much ago at most. */
const TICK_MS = 10;

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
  return siblings
    .filter((sibling) => !known(sibling) && isRotatedName(sibling.path, path))
    .filter(
      ({ bornAt, modifiedAt, path: at }) =>
        (at.endsWith(".gz") || bornAt === 0 ? modifiedAt : bornAt) > since - TICK_MS,
    )
    .toSorted(byAge);
};
