import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../base/errors.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** The name of the database inside the data directory. */
export const DATABASE_FILE = "logs.sqlite";

/** How long to wait for another process on the same directory, in milliseconds. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 20;

/**
 * Opens the database of the endpoint: in memory, or in a file that only its owner can read. Several processes may
 * have the same directory open. Throws AppError STATE_UNUSABLE.
 */
export const openDatabase = (dataDir: string | undefined): DatabaseSync => {
  if (dataDir === undefined) return prepare(new DatabaseSync(":memory:"), () => {});
  try {
    const db = new DatabaseSync(prepareFile(dataDir), { timeout: PATIENCE_MS });
    return prepare(db, () => useWriteAheadLog(db));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("STATE_UNUSABLE", `The data directory ${dataDir} cannot be used: ${reason}`, {
      cause: error,
    });
  }
};

const prepareFile = (dataDir: string): string => {
  // Only a directory that is made here is closed to others: one that was there may have other uses.
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, DATABASE_FILE);
  // SQLite gives its write-ahead log the mode of the database, so that has to be right before it is opened.
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  return file;
};

const prepare = (db: DatabaseSync, chooseJournal: () => void): DatabaseSync => {
  try {
    // Bodies of a mebibyte are usual: large pages make chains of overflow pages short.
    db.exec("PRAGMA page_size = 16384; PRAGMA foreign_keys = ON;");
    chooseJournal();
    ensureSchema(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Switching to the log does not wait for another process that does the same, whatever the timeout. */
const useWriteAheadLog = (db: DatabaseSync): void => {
  for (let waited = 0; ; waited += PAUSE_MS)
    try {
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
      return;
    } catch (error) {
      if (!/locked/.test(String(error)) || waited >= PATIENCE_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
};

const ensureSchema = (db: DatabaseSync): void => {
  if (versionOf(db) === SCHEMA_VERSION) return;
  db.exec("BEGIN IMMEDIATE");
  // Another process may have made the tables while this one waited.
  const version = versionOf(db);
  if (version === 0) db.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION};`);
  else if (version !== SCHEMA_VERSION)
    throw new Error(`it was written by another version (schema ${version})`);
  db.exec("COMMIT");
};

const versionOf = (db: DatabaseSync): unknown => db.prepare("PRAGMA user_version").get()?.user_version;
