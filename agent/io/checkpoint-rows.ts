import type { DatabaseSync } from "node:sqlite";
import type { Checkpoint, Intent } from "../logs/ports.ts";

/** Of the state on disk. A later version migrates from it; an earlier one refuses it. */
export const STATE_VERSION = 1;

export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS checkpoint (
    dev TEXT NOT NULL, ino TEXT NOT NULL, born_at REAL NOT NULL, log_group TEXT NOT NULL, log_stream TEXT NOT NULL,
    path TEXT NOT NULL, position INTEGER NOT NULL, anchor TEXT NOT NULL,
    head_length INTEGER NOT NULL, head_hash TEXT NOT NULL, generation INTEGER NOT NULL,
    size INTEGER NOT NULL, seen_at INTEGER NOT NULL, done INTEGER NOT NULL,
    PRIMARY KEY (dev, ino, born_at, log_group, log_stream)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS intent (
    log_group TEXT NOT NULL, log_stream TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (log_group, log_stream)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS met (pattern TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** A checkpoint as JSON has it, which knows no big integers. */
export type PlainCheckpoint = Omit<Checkpoint, "dev" | "ino"> & {
  readonly dev: string;
  readonly ino: string;
};

export const plain = (checkpoint: Checkpoint): PlainCheckpoint => ({
  ...checkpoint,
  dev: String(checkpoint.dev),
  ino: String(checkpoint.ino),
});

export const revived = (checkpoint: PlainCheckpoint): Checkpoint => ({
  ...checkpoint,
  dev: BigInt(checkpoint.dev),
  ino: BigInt(checkpoint.ino),
});

export const keyOf = ({ dev, ino, bornAt, logGroupName, logStreamName }: Checkpoint): string =>
  `${dev}:${ino}:${bornAt}:${logGroupName}:${logStreamName}`;

/** The statements on an open database. */
export const checkpointRows = (database: DatabaseSync) => {
  const upsert = database.prepare(
    "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const intend = database.prepare("INSERT OR REPLACE INTO intent VALUES (?, ?, ?)");
  const forget = database.prepare("DELETE FROM checkpoint WHERE done = 1 AND seen_at < ?");
  const meet = database.prepare("INSERT OR IGNORE INTO met VALUES (?, ?)");
  const every = database.prepare("SELECT * FROM checkpoint");
  const met = database.prepare("SELECT at FROM met WHERE pattern = ?");
  return {
    all: (): readonly Checkpoint[] => database.prepare("SELECT * FROM checkpoint").all().map(fromRow),

    /** The same, one after the other. */
    *each(): Generator<Checkpoint> {
      for (const row of every.iterate()) yield fromRow(row);
    },

    /** All or none. */
    write: (checkpoints: Iterable<Checkpoint>): void => {
      database.exec("BEGIN");
      try {
        for (const c of checkpoints) {
          const key = [String(c.dev), String(c.ino), c.bornAt, c.logGroupName, c.logStreamName, c.path];
          const print = [c.offset, c.anchor, c.headLength, c.headHash, c.generation];
          upsert.run(...key, ...print, c.size, c.seenAt, c.done ? 1 : 0);
        }
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },

    intend: ({ logGroupName, logStreamName, ...rest }: Intent): void => {
      const content = JSON.stringify({ ...rest, ends: rest.ends.map(plain) });
      intend.run(logGroupName, logStreamName, content);
    },

    intents: (): readonly Intent[] =>
      database
        .prepare("SELECT * FROM intent")
        .all()
        .map((row) => {
          const content = JSON.parse(String(row.content)) as Omit<Intent, "ends"> & {
            ends: PlainCheckpoint[];
          };
          const target = { logGroupName: String(row.log_group), logStreamName: String(row.log_stream) };
          return { ...content, ...target, ends: content.ends.map(revived) };
        }),

    firstMet: (pattern: string, now: number): number => {
      meet.run(pattern, now);
      return Number(met.get(pattern)?.at ?? now);
    },

    /** Files that were finished before `time` are not expected back. */
    forgetBefore: (time: number): void => void forget.run(time),
  };
};

const fromRow = (row: Readonly<Record<string, unknown>>): Checkpoint => ({
  dev: BigInt(String(row.dev)),
  ino: BigInt(String(row.ino)),
  bornAt: Number(row.born_at),
  logGroupName: String(row.log_group),
  logStreamName: String(row.log_stream),
  path: String(row.path),
  offset: Number(row.position),
  anchor: String(row.anchor),
  headLength: Number(row.head_length),
  headHash: String(row.head_hash),
  generation: Number(row.generation),
  size: Number(row.size),
  seenAt: Number(row.seen_at),
  done: row.done === 1,
});
