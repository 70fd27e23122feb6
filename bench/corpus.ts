import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A set of log files that is generated once and kept: the same seed gives the same bytes. */
export interface Corpus {
  readonly name: CorpusName;
  readonly description: string;
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  readonly lines: number;
}

export const CORPUS_NAMES = ["a", "b", "c"] as const;
export type CorpusName = (typeof CORPUS_NAMES)[number];

interface Recipe {
  readonly name: CorpusName;
  readonly description: string;
  readonly files: number;
  /** One line without its newline; `sequence` is unique in the file and stands in it as ten digits. */
  readonly line: (sequence: number, random: () => number) => string;
}

const HOSTS = ["web-1", "web-2", "db-1", "cache-7"];
const UNITS = ["sshd", "cron", "systemd", "kernel", "nginx", "postgres"];
const WORDS =
  "session opened closed for user root accepted connection from port timeout retry while reading upstream started stopped job unit result success failed device link ready".split(
    " ",
  );

const pick = <T>(from: readonly T[], random: () => number): T =>
  from[Math.floor(random() * from.length)] as T;

/** The line ends with its sequence number, so that whoever counts need not parse what is before it. */
const padded = (text: string, sequence: number, length: number, filler: () => string): string => {
  const tail = ` #${String(sequence).padStart(10, "0")}`;
  let body = text;
  while (body.length < length - tail.length) body += filler();
  return body.slice(0, length - tail.length) + tail;
};

const syslog: Recipe["line"] = (sequence, random) => {
  const second = String(sequence % 60).padStart(2, "0");
  const head = `Nov 24 06:${second}:${second} ${pick(HOSTS, random)} ${pick(UNITS, random)}[${Math.floor(random() * 30_000)}]:`;
  return padded(head, sequence, 120, () => ` ${pick(WORDS, random)}`);
};

const json: Recipe["line"] = (sequence, random) => {
  const word = () => pick(WORDS, random);
  const event = {
    time: `2026-11-24T06:00:${String(sequence % 60).padStart(2, "0")}.${Math.floor(random() * 1_000)}Z`,
    level: pick(["info", "warn", "debug"], random),
    request: { method: "GET", path: `/${word()}/${word()}/${Math.floor(random() * 9_999)}`, status: 200 },
    user: { id: Math.floor(random() * 1e9), agent: "Mozilla/5.0 (X11; Linux x86_64)" },
    ms: Math.floor(random() * 900),
    message: `${word()} ${word()} ${word()}`,
  };
  const text = JSON.stringify(event).slice(0, -1);
  return `${padded(`${text},"note":"`, sequence, 498, () => ` ${word()}`)}"}`;
};

export const RECIPES: readonly Recipe[] = [
  { name: "a", description: "one file, 120-byte syslog lines", files: 1, line: syslog },
  { name: "b", description: "100 files, 120-byte syslog lines", files: 100, line: syslog },
  { name: "c", description: "one file, 500-byte JSON lines", files: 1, line: json },
];

/** The same numbers from 0 to 1 for the same seed. */
export const mulberry = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Distinct lines before the text repeats with other numbers: more would not change what is measured. */
const DISTINCT = 20_000;

const writeFile = (path: string, bytes: number, { line }: Recipe, seed: number): void => {
  const random = mulberry(seed);
  const stems = Array.from({ length: DISTINCT }, () => line(0, random));
  const file = openSync(path, "w");
  let written = 0;
  for (let sequence = 0; written < bytes; ) {
    const lines: string[] = [];
    for (let size = 0; size < 1_048_576 && written + size < bytes; sequence++) {
      const text = (stems[sequence % DISTINCT] as string).replace(
        "#0000000000",
        `#${String(sequence).padStart(10, "0")}`,
      );
      lines.push(text);
      size += text.length + 1;
    }
    written += writeSync(file, `${lines.join("\n")}\n`);
  }
  closeSync(file);
};

/** Makes sure that the corpus is there, `bytes` long in all. */
export const corpus = (recipe: Recipe, root: string, bytes: number): Corpus => {
  const directory = join(root, `${recipe.name}-${bytes}`);
  if (!existsSync(directory)) {
    const unfinished = `${directory}.unfinished`;
    mkdirSync(unfinished, { recursive: true });
    for (let n = 0; n < recipe.files; n++)
      writeFile(join(unfinished, `${String(n).padStart(3, "0")}.log`), bytes / recipe.files, recipe, n + 1);
    renameSync(unfinished, directory);
  }
  let total = 0;
  for (let n = 0; n < recipe.files; n++)
    total += statSync(join(directory, `${String(n).padStart(3, "0")}.log`)).size;
  const { name, description, files } = recipe;
  // All lines of a recipe are equally long.
  const lines = total / (recipe.line(0, () => 0).length + 1);
  return { name, description, directory, files, bytes: total, lines };
};
