import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "its path is too long",
  ENXIO: "it is not a regular file",
};

const unreadable = (path: string, reason: string, cause?: unknown): AppError =>
  new AppError("CONFIG_UNREADABLE", `Cannot read the configuration ${printable(path)}: ${reason}.`, {
    cause,
  });

const regularFile = async (file: FileHandle, path: string): Promise<void> => {
  const stat = await file.stat();
  if (stat.isDirectory()) throw unreadable(path, "it is a directory");
  if (!stat.isFile()) throw unreadable(path, "it is not a regular file");
};

const upTo = async (file: FileHandle, most: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(most);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, most - length);
    length += bytesRead;
    if (bytesRead === 0 || length === most) return bytes.subarray(0, length);
  }
};

/**
 * The bytes of a configuration file. Of a file that is longer than `most` bytes one byte more comes back, so that
 * whoever checks it can tell.
 *
 * @throws AppError CONFIG_UNREADABLE with the reason: missing, a directory, no permission, a pipe or device
 */
export const readConfigFile = async (path: string, most: number): Promise<Uint8Array> => {
  if (path === "")
    throw new AppError("CONFIG_UNREADABLE", "Cannot read the configuration: no file is named.");
  let file: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a named pipe must not wait for somebody who writes into it.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    await regularFile(file, path);
    return await upTo(file, most + 1);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw unreadable(path, REASONS[code ?? ""] ?? message, error);
  } finally {
    await file?.close();
  }
};
