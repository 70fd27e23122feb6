import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { Checkpoint, Intent } from "../logs/ports.ts";

/** Of the state on disk. A later version migrates from it; an earlier one refuses it. */
export const STATE_VERSION = 2;

type Row = Readonly<Record<string, SQLOutputValue>>;

/** What each table holds, beside the checksum of each row. */
const COLUMNS = {
  checkpoint: [
    ...["dev", "ino", "born_at", "log_group", "log_stream", "path", "position", "anchor"],
    ...["head_length", "head_hash", "generation", "size", "seen_at", "done"],
  ],
  intent: ["log_group", "log_stream", "content"],
  met: ["pattern", "at"],
  revision: ["number"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** SQLite has none of its own, and hands out whatever a disk has made of a row as long as its pages hold together. */
const sumOf = (values: readonly unknown[]): number => crc32(values.map(String).join("\u001f"));

const valuesOf = (columns: readonly string[], row: Row): readonly SQLOutputValue[] =>
  columns.map((column) => row[column] ?? null);

/** The first table with a row that is not as it was written; undefined when there is none. */
export const damagedTable = (database: DatabaseSync): string | undefined =>
  Object.entries(COLUMNS).find(([table, columns]) => {
    for (const row of database.prepare(`SELECT * FROM ${table}`).iterate())
      if (row.sum !== sumOf(valuesOf(columns, row))) return true;
    return false;
  })?.[0];

/** Version 1 had no checksums. */
export const addChecksums = (database: DatabaseSync): void => {
  database.exec("BEGIN");
  for (const [table, columns] of Object.entries(COLUMNS)) {
    const rows = database.prepare(`SELECT * FROM ${table}`).all();
    database.exec(`DELETE FROM ${table}; ALTER TABLE ${table} ADD COLUMN sum INTEGER NOT NULL DEFAULT 0`);
    const places = [...columns, "sum"].map(() => "?").join(", ");
    const insert = database.prepare(`INSERT INTO ${table} VALUES (${places})`);
    for (const row of rows) {
      const values = valuesOf(columns, row);
      insert.run(...values, sumOf(values));
    }
  }
  database.exec(`PRAGMA user_version = ${STATE_VERSION}; COMMIT`);
};

export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS checkpoint (
    dev TEXT NOT NULL, ino TEXT NOT NULL, born_at REAL NOT NULL, log_group TEXT NOT NULL, log_stream TEXT NOT NULL,
    path TEXT NOT NULL, position INTEGER NOT NULL, anchor TEXT NOT NULL,
    head_length INTEGER NOT NULL, head_hash TEXT NOT NULL, generation INTEGER NOT NULL,
    size INTEGER NOT NULL, seen_at INTEGER NOT NULL, done INTEGER NOT NULL, sum INTEGER NOT NULL,
    PRIMARY KEY (dev, ino, born_at, log_group, log_stream)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS intent (
    log_group TEXT NOT NULL, log_stream TEXT NOT NULL, content TEXT NOT NULL, sum INTEGER NOT NULL,
    PRIMARY KEY (log_group, log_stream)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS met (
    pattern TEXT PRIMARY KEY, at INTEGER NOT NULL, sum INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS revision (number INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT;
  INSERT INTO revision SELECT 0, ${sumOf([0])} WHERE NOT EXISTS (SELECT * FROM revision);
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

type PlainIntent = Omit<Intent, "ends"> & { readonly ends: readonly PlainCheckpoint[] };

/** The state consists of these; each replaces the one that says the same of the same thing. */
export type Fact =
  | { readonly checkpoint: PlainCheckpoint }
  | { readonly intent: PlainIntent }
  /** When an entry of the configuration was first met, in milliseconds since 1970. */
  | { readonly met: { readonly pattern: string; readonly at: number } };

export const checkpointFact = (checkpoint: Checkpoint): Fact => ({ checkpoint: plain(checkpoint) });

export const intentFact = (intent: Intent): Fact => ({
  intent: { ...intent, ends: intent.ends.map(plain) },
});

/** What a fact speaks of: the last one of each counts. */
export const keyOf = (fact: Fact): string => {
  if ("met" in fact) return `met ${fact.met.pattern}`;
  if ("intent" in fact) return `intent ${fact.intent.logGroupName}:${fact.intent.logStreamName}`;
  const { dev, ino, bornAt, logGroupName, logStreamName } = fact.checkpoint;
  return `${dev}:${ino}:${bornAt}:${logGroupName}:${logStreamName}`;
};

/** The statements on an open database. */
export const checkpointRows = (database: DatabaseSync) => {
  const upsert = database.prepare(
    "INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const intend = database.prepare("INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?)");
  const meet = database.prepare("INSERT OR IGNORE INTO met VALUES (?, ?, ?)");
  const forget = database.prepare("DELETE FROM checkpoint WHERE done = 1 AND seen_at < ?");
  const revise = database.prepare("UPDATE revision SET number = ?, sum = ?");
  const everyCheckpoint = database.prepare("SELECT * FROM checkpoint");
  const everyIntent = database.prepare("SELECT * FROM intent");
  const everyMet = database.prepare("SELECT pattern, at FROM met");
  const count = database.prepare(
    "SELECT (SELECT count(*) FROM checkpoint) + (SELECT count(*) FROM intent) + (SELECT count(*) FROM met) AS facts",
  );
  const metAt = database.prepare("SELECT at FROM met WHERE pattern = ?");

  const write = (fact: Fact): void => {
    if ("checkpoint" in fact) {
      const { checkpoint: c } = fact;
      const key = [c.dev, c.ino, c.bornAt, c.logGroupName, c.logStreamName, c.path];
      const print = [c.offset, c.anchor, c.headLength, c.headHash, c.generation];
      const values = [...key, ...print, c.size, c.seenAt, c.done ? 1 : 0];
      upsert.run(...values, sumOf(values));
    } else if ("intent" in fact) {
      const { logGroupName, logStreamName, ...content } = fact.intent;
      const values = [logGroupName, logStreamName, JSON.stringify(content)];
      intend.run(...values, sumOf(values));
    } else {
      const values = [fact.met.pattern, fact.met.at];
      meet.run(...values, sumOf(values));
    }
  };

  const intents = (): readonly PlainIntent[] =>
    everyIntent.all().map((row) => ({
      ...(JSON.parse(String(row.content)) as Omit<PlainIntent, "logGroupName" | "logStreamName">),
      logGroupName: String(row.log_group),
      logStreamName: String(row.log_stream),
    }));

  return {
    /** Counts up with each write; 0 is the empty state. */
    revision: (): number => Number(database.prepare("SELECT number FROM revision").get()?.number ?? 0),

    checkpoints: (): readonly Checkpoint[] => everyCheckpoint.all().map(fromRow),

    intents: (): readonly Intent[] =>
      intents().map((intent) => ({ ...intent, ends: intent.ends.map(revived) })),

    metAt: (pattern: string): number | undefined => {
      const at = metAt.get(pattern)?.at;
      return at === undefined ? undefined : Number(at);
    },

    /** How many facts are known. */
    count: (): number => Number(count.get()?.facts),

    /** All that is known, one after the other. */
    *facts(): Generator<Fact> {
      for (const row of everyCheckpoint.iterate()) yield checkpointFact(fromRow(row));
      for (const intent of intents()) yield { intent };
      for (const { pattern, at } of everyMet.all())
        yield { met: { pattern: String(pattern), at: Number(at) } };
    },

    /** All or none, and the revision of the state that they make. */
    write: (facts: Iterable<Fact>, revision: number): void => {
      database.exec("BEGIN");
      try {
        for (const fact of facts) write(fact);
        revise.run(revision, sumOf([revision]));
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },

    /** Files that were finished before `time` are not expected back. */
    forgetBefore: (time: number): void => void forget.run(time),
  };
};

export type CheckpointRows = ReturnType<typeof checkpointRows>;

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
