import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../base/errors.ts";
import type { Checkpoint, Checkpoints, Report } from "../logs/ports.ts";
import { readBackup, writeBackup } from "./checkpoint-backup.ts";
import { checkpointRows, keyOf, SCHEMA, STATE_VERSION } from "./checkpoint-rows.ts";

/** Commits are written together, at most this long after they were made, in milliseconds. */
const GROUP_MS = 100;
/** After a write that failed the next one is tried this much later, in milliseconds. */
const RETRY_MS = 1_000;
/** The copy is renewed this often, in milliseconds: what is shipped in between is shipped twice if it is needed. */
const BACKUP_MS = 5_000;
/** With many files it is made less often, so that it takes at most this part of the time. */
const BACKUP_SHARE = 1 / 1_000;
/** Finished files are remembered for this long, in milliseconds: they may come back from an archive. */
const REMEMBER_MS = 7 * 24 * 3_600_000;

/**
 * Opens the checkpoints in a directory that only its owner may enter. The database stays locked while it is open,
 * so that no second agent ships the same files. One that is damaged is kept aside, reported, and replaced by the last
 * copy.
 *
 * @throws AppError STATE_LOCKED, STATE_UNUSABLE
 */
export const openCheckpoints = (
  directory: string,
  now: () => number,
  report: (report: Report) => void,
): Checkpoints => {
  const database = open(directory, now, report);
  const rows = checkpointRows(database);
  const waiting = new Map<string, Checkpoint>();
  let timer: NodeJS.Timeout | undefined;
  let backupDue = now();

  /** A full or read-only disk: what was shipped is not yet remembered. Shipping goes on, and so do the tries. */
  const safely = (write: () => void): boolean => {
    try {
      write();
      return true;
    } catch (error) {
      report({
        level: "error",
        event: "checkpoints.unwritable",
        detail: { message: (error as Error).message },
      });
      return false;
    }
  };

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size > 0 && safely(() => rows.write(waiting.values()))) waiting.clear();
    if (waiting.size > 0) timer = setTimeout(flush, RETRY_MS);
    if (now() >= backupDue) backup();
  };

  const backup = (): void => {
    const began = now();
    safely(() => writeBackup(directory, rows.each()));
    backupDue = now() + Math.max(BACKUP_MS, (now() - began) / BACKUP_SHARE);
  };

  safely(() => rows.forgetBefore(now() - REMEMBER_MS));
  return {
    load: rows.all,
    commit: (checkpoint) => {
      waiting.set(keyOf(checkpoint), checkpoint);
      timer ??= setTimeout(flush, GROUP_MS);
    },
    intend: (intent) => void safely(() => rows.intend(intent)),
    intents: rows.intents,
    firstMet: rows.firstMet,
    flush,
    close: () => {
      flush();
      clearTimeout(timer);
      backup();
      database.close();
    },
  };
};

/** Pages of 4 KiB that are appended before they are written to their place. */
const WAL_PAGES = 128;
const FILES = ["checkpoints.db", "checkpoints.db-wal", "checkpoints.db-shm"];

const open = (directory: string, now: () => number, report: (report: Report) => void): DatabaseSync => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return openSound(directory);
  } catch (error) {
    const { message, errcode } = error as Error & { readonly errcode?: number };
    if (/locked|busy/i.test(message))
      throw new AppError("STATE_LOCKED", `${directory} is in use by another host-agent`);
    if (error instanceof Damaged || errcode === SQLITE_NOTADB || errcode === SQLITE_CORRUPT)
      return replaceDamaged(directory, message, now, report);
    throw new AppError("STATE_UNUSABLE", `${directory}: ${message}`, { cause: error });
  }
};

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

class Damaged extends Error {}

const openSound = (directory: string): DatabaseSync => {
  const path = join(directory, "checkpoints.db");
  // Before SQLite makes its other files: they get the mode of this one.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Exclusive before WAL: the lock is held until the process ends, however it ends, and needs no shared memory.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    database.exec("PRAGMA cache_size = -512; BEGIN EXCLUSIVE; COMMIT");
    // A small file system for the state must do: what a killed run has left in the log is written to its place first.
    database.exec(
      `PRAGMA wal_autocheckpoint = ${WAL_PAGES}; PRAGMA journal_size_limit = ${WAL_PAGES * 4_096}`,
    );
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
    if (version > STATE_VERSION)
      throw new Error(`the state was written by a newer host-agent (version ${version} of the state)`);
    const check = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
    if (check !== "ok") throw new Damaged(String(check));
    database.exec(`${SCHEMA}; PRAGMA user_version = ${STATE_VERSION}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** Puts the damaged files aside, and begins anew with what the copy says. */
const replaceDamaged = (
  directory: string,
  damage: string,
  now: () => number,
  report: (report: Report) => void,
): DatabaseSync => {
  const suffix = `.damaged-${now()}`;
  const kept = FILES.filter((name) => existsSync(join(directory, name)));
  for (const name of kept) renameSync(join(directory, name), join(directory, `${name}${suffix}`));
  const database = openSound(directory);
  const copy = readBackup(directory);
  if (copy !== undefined) checkpointRows(database).write(copy);
  const detail = {
    damage,
    kept: kept.map((name) => join(directory, `${name}${suffix}`)),
    restored: copy?.length ?? 0,
    consequence:
      copy === undefined
        ? "no usable copy: files are shipped as on the first run, see from_beginning"
        : "what was shipped after the copy was made is shipped again",
  };
  report({ level: "error", event: "checkpoints.damaged", detail });
  return database;
};
