import { type BigIntStats, type Dirent, readdirSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import picomatch from "picomatch";
import { type PathPattern, pathPattern } from "../logs/path-pattern.ts";
import type { Listing, Sweep, Watched } from "../logs/ports.ts";

/** Larger directories are not watched: a hint there costs a look at every name in it. */
const WATCHABLE_NAMES = 256;
/** A directory that does not answer for this long, in milliseconds, is left for the next sweep. */
const PROBE_MS = 1_000;
/** Deeper than this, a tree is taken for a loop. */
const DEEPEST = 24;

interface Entry {
  readonly index: number;
  readonly pattern: PathPattern;
  readonly excluded: (path: string) => boolean;
  /** What the previous sweep has found, by path. */
  readonly seen: Map<string, Seen>;
}

interface Seen {
  dev: bigint;
  ino: bigint;
  size: number;
  modifiedAt: number;
}

type Found = Sweep["changed"][number];
type Gone = Sweep["gone"][number];
type TroubleNote = Sweep["troubles"][number];

/** What one sweep collects. */
interface Round {
  readonly changed: Found[];
  readonly gone: Gone[];
  readonly troubles: TroubleNote[];
  readonly present: Set<string>;
  readonly unobservable: string[];
}

/**
 * Looks at the directories that the patterns name. The sweep is what the agent believes, so it asks the file
 * system each time; what it saves is the work on files that have not changed.
 */
export const createListing = (watched: readonly Watched[]): Listing => {
  const entries = watched.map(
    ({ pattern, exclude }, index): Entry => ({
      index,
      pattern: pathPattern(pattern),
      excluded: excluder(exclude, pattern),
      seen: new Map(),
    }),
  );
  const small = new Set<string>();

  const sweepEntry = async (entry: Entry, only: ReadonlySet<string> | undefined): Promise<Round> => {
    const round: Round = { changed: [], gone: [], troubles: [], present: new Set(), unobservable: [] };
    const { base } = entry.pattern;
    if (only !== undefined && ![...only].some((directory) => within(directory, base))) return round;
    const answer = await probe(base);
    if (answer === "missing") forgetAll(entry, round);
    else if (answer !== "there") {
      round.troubles.push({ path: base, message: answer });
    } else {
      for (const directory of small) if (within(directory, base)) small.delete(directory);
      walk(entry, base, 0, round, small);
      forgetMissing(entry, round);
    }
    return round;
  };

  return {
    sweep: async (only) => {
      const rounds = await Promise.all(entries.map((entry) => sweepEntry(entry, only)));
      return {
        changed: rounds.flatMap(({ changed }) => changed),
        gone: rounds.flatMap(({ gone }) => gone),
        troubles: rounds.flatMap(({ troubles }) => troubles),
      };
    },
    matches: (entry, path) => {
      const { pattern, excluded } = entries[entry] ?? {};
      return pattern?.matches(path) === true && excluded?.(path) === false;
    },
    directories: () => [...small],
  };
};

const COMPRESSED = /\.(gz|zst|bz2|xz|zip|tar|rar)$/;

/** A pattern without a slash speaks of the name, else of the path. Compressed files only when asked for by name. */
const excluder = (exclude: readonly string[], pattern: string): ((path: string) => boolean) => {
  const byName = exclude.filter((glob) => !glob.includes("/")).map((glob) => picomatch(glob, { dot: true }));
  const byPath = exclude.filter((glob) => glob.includes("/")).map((glob) => picomatch(glob, { dot: true }));
  const wanted = COMPRESSED.test(pattern);
  return (path) => {
    const name = basename(path);
    if (!wanted && COMPRESSED.test(name)) return true;
    return byName.some((matches) => matches(name)) || byPath.some((matches) => matches(path));
  };
};

/**
 * A file system that hangs must not stop the agent: the first look at a directory goes through the thread pool,
 * and only one that answers is read in place, which is five times as cheap.
 */
const probe = async (directory: string): Promise<string> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`the file system has not answered for ${PROBE_MS} ms`), PROBE_MS);
  });
  const look = stat(directory).then(
    () => "there",
    (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? "missing" : error.message),
  );
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(timer);
  }
};

const walk = (entry: Entry, directory: string, depth: number, round: Round, small: Set<string>): void => {
  if (entry.pattern.literal) {
    lookAt(entry, entry.pattern.source, round, false);
    return;
  }
  let names: Dirent[];
  try {
    names = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    round.unobservable.push(directory);
    round.troubles.push({ path: directory, message: reason(error) });
    return;
  }
  if (names.length <= WATCHABLE_NAMES) small.add(directory);
  for (const name of names) {
    const path = join(directory, name.name);
    if (name.isDirectory()) {
      if (depth < DEEPEST && entry.pattern.descends(path)) walk(entry, path, depth + 1, round, small);
    } else if (entry.pattern.matches(path) && !entry.excluded(path)) lookAt(entry, path, round, true);
  }
};

const lookAt = (entry: Entry, path: string, round: Round, listed: boolean): void => {
  let found: BigIntStats | undefined;
  try {
    found = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    // EACCES, ELOOP, EIO: it may well be there. What we know of it stays.
    round.unobservable.push(path);
    round.troubles.push({ path, message: reason(error) });
    return;
  }
  if (found === undefined) {
    if (listed) round.troubles.push({ path, message: "the link points to nothing" });
    return;
  }
  if (!found.isFile()) {
    if (!found.isDirectory() || !listed)
      round.troubles.push({ path, message: `not a regular file: ${kindOf(found)}` });
    return;
  }
  round.present.add(path);
  const { dev, ino } = found;
  const size = Number(found.size);
  const modifiedAt = Number(found.mtimeMs);
  const seen = entry.seen.get(path);
  // The time too: a file that was truncated and written to its old size again is another one.
  if (seen?.ino === ino && seen.dev === dev && seen.size === size && seen.modifiedAt === modifiedAt) return;
  if (seen === undefined) entry.seen.set(path, { dev, ino, size, modifiedAt });
  else Object.assign(seen, { dev, ino, size, modifiedAt });
  round.changed.push({ entry: entry.index, path, dev, ino, size, modifiedAt });
};

const forgetMissing = (entry: Entry, round: Round): void => {
  for (const path of entry.seen.keys()) {
    if (round.present.has(path) || round.unobservable.some((hidden) => within(path, hidden))) continue;
    entry.seen.delete(path);
    round.gone.push({ entry: entry.index, path });
  }
};

const forgetAll = (entry: Entry, round: Round): void => {
  for (const path of entry.seen.keys()) round.gone.push({ entry: entry.index, path });
  entry.seen.clear();
};

const within = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);

const kindOf = (found: BigIntStats): string => {
  if (found.isDirectory()) return "a directory";
  if (found.isFIFO()) return "a FIFO";
  if (found.isSocket()) return "a socket";
  return "a device";
};

const reason = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES") return "permission denied";
  if (code === "ELOOP") return "the links go in a circle";
  return message;
};
