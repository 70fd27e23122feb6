import { Buffer } from "node:buffer";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../agent/base/errors.ts";
import { mulberry } from "./corpus.ts";
import { atMost, LIMITS, type Limit } from "./limits.ts";
import { timeOf } from "./start-up.ts";
import { median } from "./statistics.ts";

export interface LintRow {
  readonly files: number;
  readonly kib: number;
  readonly runs: number;
  /** Wall time of the whole process: the median. */
  readonly ms: number;
  readonly limits: readonly Limit[];
}

/** User data as people write it, which the tests of the rules run over, too. */
const FIXTURES = join(import.meta.dirname, "..", "test", "fixtures", "user-data");
const FILES = 1_000;
const EDITS = 3;

type Edit = (lines: readonly string[], at: number, random: () => number) => readonly string[];

/** Small enough that most files remain what they are. */
const CHANGES: readonly Edit[] = [
  (lines, at, random) => lines.toSpliced(at, 0, `# changed ${Math.floor(random() * 1e9)}`),
  (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ""),
  (lines, at) => lines.toSpliced(at, 1),
  (lines, at, random) =>
    lines.with(
      at,
      (lines[at] ?? "").replace(/\d+/g, () => String(Math.floor(random() * 999))),
    ),
];

/** The first line says what kind of user data it is, and stays. */
const changed = (text: string, random: () => number): string => {
  let lines: readonly string[] = text.split("\n");
  for (let edit = 0; edit < EDITS && lines.length > 1; edit += 1) {
    const at = 1 + Math.floor(random() * (lines.length - 1));
    lines = (CHANGES[Math.floor(random() * CHANGES.length)] as Edit)(lines, at, random);
  }
  return lines.join("\n");
};

/** Files that are the same in each run. Returns how many bytes they have. */
const generate = (directory: string): number => {
  const names = readdirSync(FIXTURES).sort();
  const random = mulberry(1);
  let bytes = 0;
  for (let n = 0; n < FILES; n += 1) {
    const name = names[n % names.length] ?? "";
    const content = changed(readFileSync(join(FIXTURES, name), "utf8"), random);
    bytes += Buffer.byteLength(content);
    writeFileSync(join(directory, `${String(n).padStart(4, "0")}-${name}`), content);
  }
  return bytes;
};

/** Lints 1,000 files in one process. Without shellcheck, whose time is its own and not ours. */
export const lintMany = (bundle: string, runs: number): LintRow => {
  const directory = mkdtempSync(join(tmpdir(), "hostwright-bench-"));
  try {
    const bytes = generate(directory);
    const files = readdirSync(directory).map((name) => join(directory, name));
    const args = [bundle, "user-data", "lint", "--no-shellcheck", ...files];
    const times = Array.from({ length: runs }, () => timeOf(args, EXIT.findings));
    const ms = median(times);
    const limits = [atMost(`user-data lint: time for ${FILES} files, ms`, ms, LIMITS.lintMs)];
    return { files: FILES, kib: bytes / 1_024, runs, ms, limits };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
