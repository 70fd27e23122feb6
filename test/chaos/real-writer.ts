import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { FileModel, Ledger, Line } from "./ledger.ts";
import { makeLine } from "./line.ts";
import type { Random } from "./random.ts";

/**
 * Lines for a log that somebody else rotates. Where they are afterwards is read from the disk: the ledger believes
 * that a line is there until a look into all files of the directory does not find it.
 */
export class RealWriter {
  readonly path: string;
  readonly #index: number;
  readonly #ledger: Ledger;
  readonly #now: () => number;
  readonly #random: Random;
  readonly #file: FileModel;
  #fd: number;
  #sequence = 0;

  constructor(index: number, path: string, kit: { ledger: Ledger; now: () => number; random: Random }) {
    this.path = path;
    this.#index = index;
    this.#ledger = kit.ledger;
    this.#now = kit.now;
    this.#random = kit.random;
    this.#file = this.#ledger.file(index, kit.now(), "matching", path);
    this.#fd = openSync(path, "a");
  }

  /** The next line, as written now. */
  next(plain: boolean): string {
    const label = { writer: this.#index, generation: 0, sequence: this.#sequence++ };
    const text = plain
      ? makeLine(label, PLAIN, this.#random.int(60, 300))
      : makeLine(label, this.#random, this.#random.spread(40, 400));
    const line = this.#ledger.begin(label, text, this.#file, this.#now());
    line.wholeAt = line.endedAt = this.#now();
    return text;
  }

  write(count: number): void {
    const lines = Array.from({ length: count }, () => `${this.next(false)}\n`);
    writeSync(this.#fd, lines.join(""));
  }

  /** As on SIGHUP: the name may belong to another file by now. */
  reopen(): void {
    closeSync(this.#fd);
    this.#fd = openSync(this.path, "a");
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Notes which lines are in no file any more. */
  look(): void {
    const missing = this.missing();
    const at = this.#now();
    for (const { parts } of missing) for (const part of parts) part.to ??= at;
  }

  /** The lines that are in no file. */
  missing(): readonly Line[] {
    const there = new Set(this.#onDisk());
    return this.#lines().filter(({ text }) => !there.has(text));
  }

  /** How many lines are in the files more than once. */
  repeated(): number {
    const there = this.#onDisk();
    return there.length - new Set(there).size;
  }

  #lines(): readonly Line[] {
    return this.#ledger.lines[this.#index] ?? [];
  }

  #onDisk(): readonly string[] {
    return filesBeside(this.path).flatMap((path) => linesOf(path));
  }
}

/** A generator that always takes the plainest text. */
const PLAIN: Random = {
  next: () => 0,
  int: (least) => least,
  spread: (least) => least,
  chance: () => false,
  pick: (from) => from[0] as never,
  fork: () => PLAIN,
};

const filesBeside = (path: string): readonly string[] =>
  readdirSync(dirname(path))
    .map((name) => join(dirname(path), name))
    .filter((file) => file.startsWith(path) && statSync(file).isFile());

const linesOf = (path: string): readonly string[] => {
  const bytes = readFileSync(path);
  const lines = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().split("\n");
  return lines.filter((line) => line !== "");
};
