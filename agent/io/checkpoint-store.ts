import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../base/errors.ts";
import type { Checkpoints, Report } from "../logs/ports.ts";
import { type Damage, openDatabase } from "./checkpoint-database.ts";
import { type Journal, openJournal, readJournal } from "./checkpoint-journal.ts";
import {
  type CheckpointRows,
  checkpointFact,
  checkpointRows,
  type Fact,
  intentFact,
  keyOf,
} from "./checkpoint-rows.ts";

/** Commits are written together, at most this long after they were made, in milliseconds. */
const GROUP_MS = 100;
/** After a write that failed the next one is tried this much later, in milliseconds: a kill until then repeats lines. */
const RETRY_MS = 250;
/** With many files the journal is written less often, so that it takes at most this part of the time. */
const JOURNAL_SHARE = 1 / 100;
/** Finished files are remembered for this long, in milliseconds: they may come back from an archive. */
const REMEMBER_MS = 7 * 24 * 3_600_000;

/**
 * Opens the checkpoints in a directory that only its owner may enter. The database stays locked while it is open,
 * so that no second agent ships the same files. Whatever is written to it is written to a journal, too. A database that
 * is damaged is kept aside, reported, and made anew from the journal; one that lacks what the journal has gets it.
 *
 * @throws AppError STATE_LOCKED, STATE_UNUSABLE
 */
export const openCheckpoints = (
  directory: string,
  now: () => number,
  report: (report: Report) => void,
): Checkpoints => {
  const { database, damage } = openDatabase(directory, now);
  const rows = checkpointRows(database);
  const { journal, isWhole, restored, ...begun } = orUnusable(directory, database, () =>
    catchUp(directory, rows),
  );
  let { revision } = begun;
  const waiting = new Map<string, Fact>();
  /** What the journal lacks. */
  const lacking = new Map<string, Fact>();
  let timer: NodeJS.Timeout | undefined;
  let journalTimer: NodeJS.Timeout | undefined;
  // By the clock that nobody sets: one that was set back would hold up the journal.
  let journalDue = performance.now();

  /** Why the last write to each has failed, where it has. */
  const troubles = new Map<"database" | "journal", string>();

  /** A full or read-only disk: what was shipped is not yet remembered. Shipping goes on, and so do the tries. */
  const safely = (where: "database" | "journal", write: () => void): boolean => {
    try {
      write();
      troubles.delete(where);
      return true;
    } catch (error) {
      const { message } = error as Error;
      // Once, and not with each try.
      if (troubles.get(where) !== message)
        report({ level: "error", event: "checkpoints.unwritable", detail: { message } });
      troubles.set(where, message);
      return false;
    }
  };

  if (damage !== undefined) report(damageReport(damage, restored));
  else if (restored > 0) report({ level: "warn", event: "checkpoints.behind", detail: { restored } });
  if (!isWhole) safely("journal", () => journal.rewrite(rows.facts(), revision));

  /** The database first: what only the journal had would look like a database that has lost something. */
  const writeWaiting = (): void => {
    if (waiting.size === 0 || !safely("database", () => rows.write(waiting.values(), revision + 1))) return;
    revision++;
    for (const [key, fact] of waiting) lacking.set(key, fact);
    waiting.clear();
  };

  const keepJournal = (): void => {
    const began = performance.now();
    const kept = safely("journal", () => {
      if (journal.isLong()) journal.rewrite(rows.facts(), revision);
      else journal.append(lacking.values(), revision);
    });
    if (kept) lacking.clear();
    journalDue = performance.now() + (kept ? (performance.now() - began) / JOURNAL_SHARE : RETRY_MS);
  };

  const journalWhenDue = (): void => {
    if (lacking.size > 0 && performance.now() >= journalDue) keepJournal();
    if (lacking.size === 0) return;
    journalTimer ??= setTimeout(
      () => {
        journalTimer = undefined;
        journalWhenDue();
      },
      Math.max(GROUP_MS, journalDue - performance.now()),
    );
  };

  /** The database never waits for the journal, which may be slow. */
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writeWaiting();
    if (waiting.size > 0) timer = setTimeout(write, RETRY_MS);
    journalWhenDue();
  };

  /** What is under way when somebody loses patience goes on for a while, and finds the store closed. */
  let isOpen = true;

  const flush = (): boolean => {
    if (isOpen) write();
    if (isOpen && lacking.size > 0) keepJournal();
    return waiting.size === 0;
  };

  const note = (fact: Fact): void => void waiting.set(keyOf(fact), fact);

  safely("database", () => rows.forgetBefore(now() - REMEMBER_MS));
  return {
    load: rows.checkpoints,
    commit: (checkpoint) => {
      if (!isOpen) return;
      note(checkpointFact(checkpoint));
      timer ??= setTimeout(write, GROUP_MS);
    },
    intend: (intent) => {
      if (!isOpen) return;
      note(intentFact(intent));
      write();
    },
    intents: rows.intents,
    firstMet: (pattern, at) => {
      const known = isOpen ? rows.metAt(pattern) : at;
      if (known !== undefined) return known;
      note({ met: { pattern, at } });
      write();
      return at;
    },
    flush,
    close: () => {
      if (!isOpen) return;
      flush();
      isOpen = false;
      clearTimeout(timer);
      clearTimeout(journalTimer);
      safely("journal", journal.close);
      database.close();
    },
  };
};

/** A disk that is full at the start, or a journal that may not be written: there is no place to remember anything. */
const orUnusable = <Result>(directory: string, database: DatabaseSync, begin: () => Result): Result => {
  try {
    return begin();
  } catch (error) {
    database.close();
    throw new AppError("STATE_UNUSABLE", `${directory}: ${(error as Error).message}`, { cause: error });
  }
};

interface CaughtUp {
  readonly journal: Journal;
  /** The journal has all that the database has. */
  readonly isWhole: boolean;
  /** Files of which the journal knew more. */
  readonly restored: number;
  readonly revision: number;
}

/** Takes over what the journal knows and the database does not. */
const catchUp = (directory: string, rows: CheckpointRows): CaughtUp => {
  const known = rows.revision();
  const { lines, damaged, newest, later } = readJournal(directory, known);
  const revision = Math.max(known, newest);
  if (later.length > 0) rows.write(later, revision);
  const restored = new Set(later.filter((fact) => "checkpoint" in fact).map(keyOf));
  const facts = rows.count();
  const isWhole = damaged === 0 && newest === revision && lines >= facts;
  return { journal: openJournal(directory, lines, facts), isWhole, restored: restored.size, revision };
};

const damageReport = ({ message, kept }: Damage, restored: number): Report => ({
  level: "error",
  event: "checkpoints.damaged",
  detail: {
    damage: message,
    kept,
    restored,
    consequence:
      restored === 0
        ? "no usable journal: files are shipped as on the first run, see from_beginning"
        : "what the journal does not have is shipped again",
  },
});
