import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../base/errors.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

/** The name of the database inside the data directory. */
export const DATABASE_FILE = "logs.sqlite";

/**
 * Opens the database of the endpoint: in memory, or in a directory that only its owner can read.
 * Throws AppError STATE_UNUSABLE.
 */
export const openDatabase = (dataDir: string | undefined): DatabaseSync => {
  try {
    const db = new DatabaseSync(dataDir === undefined ? ":memory:" : prepareFile(dataDir), {
      timeout: 5_000,
    });
    // Bodies of a mebibyte are usual: large pages make chains of overflow pages short.
    db.exec("PRAGMA page_size = 16384; PRAGMA foreign_keys = ON;");
    if (dataDir !== undefined) db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    ensureSchema(db);
    return db;
  } catch (error) {
    if (error instanceof AppError || dataDir === undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError("STATE_UNUSABLE", `The data directory ${dataDir} cannot be used: ${reason}`, {
      cause: error,
    });
  }
};

const prepareFile = (dataDir: string): string => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  const file = join(dataDir, DATABASE_FILE);
  // SQLite gives its write-ahead log the mode of the database, so that has to be right before it is opened.
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  return file;
};

const ensureSchema = (db: DatabaseSync): void => {
  const version = db.prepare("PRAGMA user_version").get()?.user_version;
  if (version === SCHEMA_VERSION) return;
  if (version !== 0)
    throw new AppError(
      "STATE_UNUSABLE",
      `The data directory was written by another version (schema ${version}).`,
    );
  db.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
};
