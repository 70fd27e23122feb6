import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../base/errors.ts";
import { addChecksums, damagedTable, SCHEMA, STATE_VERSION } from "./checkpoint-rows.ts";

/** Pages of 4 KiB that are appended before they are written to their place. */
const WAL_PAGES = 128;
const FILES = ["checkpoints.db", "checkpoints.db-wal", "checkpoints.db-shm"];

/** A database that could not be read any more, and where it is now. */
export interface Damage {
  readonly message: string;
  readonly kept: readonly string[];
}

export interface Opened {
  readonly database: DatabaseSync;
  readonly damage: Damage | undefined;
}

/**
 * Opens the database, for this process alone: it stays locked for as long as it is open. One that is damaged is put
 * aside, and an empty one takes its place.
 *
 * @throws AppError STATE_LOCKED, STATE_UNUSABLE
 */
export const openDatabase = (directory: string, now: () => number): Opened => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return { database: openSound(directory), damage: undefined };
  } catch (error) {
    const { message, errcode } = error as Error & { readonly errcode?: number };
    if (/locked|busy/i.test(message))
      throw new AppError("STATE_LOCKED", `${directory} is in use by another host-agent`);
    if (error instanceof Damaged || errcode === SQLITE_NOTADB || errcode === SQLITE_CORRUPT)
      return replaceDamaged(directory, message, now);
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
    if (version === 1) addChecksums(database);
    database.exec(`${SCHEMA}; PRAGMA user_version = ${STATE_VERSION}`);
    const table = damagedIn(database);
    if (table !== undefined) throw new Damaged(`a row of ${table} is not as it was written`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

/** What cannot even be read is damaged, too: a number that was none, say. */
const damagedIn = (database: DatabaseSync): string | undefined => {
  try {
    return damagedTable(database);
  } catch (error) {
    return (error as Error).message;
  }
};

/** Puts the damaged files aside, and begins anew. */
const replaceDamaged = (directory: string, message: string, now: () => number): Opened => {
  const suffix = `.damaged-${now()}`;
  const names = FILES.filter((name) => existsSync(join(directory, name)));
  for (const name of names) renameSync(join(directory, name), join(directory, `${name}${suffix}`));
  const kept = names.map((name) => join(directory, `${name}${suffix}`));
  return { database: openSound(directory), damage: { message, kept } };
};
