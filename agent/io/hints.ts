import { dirname, join } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import type { Hints } from "../logs/ports.ts";

/**
 * Watches directories, never files, and says which one something happened in. Only a hint: whatever it misses, the
 * next sweep finds.
 */
export const createHints = (onHint: (directory: string) => void): Hints => {
  let watcher: FSWatcher | undefined;
  let watched = new Set<string>();

  const begin = (): FSWatcher => {
    const made = watch([], {
      depth: 0,
      ignoreInitial: true,
      // Files are passed over: the directory tells about them, and a watch each would cost more than they do.
      ignored: (_, stats) => stats !== undefined && !stats.isDirectory(),
    });
    made.on("raw", (_, path, details) => {
      const directory = (details as { readonly watchedPath?: string }).watchedPath;
      if (directory !== undefined && watched.has(directory)) onHint(directory);
      else if (typeof path === "string" && watched.has(dirname(path))) onHint(dirname(join(path)));
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
      await watcher?.close();
      watcher = undefined;
    },
  };
};
