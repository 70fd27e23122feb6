import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { controlled, removeControlGroups } from "./cgroups.ts";
import { isAlive, type Owner, ownerHere } from "./owner.ts";

/** One rehearsal's directory: what its container writes, and who it belongs to. */
export interface Run {
  readonly id: string;
  readonly directory: string;
}

interface RunOwner extends Owner {
  /** Left to be looked at when it had ended. */
  readonly kept: boolean;
  readonly subject: string;
}

/** A run that lies there. */
export interface Found extends Run {
  readonly state: "running" | "kept" | "abandoned";
  readonly subject: string;
}

const OWNER = "owner.json";
const PREFIX = "hostwright-";

/** The control groups and the machine of a run bear this name. */
export const containerName = ({ id }: Pick<Run, "id">): string => `${PREFIX}${id}`;

const directoryOf = (state: string): string => join(state, "runs");

/** Makes the directory of a run that this process owns. */
export const beginRun = (state: string, subject: string): Run => {
  const id = randomBytes(4).toString("hex");
  const directory = join(directoryOf(state), id);
  mkdirSync(state, { recursive: true, mode: 0o755 });
  mkdirSync(directoryOf(state), { recursive: true, mode: 0o700 });
  mkdirSync(directory, { mode: 0o700 });
  writeOwner(directory, subject, false);
  return { id, directory };
};

const writeOwner = (directory: string, subject: string, kept: boolean): void => {
  const owner: RunOwner = { ...ownerHere(), kept, subject };
  const path = join(directory, OWNER);
  // Whole at every moment: others look at it to see whose this is.
  writeFileSync(`${path}.new`, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

/** It stays when this process ends, until somebody removes it. */
export const keepRun = ({ directory }: Run, subject: string): void => writeOwner(directory, subject, true);

const ownerOf = (directory: string): RunOwner | undefined => {
  try {
    return JSON.parse(readFileSync(join(directory, OWNER), "utf8")) as RunOwner;
  } catch {
    return undefined;
  }
};

/** A directory of which nobody says whose it is has just been made, or was left: after this, in milliseconds. */
const UNWRITTEN_MS = 5_000;

const isNew = (directory: string): boolean => {
  const found = statSync(directory, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs < UNWRITTEN_MS;
};

const stateOf = (directory: string, owner: RunOwner | undefined): Found["state"] => {
  if (owner === undefined) return isNew(directory) ? "running" : "abandoned";
  if (isAlive(owner)) return "running";
  return owner.kept ? "kept" : "abandoned";
};

/** All runs that lie there. */
export const listRuns = (state: string): readonly Found[] => {
  let ids: readonly string[];
  try {
    ids = readdirSync(directoryOf(state)).filter((name) => /^[0-9a-f]{8}$/.test(name));
  } catch {
    return [];
  }
  return ids.map((id) => {
    const directory = join(directoryOf(state), id);
    const owner = ownerOf(directory);
    return { id, directory, state: stateOf(directory, owner), subject: owner?.subject ?? "" };
  });
};

/** Processes that were killed are gone after this many looks, 20 ms apart. */
const LOOKS = 100;

/** Ends what still runs of it, and removes its control groups and its directory. Its mounts end with its processes. */
export const removeRun = async (run: Run): Promise<void> => {
  const name = containerName(run);
  for (let look = 0; look < LOOKS; look++) {
    const pids = controlled(name);
    if (pids.length === 0) break;
    for (const pid of pids)
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Ended by itself.
      }
    await sleep(20);
  }
  removeControlGroups(name);
  rmSync(run.directory, { recursive: true, force: true });
};
