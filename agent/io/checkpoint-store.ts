import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { AppError } from "../base/errors.ts";
import type { Checkpoint, Checkpoints } from "../logs/ports.ts";

/** Commits are written together, at most this long after they were made, in milliseconds. */
const GROUP_MS = 100;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (version INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS checkpoint (
    dev TEXT NOT NULL, ino TEXT NOT NULL, log_group TEXT NOT NULL, log_stream TEXT NOT NULL,
    path TEXT NOT NULL, position INTEGER NOT NULL, anchor TEXT NOT NULL,
    head_length INTEGER NOT NULL, head_hash TEXT NOT NULL, generation INTEGER NOT NULL,
    PRIMARY KEY (dev, ino, log_group, log_stream)
  ) WITHOUT ROWID;
`;

const UPSERT = `
  INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET path = excluded.path, position = excluded.position, anchor = excluded.anchor,
    head_length = excluded.head_length, head_hash = excluded.head_hash, generation = excluded.generation`;

/**
 * Opens the checkpoints in a directory that only its owner may enter. The database stays locked while it is open,
 * so that no second agent ships the same files.
 *
 * @throws AppError STATE_LOCKED, STATE_UNUSABLE
 */
export const openCheckpoints = (directory: string, onError: (error: Error) => void): Checkpoints => {
  const database = open(directory);
  const upsert = database.prepare(UPSERT);
  const waiting = new Map<string, Checkpoint>();
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    try {
      write(database, upsert, waiting.values());
      waiting.clear();
    } catch (error) {
      // A full or read-only disk: what was shipped is not yet remembered. Shipping goes on, and so do the tries.
      onError(error as Error);
      timer = setTimeout(flush, 10 * GROUP_MS);
    }
  };

  return {
    load: () => database.prepare("SELECT * FROM checkpoint").all().map(fromRow),
    commit: (checkpoint) => {
      const { dev, ino, logGroupName, logStreamName } = checkpoint;
      waiting.set(`${dev}:${ino}:${logGroupName}:${logStreamName}`, checkpoint);
      timer ??= setTimeout(flush, GROUP_MS);
    },
    flush,
    close: () => {
      flush();
      clearTimeout(timer);
      database.close();
    },
  };
};

const open = (directory: string): DatabaseSync => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, "checkpoints.db");
    const database = new DatabaseSync(path, { timeout: 0 });
    // Exclusive before WAL: the lock is held until the process ends, however it ends, and needs no shared memory.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    database.exec("PRAGMA cache_size = -512; BEGIN EXCLUSIVE; COMMIT");
    database.exec(SCHEMA);
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    const { message } = error as Error;
    if (/locked|busy/i.test(message))
      throw new AppError("STATE_LOCKED", `${directory} is in use by another host-agent`);
    throw new AppError("STATE_UNUSABLE", `${directory}: ${message}`, { cause: error });
  }
};

const write = (database: DatabaseSync, upsert: StatementSync, checkpoints: Iterable<Checkpoint>): void => {
  database.exec("BEGIN");
  try {
    for (const c of checkpoints) {
      const {
        dev,
        ino,
        logGroupName,
        logStreamName,
        path,
        offset,
        anchor,
        headLength,
        headHash,
        generation,
      } = c;
      const key = [String(dev), String(ino), logGroupName, logStreamName];
      upsert.run(...key, path, offset, anchor, headLength, headHash, generation);
    }
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
};

const fromRow = (row: Readonly<Record<string, unknown>>): Checkpoint => ({
  dev: BigInt(String(row.dev)),
  ino: BigInt(String(row.ino)),
  logGroupName: String(row.log_group),
  logStreamName: String(row.log_stream),
  path: String(row.path),
  offset: Number(row.position),
  anchor: String(row.anchor),
  headLength: Number(row.head_length),
  headHash: String(row.head_hash),
  generation: Number(row.generation),
});
