import { close, constants, fstatSync, open, read, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { FileId, Files, FoundFile, OpenFile } from "../logs/ports.ts";

const openDescriptor = promisify(open);

/** Log files as the operating system has them: plain descriptors, explicit positions, no streams. */
export const systemFiles: Files = {
  open: async (path) => {
    // O_NONBLOCK: a FIFO that took the place of a file must not make us wait for a writer.
    const descriptor = await openDescriptor(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return openFile(descriptor, { dev, ino });
  },

  siblings: async (path) => {
    const directory = dirname(path);
    const name = basename(path);
    const names = await readdir(directory).catch((): string[] => []);
    return names
      .filter((other) => other.startsWith(name) && other !== name)
      .map((other) => regularFile(join(directory, other)))
      .filter((found) => found !== undefined);
  },
};

const openFile = (descriptor: number, id: FileId): OpenFile => ({
  id,
  read: (into, at, length, position) =>
    new Promise((resolve, reject) => {
      read(descriptor, into, at, length, position, (error, got) => (error ? reject(error) : resolve(got)));
    }),
  size: () => fstatSync(descriptor).size,
  close: () => close(descriptor),
});

/** The file under `path`, links followed; undefined when there is none or it is not a regular file. */
export const regularFile = (path: string): FoundFile | undefined => {
  try {
    const found = statSync(path, { bigint: true });
    return found.isFile() ? { path, dev: found.dev, ino: found.ino, size: Number(found.size) } : undefined;
  } catch {
    return undefined;
  }
};
