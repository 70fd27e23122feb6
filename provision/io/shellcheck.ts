import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Comment } from "../lint/shellcheck.ts";

/** Longer than any such number of scripts takes, in milliseconds. */
const TIMEOUT_MS = 60_000;
/** Scripts of one process: to start it takes longer than to read one. */
const TOGETHER = 64;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What shellcheck says about each script; nothing where it is not installed, or ends badly. */
export const runShellcheck = async (scripts: readonly string[]): Promise<readonly (readonly Comment[])[]> => {
  const found: (readonly Comment[])[] = scripts.map(() => []);
  if (scripts.length === 0) return found;
  const folder = mkdtempSync(join(tmpdir(), "provision-shellcheck-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const end = (signal: NodeJS.Signals): void => {
    remove();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    const names = scripts.map((script, at) => {
      const name = join(folder, `${at}`);
      writeFileSync(name, script, { mode: 0o600 });
      return name;
    });
    const starts = Array.from({ length: Math.ceil(names.length / TOGETHER) }, (_, nth) => nth * TOGETHER);
    const work = async (): Promise<void> => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const some = names.slice(start, start + TOGETHER);
        const comments = Map.groupBy(await check(some), ({ file }) => file);
        for (const [at, name] of some.entries()) found[start + at] = comments.get(name) ?? [];
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, end);
    remove();
  }
  return found;
};

interface Commented extends Comment {
  readonly file: string;
}

const check = (files: readonly string[]): Promise<readonly Commented[]> =>
  new Promise((resolve) => {
    // Sourced files are on the host, not here.
    const child = spawn("shellcheck", ["--format=json1", "--severity=info", "--exclude=SC1091", ...files], {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: TIMEOUT_MS,
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C.UTF-8" },
    });
    const out: Buffer[] = [];
    child.on("error", () => resolve([]));
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.on("close", () => resolve(commentsIn(Buffer.concat(out).toString("utf8"))));
  });

const commentsIn = (text: string): readonly Commented[] => {
  try {
    return (JSON.parse(text) as { readonly comments: readonly Commented[] }).comments;
  } catch {
    return [];
  }
};
