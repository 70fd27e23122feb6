import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is not a directory",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "its symbolic links lead in a circle",
};

/** Larger than all that can be user data, however it is encoded. In bytes. */
export const INPUT_BYTES = 1_048_576;

const failure = (what: string, path: string, error: unknown): AppError => {
  if (error instanceof AppError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new AppError(
    "INPUT_UNREADABLE",
    `Cannot ${what} ${printable(path)}: ${REASONS[code ?? ""] ?? message}.`,
    {
      cause: error,
    },
  );
};

/**
 * The bytes of a file.
 *
 * @param most more of them are refused
 * @throws AppError INPUT_UNREADABLE with the reason: missing, no regular file, too large
 */
export const readInput = async (path: string, most = INPUT_BYTES): Promise<Uint8Array> => {
  try {
    const found = await stat(path);
    if (found.isDirectory())
      throw new AppError("INPUT_UNREADABLE", `Cannot read ${printable(path)}: it is a directory.`);
    if (!found.isFile())
      throw new AppError("INPUT_UNREADABLE", `Cannot read ${printable(path)}: it is no regular file.`);
    if (found.size > most)
      throw new AppError(
        "INPUT_UNREADABLE",
        `Cannot read ${printable(path)}: ${found.size} bytes are more than ${most === INPUT_BYTES ? "user data can be" : most}.`,
      );
    return await readFile(path);
  } catch (error) {
    throw failure("read", path, error);
  }
};

/** A file below a directory. */
export interface TreeFile {
  /** As seen from the directory. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** More files than that are no sources. */
const TREE_FILES = 10_000;

/**
 * All files below a directory, sorted by name; `.git` is left out, wherever it is.
 *
 * @param most all of them together may have so many bytes
 * @throws AppError INPUT_UNREADABLE with the reason: no directory, too many, too large, something that is no file
 */
export const readTree = async (path: string, most: number): Promise<readonly TreeFile[]> => {
  const refuse = (what: string): AppError =>
    new AppError("INPUT_UNREADABLE", `Cannot read ${printable(path)}: ${what}.`);
  const names: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(path, folder), { withFileTypes: true })) {
      const name = join(folder, entry.name);
      if (entry.name === ".git") continue;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile()) names.push(name);
      else throw refuse(`${printable(name)} is neither a file nor a directory`);
      if (names.length > TREE_FILES) throw refuse(`more than ${TREE_FILES} files are in it`);
    }
  };
  try {
    await walk("");
    const files: TreeFile[] = [];
    let left = most;
    for (const name of names.sort()) {
      const { mode } = await stat(join(path, name));
      const bytes = await readInput(join(path, name), left);
      left -= bytes.length;
      files.push({ name, bytes, executable: (mode & 0o100) !== 0 });
    }
    return files;
  } catch (error) {
    throw failure("read", path, error);
  }
};

/** Replaces a file as a whole: a reader sees the old one or the new one. Keeps its permissions. */
export const replaceFile = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.provision-new`;
  try {
    const { mode } = await stat(path);
    await writeFile(draft, text, { mode: mode & 0o7777 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw failure("write", path, error);
  }
};

/** Writes a file, or replaces it as a whole, that only its owner may read. */
export const writePrivate = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.provision-new`;
  try {
    await rm(draft, { force: true });
    await writeFile(draft, text, { mode: 0o600, flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw failure("write", path, error);
  }
};

/**
 * Writes files that are not there yet, or none of them: what somebody has written is never replaced.
 *
 * @returns their paths
 * @throws AppError INPUT_UNREADABLE when one is there, or the directory cannot be written
 */
export const writeNewFiles = async (
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> => {
  const paths = Object.keys(files).map((name) => join(directory, name));
  for (const path of paths)
    if (await exists(path))
      throw new AppError("INPUT_UNREADABLE", `Cannot write ${printable(path)}: it is there already.`);
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      const mode = text.startsWith("#!") ? 0o755 : 0o644;
      await writeFile(join(directory, name), text, { flag: "wx", mode });
    }
    return paths;
  } catch (error) {
    throw failure("write", directory, error);
  }
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Whether a path leads to something. */
export const isThere = (path: string): boolean => existsSync(path);
