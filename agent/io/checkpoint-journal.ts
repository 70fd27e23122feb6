import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import type { Fact } from "./checkpoint-rows.ts";

export interface Journal {
  /** Writes down what has changed with a revision. Throws when the disk does not take it. */
  readonly append: (facts: Iterable<Fact>, revision: number) => void;
  /** So much is in it that does not count any more that writing it anew is worth its while. */
  readonly isLong: () => boolean;
  /** Replaces all that is in it, in one step: a crash leaves the old one or the new one. Throws like `append`. */
  readonly rewrite: (facts: Iterable<Fact>, revision: number) => void;
  readonly close: () => void;
}

const PIECE_CHARACTERS = 16_384;
/** It may grow by so many lines, and to so many times what it must hold, before it is written anew. */
const SPARE_LINES = 1_000;
const GROWTH = 2;

const journalPath = (directory: string): string => join(directory, "checkpoints.journal");

/**
 * The state a second time, as lines that are only ever added, for the day on which the database cannot be read, or has
 * lost its last transactions without a word, as SQLite does when its log was torn off. Each line stands for itself:
 * what is damaged costs what it says and nothing more. `lines`: how many it has; `facts`: how many it has to have.
 */
export const openJournal = (directory: string, lines: number, facts: number): Journal => {
  const path = journalPath(directory);
  let file = openSync(path, "a", 0o600);
  chmodSync(path, 0o600);
  let most = SPARE_LINES + GROWTH * facts;
  let written = lines;
  // What an earlier run or a full disk has cut off must not take the next line with it.
  let mayBeCutOff = true;
  return {
    append: (facts, revision) => {
      const cutOff = mayBeCutOff;
      mayBeCutOff = true;
      if (cutOff) writeAll(file, Buffer.from("\n"));
      for (const { text, count } of pieces(facts, revision)) {
        writeAll(file, text);
        written += count;
      }
      mayBeCutOff = false;
    },
    isLong: () => written > most,
    rewrite: (facts, revision) => {
      const unfinished = `${path}.new`;
      const next = openSync(unfinished, "w", 0o600);
      let total = 0;
      try {
        for (const { text, count } of pieces(facts, revision)) {
          writeAll(next, text);
          total += count;
        }
        fsyncSync(next);
        renameSync(unfinished, path);
      } catch (error) {
        closeSync(next);
        throw error;
      }
      closeSync(file);
      file = next;
      written = total;
      most = SPARE_LINES + GROWTH * total;
      mayBeCutOff = false;
      syncDirectory(dirname(path));
    },
    close: () => {
      fsyncSync(file);
      closeSync(file);
    },
  };
};

const syncDirectory = (path: string): void => {
  const directory = openSync(path, "r");
  fsyncSync(directory);
  closeSync(directory);
};

const writeAll = (file: number, bytes: Buffer): void => {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
};

/** Piece by piece: as one text, ten thousand files would take more memory than all else that belongs to them. */
function* pieces(facts: Iterable<Fact>, revision: number): Generator<{ text: Buffer; count: number }> {
  let text = "";
  let count = 0;
  for (const fact of facts) {
    const content = `${revision} ${JSON.stringify(fact)}`;
    text += `${sum(content)} ${content}\n`;
    count++;
    if (text.length < PIECE_CHARACTERS) continue;
    yield { text: Buffer.from(text), count };
    text = "";
    count = 0;
  }
  yield { text: Buffer.from(text), count };
}

const sum = (content: string | Buffer): string => crc32(content).toString(16).padStart(8, "0");

export interface Read {
  /** All lines, damaged ones included. */
  readonly lines: number;
  readonly damaged: number;
  /** The last revision that a line belongs to. */
  readonly newest: number;
  /** What belongs to a later revision than the one asked for, in the order in which it was written. */
  readonly later: readonly Fact[];
}

/** What the journal knows that a database of this revision does not. An unreadable journal knows nothing. */
export const readJournal = (directory: string, revision: number): Read => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(journalPath(directory));
  } catch {
    return { lines: 0, damaged: 0, newest: 0, later: [] };
  }
  const later: Fact[] = [];
  let lines = 0;
  let damaged = 0;
  let newest = 0;
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(10, from);
    const to = newline === -1 ? bytes.length : newline;
    if (to > from) {
      lines++;
      const line = bytes.subarray(from, to);
      if (isSound(line)) {
        const belongsTo = revisionOf(line);
        newest = Math.max(newest, belongsTo);
        if (belongsTo > revision) later.push(factOf(line));
      } else damaged++;
    }
    from = to + 1;
  }
  return { lines, damaged, newest, later };
};

/** Length of the checksum and the space behind it, in bytes. */
const SUM_BYTES = 9;

const revisionOf = (line: Buffer): number =>
  Number.parseInt(line.toString("latin1", SUM_BYTES, SUM_BYTES + 16), 10);

const isSound = (line: Buffer): boolean =>
  line.toString("latin1", 0, SUM_BYTES - 1) === sum(line.subarray(SUM_BYTES));

const factOf = (line: Buffer): Fact =>
  JSON.parse(line.toString("utf8", line.indexOf(" ", SUM_BYTES) + 1)) as Fact;
