/** Faults that are put into the agent on purpose: a chaos run that does not notice them proves nothing. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Kind } from "./plan.ts";

interface Edit {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface Mutant {
  readonly name: string;
  /** What gives it away, in a run that draws from these alone. */
  readonly only: readonly Kind[];
  readonly edits: readonly Edit[];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: "an offset moves before the service has taken the bytes",
    only: ["burst", "kill", "endpoint-down", "fault"],
    edits: [
      {
        file: "agent/logs/lane.ts",
        find: "    const delivered = batch.records === 0 ?",
        put: "    for (const span of batch.spans) this.#commit(span);\n    const delivered = batch.records === 0 ?",
      },
    ],
  },
  {
    name: "the bytes before an offset are not compared",
    only: ["burst", "truncate", "swap", "kill"],
    edits: [
      {
        file: "agent/logs/tail.ts",
        find: "    return hash(context.subarray(-ANCHOR_BYTES)) === this.anchor;",
        put: "    return context.length >= 0;",
      },
      {
        file: "agent/logs/tail.ts",
        find: "    return head.length >= this.headLength &&",
        put: "    return head.length >= this.headLength ||",
      },
    ],
  },
  {
    name: "events that the service rejected count as accepted",
    only: ["burst", "fault"],
    edits: [
      {
        file: "agent/logs/settle.ts",
        find: "  if (rejected === undefined) return [];",
        put: "  if (rejected === undefined || count > 0) return [];",
      },
    ],
  },
  {
    name: "the last line of a rotated file is forgotten when it has no end",
    only: ["burst", "rotate"],
    edits: [
      {
        file: "agent/logs/fill.ts",
        find: "  const final = atEnd && tail.isSentAt(seen);",
        put: "  const final = false;",
      },
      {
        file: "agent/logs/shipper.ts",
        find: "    if (tail.hasPartial) {\n",
        put: "    if (tail.hasPartial && tail.readAt < 0) {\n",
      },
    ],
  },
  {
    name: "a line is sent before its end was written",
    only: ["burst", "partial"],
    edits: [
      {
        file: "agent/logs/fill.ts",
        find: "  const final = atEnd && tail.isSentAt(seen);",
        put: "  const final = atEnd;",
      },
    ],
  },
  {
    name: "what was taken is not written down",
    only: ["burst", "kill"],
    edits: [
      {
        file: "agent/logs/shipper.ts",
        find: "    this.#ports.checkpoints.commit(checkpoint);",
        put: "",
      },
    ],
  },
  {
    name: "newer files do not wait for older ones",
    only: ["burst", "rotate", "kill"],
    edits: [
      {
        file: "agent/logs/tail.ts",
        find: "    this.before = before?.waitsFor(this) ? undefined : before;",
        put: "    this.before = before?.waitsFor(this) ? undefined : undefined;",
      },
    ],
  },
];

/** @throws Error when the text that an edit replaces is not there, or more than once */
export const applied = (text: string, { file, find, put }: Edit): string => {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`${file} holds ${count} times what a mutant replaces:\n${find}`);
  return text.replace(find, () => put);
};

const ROOT = join(import.meta.dirname, "../..");
const NEEDED = ["agent", "provision", "templates", ".ci", "package.json", "tsconfig.json"];

/** Builds the agent with a fault, from a copy of the source tree. The caller removes the directory. */
export const buildMutant = ({ edits }: Mutant): { readonly bundle: string; readonly directory: string } => {
  const directory = mkdtempSync(join(tmpdir(), "host-agent-mutant-"));
  try {
    for (const name of NEEDED) cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    for (const edit of edits) {
      const path = join(directory, edit.file);
      writeFileSync(path, applied(readFileSync(path, "utf8"), edit));
    }
    execFileSync(process.execPath, ["--import", "tsx", ".ci/build.ts"], { cwd: directory, stdio: "pipe" });
    return { bundle: join(directory, "dist", "host-agent.cjs"), directory };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
};
