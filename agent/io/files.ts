import { close, constants, fstatSync, mkdirSync, open, read, statfsSync, statSync } from "node:fs";
import { link, realpath, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { FileId, Files, OpenFile, Sibling } from "../logs/ports.ts";
import { createDirectoryNames } from "./directory-names.ts";
import { isGzip, openGzip } from "./gzip-file.ts";

const openDescriptor = promisify(open);

/** Where second names of files go that are not on the file system of the state. */
const HELD = ".host-agent-held";

/** What comes between a name and what rotation adds to it: `worker-10.log` was not made of `worker-1.log`. */
const SEPARATORS = new Set(".-_");

/**
 * While numbers move up, a file can pass from a name that was not looked at yet to one that was. Two looks that show the
 * same are right; after so many that do not, the last one has to do.
 */
const MOST_LOOKS = 32;

/** Log files as the operating system has them: plain descriptors, explicit positions, no streams. */
export const systemFiles = (stateDirectory: string, namesIn = createDirectoryNames()): Files => ({
  open: async (path) => {
    // O_NONBLOCK: a FIFO that took the place of a file must not make us wait for a writer.
    const descriptor = await openDescriptor(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { dev, ino, birthtimeNs } = fstatSync(descriptor, { bigint: true });
    const file = openFile(descriptor, { dev, ino, bornAt: inMilliseconds(birthtimeNs) });
    return path.endsWith(".gz") && (await isGzip(file)) ? openGzip(file) : file;
  },

  realPath: (path) => realpath(path),

  siblings: async (path) => {
    const directory = dirname(path);
    const name = basename(path);
    // `access.log` becomes `access.log.1`, or `access-20261124.log` where rotation keeps the extension last.
    const stem = name.replace(/\.[A-Za-z]+$/, "");
    const look = async (): Promise<readonly Sibling[]> =>
      (await namesIn(directory, stem))
        .filter(
          (other) => other !== name && (other.startsWith(name) || SEPARATORS.has(other.charAt(stem.length))),
        )
        .map((other) => siblingAt(join(directory, other)))
        .filter((found) => found !== undefined);
    let found = await look();
    for (let looks = 1; looks < MOST_LOOKS; looks++) {
      const before = found;
      found = await look();
      if (isSameList(before, found)) break;
    }
    return found.toSorted((a, b) => b.modifiedAt - a.modifiedAt);
  },

  freeBytes: (path) => {
    try {
      const { bavail, bsize } = statfsSync(path);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  },

  hold: async (path, id) => {
    const held = heldName(path, id, stateDirectory);
    mkdirSync(dirname(held), { recursive: true, mode: 0o700 });
    await link(path, held).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    return held;
  },

  held: async (path, id) => {
    const names = [join(stateDirectory, "held"), join(dirname(path), HELD)].map((directory) =>
      heldIn(directory, id),
    );
    return names.find((name) => siblingAt(name)?.ino === id.ino);
  },

  release: (held) => unlink(held),
});

const heldIn = (directory: string, { dev, ino }: FileId): string => join(directory, `${dev}-${ino}`);

/** Hard links do not cross file systems: the state directory when it is on the same, else a directory beside the log. */
const heldName = (path: string, id: FileId, stateDirectory: string): string => {
  const same = statSync(stateDirectory, { bigint: true }).dev === id.dev;
  return heldIn(same ? join(stateDirectory, "held") : join(dirname(path), HELD), id);
};

/**
 * The number of a closed descriptor is given to the next file: so it is closed once, when nobody reads from it any more,
 * and what is asked afterwards is refused here.
 */
const openFile = (descriptor: number, id: FileId): OpenFile => {
  let reading = 0;
  let isOpen = true;
  const mustBeOpen = (): void => {
    if (!isOpen) throw new Error("the file was closed meanwhile");
  };
  return {
    id,
    read: (into, at, length, position) =>
      new Promise((resolve, reject) => {
        mustBeOpen();
        reading++;
        read(descriptor, into, at, length, position, (error, got) => {
          reading--;
          if (reading === 0 && !isOpen) close(descriptor);
          if (error) reject(error);
          else resolve(got);
        });
      }),
    size: () => {
      mustBeOpen();
      return fstatSync(descriptor).size;
    },
    modifiedAt: () => {
      mustBeOpen();
      return inMilliseconds(fstatSync(descriptor, { bigint: true }).mtimeNs);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      if (reading === 0) close(descriptor);
    },
  };
};

/** Files that are rotated one after the other differ by less than a millisecond. */
export const inMilliseconds = (nanoseconds: bigint): number => Number(nanoseconds) / 1e6;

const isSameList = (one: readonly Sibling[], other: readonly Sibling[]): boolean =>
  one.length === other.length &&
  one.every(({ path, dev, ino }, at) => {
    const there = other[at];
    return there !== undefined && there.path === path && there.ino === ino && there.dev === dev;
  });

/** The file under `path`, links followed; undefined when there is none or it is not a regular file. */
const siblingAt = (path: string): Sibling | undefined => {
  try {
    const found = statSync(path, { bigint: true });
    if (!found.isFile()) return undefined;
    const { dev, ino, size, mtimeNs, birthtimeNs } = found;
    const [modifiedAt, bornAt] = [inMilliseconds(mtimeNs), inMilliseconds(birthtimeNs)];
    return { path, dev, ino, size: Number(size), modifiedAt, bornAt };
  } catch {
    return undefined;
  }
};
