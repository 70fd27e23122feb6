import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";

/** Directories that are remembered at once: those of one log and of where its files are moved to. */
const MOST_DIRECTORIES = 4;
/** Names are forgotten after this, in milliseconds: they take more memory than they are worth. */
const FORGET_MS = 2_000;
/** Kernels count time in steps: a change that follows one this closely may bear the same time, in milliseconds. */
const STEP_MS = 50;

interface Known {
  readonly names: readonly string[];
  readonly changedAt: bigint;
  readonly timer: NodeJS.Timeout;
}

interface Reading {
  readonly names: Promise<readonly string[]>;
  next: Promise<readonly string[]> | undefined;
}

/**
 * Gives the names in a directory that begin with a prefix. Thousands of files of one directory may be asked for one
 * after the other: it is read again only when it has changed. Of one that cannot be read there are none.
 */
export const createDirectoryNames = (): ((
  directory: string,
  prefix: string,
) => Promise<readonly string[]>) => {
  const known = new Map<string, Known>();
  const underWay = new Map<string, Reading>();

  const forget = (directory: string): void => {
    clearTimeout(known.get(directory)?.timer);
    known.delete(directory);
  };

  const begin = (directory: string): Reading => {
    const names = readdir(directory).then(
      (read) => read.sort(),
      (): string[] => [],
    );
    const reading: Reading = { names, next: undefined };
    underWay.set(directory, reading);
    void names.then(() => {
      if (reading.next === undefined) underWay.delete(directory);
    });
    return reading;
  };

  /** Whoever asks while a directory is read waits for the next reading, which is one for all of them. */
  const read = (directory: string): Promise<readonly string[]> => {
    const reading = underWay.get(directory);
    if (reading === undefined) return begin(directory).names;
    reading.next ??= reading.names.then(() => begin(directory).names);
    return reading.next;
  };

  const namesIn = async (directory: string): Promise<readonly string[]> => {
    const changedAt = timeOf(directory);
    const there = known.get(directory);
    if (there !== undefined && there.changedAt === changedAt) return there.names;
    forget(directory);
    const names = await read(directory);
    const isSettled = changedAt !== undefined && Date.now() - Number(changedAt / 1_000_000n) > STEP_MS;
    if (!isSettled) return names;
    forget(directory);
    const [oldest] = known.keys();
    if (known.size >= MOST_DIRECTORIES && oldest !== undefined) forget(oldest);
    known.set(directory, { names, changedAt, timer: setTimeout(() => forget(directory), FORGET_MS).unref() });
    return names;
  };

  return async (directory, prefix) => {
    const names = await namesIn(directory);
    const from = firstAt(names, prefix);
    let to = from;
    while (names[to]?.startsWith(prefix)) to++;
    return names.slice(from, to);
  };
};

/** When a directory last changed, in nanoseconds; undefined where nobody can look. */
const timeOf = (directory: string): bigint | undefined => {
  try {
    return statSync(directory, { bigint: true }).mtimeNs;
  } catch {
    return undefined;
  }
};

/** Where the first name is that is not before `prefix`. */
const firstAt = (names: readonly string[], prefix: string): number => {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? "") < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
};
