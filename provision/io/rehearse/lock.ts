import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type Owner, ownerHere } from "./owner.ts";

/** How often is looked whether it is free, in milliseconds. */
const LOOK_MS = 100;

const holderOf = (path: string): Owner | undefined => {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
};

/** One that was made and never written bears no name: after this it was left, in milliseconds. */
const UNWRITTEN_MS = 5_000;

const isLeft = (path: string): boolean => {
  const holder = holderOf(path);
  if (holder !== undefined) return !isAlive(holder);
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > UNWRITTEN_MS;
};

/** False: somebody else holds it. */
const take = (path: string): boolean => {
  try {
    writeFileSync(path, JSON.stringify(ownerHere()), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
};

/** Removes one that was left. Only one process does so at a time, or it could remove what another has taken since. */
const removeLeft = (path: string): void => {
  const guard = `${path}.left`;
  if (!take(guard)) {
    if (isLeft(guard)) rmSync(guard, { force: true });
    return;
  }
  try {
    if (isLeft(path)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
};

/**
 * Does something that only one process may do at a time: others wait. The lock of a process that has ended counts
 * for nothing.
 */
export const oneAtATime = async <Result>(
  path: string,
  onWait: () => void,
  work: () => Promise<Result>,
): Promise<Result> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  let isTold = false;
  while (!take(path)) {
    if (isLeft(path)) removeLeft(path);
    else {
      if (!isTold) onWait();
      isTold = true;
    }
    await sleep(LOOK_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
};
