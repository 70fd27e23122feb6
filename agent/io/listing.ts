import { type BigIntStats, lstatSync, type Stats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import picomatch from "picomatch";
import { type PathPattern, pathPattern } from "../logs/path-pattern.ts";
import type { Listing, Sweep, Watched } from "../logs/ports.ts";
import { type Candidate, type Candidates, createCandidates, type Names, type Seen } from "./candidates.ts";
import { inMilliseconds } from "./files.ts";

/** A directory that does not answer for this long, in milliseconds, is left for the next sweep. */
const PROBE_MS = 1_000;
interface Entry {
  readonly index: number;
  readonly pattern: PathPattern;
  readonly excluded: (path: string) => boolean;
  /** What the last looks have found, by directory and name. */
  readonly seen: Map<string, Map<string, Candidate>>;
  readonly candidates: Candidates;
  /** The directories that the pattern leads through, and those of them that are small enough to be watched. */
  readonly known: Set<string>;
  readonly small: Set<string>;
}

type Found = Sweep["changed"][number];
type Gone = Sweep["gone"][number];
type TroubleNote = Sweep["troubles"][number];

/** What one sweep collects. */
interface Round {
  readonly changed: Found[];
  readonly gone: Gone[];
  readonly troubles: TroubleNote[];
  /** Directories and files that may be there, only that nobody could look. */
  readonly unobservable: Set<string>;
}

/**
 * Looks at the directories that the patterns name. The sweep is what the agent believes, so it asks the file
 * system each time; what it saves is the work on files that have not changed.
 */
export const createListing = (watched: readonly Watched[]): Listing => {
  const entries = watched.map(({ pattern: source, exclude }, index): Entry => {
    const pattern = pathPattern(source);
    const excluded = excluder(exclude, source);
    return {
      index,
      pattern,
      excluded,
      candidates: createCandidates(pattern, excluded),
      seen: new Map(),
      known: new Set(),
      small: new Set(),
    };
  });
  const sweepEntry = async (entry: Entry, only: ReadonlySet<string> | undefined): Promise<Round> => {
    const round: Round = {
      changed: [],
      gone: [],
      troubles: [],
      unobservable: new Set(),
    };
    if (only !== undefined) {
      const hinted = [...only].filter((directory) => entry.known.has(directory));
      await Promise.all(hinted.map((directory) => lookAgain(entry, directory, round)));
      return round;
    }
    const { base } = entry.pattern;
    const answer = await probe(base);
    if (answer === "missing") forgetAll(entry, round);
    else if (answer !== "there") {
      round.troubles.push({ path: base, message: answer });
    } else {
      entry.known.clear();
      entry.small.clear();
      walk(entry, base, 0, round);
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
    directories: () => [...new Set(entries.flatMap(({ small }) => [...small]))],
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
    (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? "missing" : reason(error)),
  );
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** One directory that a hint speaks of, and those that are new in it: what else lies below has hints of its own. */
const lookAgain = async (entry: Entry, directory: string, round: Round): Promise<void> => {
  // Whatever is wrong with it, the next sweep says so.
  if ((await probe(directory)) !== "there") return;
  const depth = directory.split("/").length - entry.pattern.base.split("/").length;
  walk(entry, directory, depth, round);
};

const walk = (entry: Entry, directory: string, depth: number, round: Round): void => {
  const files = entry.seen.get(directory) ?? new Map<string, Candidate>();
  let names: Names;
  try {
    names = entry.candidates.in(directory, depth, files);
  } catch (error) {
    round.unobservable.add(directory);
    round.troubles.push({ path: directory, message: reason(error) });
    return;
  }
  if (names.watchable) entry.small.add(directory);
  for (const path of names.directories) if (!entry.known.has(path)) walk(entry, path, depth + 1, round);
  entry.known.add(directory);
  const lose = (candidate: Candidate): void => {
    const { name, path, seen } = candidate;
    if (seen === undefined || round.unobservable.has(path)) return;
    candidate.seen = undefined;
    files.delete(name);
    round.gone.push({ entry: entry.index, path });
  };
  for (const candidate of names.files) {
    const found = lookAt(candidate, round);
    if (found === "gone") lose(candidate);
    else if (found !== "as before") {
      files.set(candidate.name, candidate);
      round.changed.push({ entry: entry.index, path: candidate.path, ...found });
    }
  }
  if (names.fresh) {
    const there = new Set(names.files);
    for (const candidate of files.values()) if (!there.has(candidate)) lose(candidate);
  }
  if (files.size > 0) entry.seen.set(directory, files);
  else entry.seen.delete(directory);
};

/** Looks at one file: most are as they were, and that must cost nothing but asking. */
const lookAt = (candidate: Candidate, round: Round): "as before" | "gone" | Omit<Found, "entry" | "path"> => {
  const { path, seen } = candidate;
  let found: Stats | undefined;
  let exact: BigIntStats | undefined;
  let message: string | undefined;
  try {
    found = statSync(path, LOOK);
    if (found === undefined) message = absence(candidate);
    else if (seen !== undefined && isAsSeen(seen, found)) return "as before";
    else if (found.isFile()) exact = statSync(path, EXACTLY);
    else message = misfit(candidate, found);
  } catch (error) {
    // EACCES, ELOOP, EIO: it may well be there. What we know of it stays.
    round.unobservable.add(path);
    message = reason(error);
  }
  if (message !== undefined) round.troubles.push({ path, message });
  // It went, or became something else, between the two looks: the next sweep sees what is there then.
  if (found === undefined || exact === undefined || !exact.isFile()) return "gone";
  const { dev, ino, mtimeNs, birthtimeNs } = exact;
  const size = Number(exact.size);
  candidate.seen = { dev: Number(dev), ino: Number(ino), size, mtimeMs: found.mtimeMs };
  return { dev, ino, size, modifiedAt: inMilliseconds(mtimeNs), bornAt: inMilliseconds(birthtimeNs) };
};

const LOOK = { throwIfNoEntry: false } as const;
const EXACTLY = { bigint: true, throwIfNoEntry: false } as const;

/** The time too: a file that was truncated and written to its old size again is another one. */
const isAsSeen = (seen: Seen, found: Stats): boolean =>
  seen.ino === found.ino &&
  seen.mtimeMs === found.mtimeMs &&
  seen.size === found.size &&
  seen.dev === found.dev;

/** Why there is no file under a path, unless that is all there is to say: most logs come later, and go some time. */
const absence = ({ path, listed }: Candidate): string | undefined => {
  const isLink = listed?.isLink ?? lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  if (isLink === true) return "the link points to nothing";
  // What a directory lists and nobody finds was either there a moment ago, or bears a name that was altered on its way.
  return path.includes("\ufffd") ? "the name is not valid UTF-8" : undefined;
};

/** A directory that a wildcard has met is none that anybody meant. */
const misfit = ({ listed }: Candidate, found: Stats): string | undefined =>
  found.isDirectory() && listed !== undefined ? undefined : `not a regular file: ${kindOf(found)}`;

/** Directories that a whole sweep has not met are not there any more, unless they hide in one that it could not read. */
const forgetMissing = (entry: Entry, { unobservable, gone }: Round): void => {
  for (const [directory, files] of entry.seen) {
    if (entry.known.has(directory) || [...unobservable].some((hidden) => within(directory, hidden))) continue;
    entry.seen.delete(directory);
    for (const { path } of files.values()) gone.push({ entry: entry.index, path });
  }
  entry.candidates.keep(entry.known);
};

const forgetAll = (entry: Entry, { gone }: Round): void => {
  for (const files of entry.seen.values())
    for (const { path } of files.values()) gone.push({ entry: entry.index, path });
  entry.seen.clear();
  entry.known.clear();
  entry.candidates.keep(entry.known);
  entry.small.clear();
};

const within = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);

const kindOf = (found: Stats): string => {
  if (found.isDirectory()) return "a directory";
  if (found.isFIFO()) return "a FIFO";
  if (found.isSocket()) return "a socket";
  return "a device";
};

const reason = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES") return "permission denied";
  if (code === "ELOOP") return "the links go in a circle";
  if (code === "ENOTDIR") return "not a directory";
  return message;
};
