import { type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import type { PathPattern } from "../logs/path-pattern.ts";

/** Larger directories are not watched: a hint there costs a look at every name in it. */
const WATCHABLE_NAMES = 256;
/** The same where one file is looked for and nobody counts the names: what a directory itself may take, in bytes. */
const WATCHABLE_BYTES = 65_536;
/** Deeper than this, a tree is taken for a loop. */
const DEEPEST = 24;
/** Times of directories are this coarse at worst, in milliseconds: a second change may bear the time of the first. */
const COARSE_MS = 2_500;
/** The names are read again after this, whatever the times say, in milliseconds. */
const TRUSTED_MS = 30_000;

/** What may be a file of the pattern. The same object as long as the file is there: of ten thousand none is looked up. */
export interface Candidate {
  readonly path: string;
  readonly name: string;
  /** What the directory says of it; undefined for a path that is named in full, which may not be there at all. */
  listed: { readonly isLink: boolean } | undefined;
  /** As which file it was found; undefined when it was not. Up to whoever looks. */
  seen: Seen | undefined;
}

/**
 * What tells that a file has not changed. As doubles: most looks find just that, and numbers of 64 bits cost a sweep
 * over thousands of files as much again, and garbage for the collector. Inodes beyond 2^53 and times closer than a
 * quarter of a microsecond may look alike here; two files of one name and size do not differ by that alone.
 */
export interface Seen {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What a directory holds of a pattern. */
export interface Names {
  readonly files: readonly Candidate[];
  /** Directories below that the pattern leads through. */
  readonly directories: readonly string[];
  /** Small enough to be watched. */
  readonly watchable: boolean;
  /** They were read for this look: what is not among them is gone. */
  readonly fresh: boolean;
}

/** Of one entry of the configuration. */
export interface Candidates {
  /** The names in a directory that matter, `depth` below the base of the pattern. Throws when it cannot be read. */
  readonly in: (directory: string, depth: number, known: Known) => Names;
  /** Forgets all other directories. */
  readonly keep: (directories: ReadonlySet<string>) => void;
}

/** Files that have matched before, by name. */
type Known = ReadonlyMap<string, Candidate>;

/** Names as they were read last, and by what the directory tells that none has come or gone since. */
interface Reading {
  readonly names: Names;
  readonly stamps: Pick<Stats, "dev" | "ino" | "ctimeMs" | "mtimeMs">;
  /** When it was first seen with these, and when the names were read, in milliseconds of the monotonic clock. */
  readonly since: number;
  readonly at: number;
  /** Names came or went, and the directory did not tell: some file systems keep no times for directories. */
  readonly untold: boolean;
}

/**
 * Reading the names of a directory, and finding out which of them matter, is a third of what a look at it costs, and
 * most looks find the names that were there before: so it is done when the directory says that a name has come or gone.
 */
export const createCandidates = (pattern: PathPattern, excluded: (path: string) => boolean): Candidates => {
  const readings = new Map<string, Reading>();

  const read = (directory: string, depth: number, known: Known): Names => {
    const listed = readdirSync(directory, { withFileTypes: true });
    const files: Candidate[] = [];
    const directories: string[] = [];
    for (const one of listed) {
      // What has matched before matches again: most of reading them would go into finding that out.
      const matched = known.get(one.name);
      const path = matched?.path ?? (directory === "/" ? `/${one.name}` : `${directory}/${one.name}`);
      if (matched === undefined && one.isDirectory()) {
        if (depth < DEEPEST && pattern.descends(path)) directories.push(path);
      } else if (matched !== undefined) {
        matched.listed = kindOf(one);
        files.push(matched);
      } else if (pattern.matches(path) && !excluded(path))
        files.push({ path, name: one.name, listed: kindOf(one), seen: undefined });
    }
    return { files, directories, watchable: listed.length <= WATCHABLE_NAMES, fresh: true };
  };

  return {
    in: (directory, depth, known) => {
      if (pattern.literal) return onlyName(pattern.source, directory, known);
      const { dev, ino, ctimeMs, mtimeMs } = statSync(directory);
      const stamps = { dev, ino, ctimeMs, mtimeMs };
      const now = performance.now();
      const last = readings.get(directory);
      const same = last !== undefined && isSame(last.stamps, stamps);
      const told = same && last.at - last.since > COARSE_MS;
      if (told && !last.untold && now - last.at < TRUSTED_MS) return { ...last.names, fresh: false };
      readings.delete(directory);
      const names = read(directory, depth, known);
      const untold = last?.untold === true || (told && differ(last.names, names));
      readings.set(directory, { names, stamps, since: same ? last.since : now, at: now, untold });
      return names;
    },
    keep: (directories) => {
      for (const directory of readings.keys()) if (!directories.has(directory)) readings.delete(directory);
    },
  };
};

const LINK = { isLink: true } as const;
const NO_LINK = { isLink: false } as const;
const kindOf = (listed: Dirent): Candidate["listed"] => (listed.isSymbolicLink() ? LINK : NO_LINK);

const isSame = (a: Reading["stamps"], b: Reading["stamps"]): boolean =>
  a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.ino === b.ino && a.dev === b.dev;

const differ = (a: Names, b: Names): boolean => {
  const paths = new Set([...a.directories, ...a.files.map(({ path }) => path)]);
  const others = [...b.directories, ...b.files.map(({ path }) => path)];
  return others.length !== paths.size || others.some((path) => !paths.has(path));
};

/** Where the pattern is a path there is nothing to look for. */
const onlyName = (path: string, directory: string, known: Known): Names => {
  const name = basename(path);
  return {
    files: [known.get(name) ?? { path, name, listed: undefined, seen: undefined }],
    directories: [],
    watchable: isWatchable(directory),
    fresh: false,
  };
};

/** A hint costs a look at one file, but the watch itself looks at all names whenever one comes or goes. */
const isWatchable = (directory: string): boolean =>
  (statSync(directory, { throwIfNoEntry: false })?.size ?? 0) <= WATCHABLE_BYTES;
