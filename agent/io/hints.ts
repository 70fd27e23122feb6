import { dirname } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { Hints } from "../logs/ports.ts";

/** Writes in a directory are told about this often, in milliseconds: a busy file says the same a thousand times. */
const WRITES_MS = 500;

/**
 * Watches directories, never files, and says which one something happened in. Only a hint: whatever it misses, the
 * next sweep finds.
 */
export const createHints = (onHint: (directory: string) => void): Hints => {
  let watcher: FSWatcher | undefined;
  let watched: ReadonlySet<string> = new Set();
  /** Directories that were told about a moment ago; true: something was written there since. */
  const resting = new Map<string, { again: boolean; readonly timer: NodeJS.Timeout }>();

  const tell = (directory: string): void => {
    const timer = setTimeout(() => {
      const again = resting.get(directory)?.again === true;
      resting.delete(directory);
      if (again) tell(directory);
    }, WRITES_MS);
    resting.set(directory, { again: false, timer });
    onHint(directory);
  };

  const begin = (): FSWatcher => {
    const made = watch([], {
      depth: 0,
      ignoreInitial: true,
      // Files are passed over: the directory tells about them, and to look at each again would cost more than the sweep.
      ignored: (path) => !watched.has(path),
    });
    made.on("raw", (event, path, details) => {
      const { watchedPath } = details as { readonly watchedPath?: string };
      const directory = watchedPath ?? (path === null ? undefined : dirname(path));
      if (directory === undefined || !watched.has(directory)) return;
      const rest = resting.get(directory);
      // Files that come, go or get another name are looked at while they can still be found.
      if (event === "rename") onHint(directory);
      else if (rest === undefined) tell(directory);
      else rest.again = true;
    });
    // Out of watches, or a directory that went away: the sweep does without.
    made.on("error", () => undefined);
    return made;
  };

  return {
    watch: (directories) => {
      const wanted = new Set(directories);
      const added = [...wanted].filter((directory) => !watched.has(directory));
      const removed = [...watched].filter((directory) => !wanted.has(directory));
      watched = wanted;
      if (added.length === 0 && removed.length === 0) return;
      watcher ??= begin();
      if (removed.length > 0) watcher.unwatch(removed);
      if (added.length > 0) watcher.add(added);
    },
    close: async () => {
      for (const { timer } of resting.values()) clearTimeout(timer);
      resting.clear();
      await watcher?.close();
      watcher = undefined;
    },
  };
};
