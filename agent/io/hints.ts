import { dirname } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { Hints } from "../logs/ports.ts";

/** Writes in a directory are told about this often, in milliseconds: a busy file says the same a thousand times. */
const WRITES_MS = 500;
/** So many writes in that time, and the directory is not listened to for a while, but looked at regularly. */
const MANY = 25;
/** So many files that come, go or get another name in that time, in all directories together: the same. */
const MANY_RENAMES = 40;
/** How often, and for how long at least and at most, in milliseconds. */
const BUSY_LOOK_MS = 1_000;
const BUSY_LEAST_MS = 60_000;
const BUSY_MOST_MS = 960_000;

/** What is known of a directory in which something was written a moment ago. */
interface Rest {
  writes: number;
  /** When it is listened to again, in milliseconds of the monotonic clock; undefined: it is. */
  busyUntil: number | undefined;
  /** For how long it was not listened to last, in milliseconds. */
  busyMs: number;
  timer: NodeJS.Timeout;
}

/**
 * Watches directories, never files, and says which one something happened in. Only a hint: whatever it misses, the
 * next sweep finds.
 */
export const createHints = (onHint: (directory: string) => void): Hints => {
  let watched: ReadonlySet<string> = new Set();
  /** One for each directory: in a common one, each that is not listened to for a while makes all others slower. */
  const watchers = new Map<string, FSWatcher>();
  const resting = new Map<string, Rest>();
  let renames = { count: 0, until: 0 };

  /** The first write is told at once, those that follow together. */
  const noteWrite = (directory: string): void => {
    const rest = resting.get(directory);
    if (rest !== undefined) {
      rest.writes++;
      return;
    }
    const timer = setTimeout(() => endRest(directory), WRITES_MS);
    resting.set(directory, { writes: 0, busyUntil: undefined, busyMs: 0, timer });
    onHint(directory);
  };

  /** Told at once, unless that happens all the time: the watcher goes through the whole directory each time. */
  const noteRename = (directory: string): void => {
    if (resting.get(directory)?.busyUntil !== undefined) return;
    if (performance.now() > renames.until) renames = { count: 0, until: performance.now() + WRITES_MS };
    renames.count++;
    if (renames.count <= MANY_RENAMES) onHint(directory);
    else beBusy(directory, performance.now());
  };

  /** Whoever is as busy when it is listened to again is left alone for twice as long. */
  const beBusy = (directory: string, now: number): void => {
    const before = resting.get(directory);
    clearTimeout(before?.timer);
    stopListening(directory);
    const busyMs = Math.min(BUSY_MOST_MS, Math.max(BUSY_LEAST_MS, 2 * (before?.busyMs ?? 0)));
    const timer = setTimeout(() => endRest(directory), BUSY_LOOK_MS);
    resting.set(directory, { writes: 0, busyUntil: now + busyMs, busyMs, timer });
  };

  const endRest = (directory: string): void => {
    const rest = resting.get(directory);
    if (rest === undefined) return;
    const now = performance.now();
    // Each event takes the watcher a tenth of a millisecond: for a file that is written to all the time, too much.
    if (rest.writes >= MANY) {
      beBusy(directory, now);
      onHint(directory);
      return;
    }
    if (rest.busyUntil === undefined) {
      resting.delete(directory);
      if (rest.writes > 0) noteWrite(directory);
      return;
    }
    const isBusy = now < rest.busyUntil;
    rest.timer = setTimeout(() => endRest(directory), isBusy ? BUSY_LOOK_MS : WRITES_MS);
    if (!isBusy) {
      rest.busyUntil = undefined;
      listen(directory);
    }
    onHint(directory);
  };

  const forget = (directory: string): void => {
    clearTimeout(resting.get(directory)?.timer);
    resting.delete(directory);
    stopListening(directory);
  };

  const listen = (directory: string): void => {
    const made = watch(directory, {
      depth: 0,
      ignoreInitial: true,
      // Files are passed over: the directory tells about them, and to look at each again would cost more than the sweep.
      ignored: (path) => path !== directory,
    });
    made.on("raw", (event, path, details) => {
      const { watchedPath } = details as { readonly watchedPath?: string };
      if ((watchedPath ?? (path === null ? undefined : dirname(path))) !== directory) return;
      // Files that come, go or get another name are looked at while they can still be found.
      if (event === "rename") noteRename(directory);
      else noteWrite(directory);
    });
    // Out of watches, or a directory that went away: the sweep does without.
    made.on("error", () => undefined);
    watchers.set(directory, made);
  };

  const stopListening = (directory: string): void => {
    void watchers.get(directory)?.close();
    watchers.delete(directory);
  };

  return {
    watch: (directories) => {
      const wanted = new Set(directories);
      const added = [...wanted].filter((directory) => !watched.has(directory));
      const removed = [...watched].filter((directory) => !wanted.has(directory));
      watched = wanted;
      for (const directory of removed) forget(directory);
      for (const directory of added) listen(directory);
    },
    close: async () => {
      for (const directory of [...resting.keys()]) forget(directory);
      const all = [...watchers.values()];
      watchers.clear();
      await Promise.all(all.map((watcher) => watcher.close()));
    },
  };
};
