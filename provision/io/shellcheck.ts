import { spawn } from "node:child_process";
import process from "node:process";
import type { Comment } from "../lint/shellcheck.ts";

/** Longer than any script takes, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** What shellcheck says about one script, or undefined when it is not installed or ends badly. */
export const runShellcheck = (script: string): Promise<readonly Comment[] | undefined> =>
  new Promise((resolve) => {
    // Sourced files are on the host, not here.
    const child = spawn("shellcheck", ["--format=json1", "--severity=info", "--exclude=SC1091", "-"], {
      stdio: ["pipe", "pipe", "ignore"],
      timeout: TIMEOUT_MS,
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C.UTF-8" },
    });
    const out: Buffer[] = [];
    child.on("error", () => resolve(undefined));
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stdin.on("error", () => undefined);
    child.on("close", () => resolve(commentsIn(Buffer.concat(out).toString("utf8"))));
    child.stdin.end(script);
  });

const commentsIn = (text: string): readonly Comment[] | undefined => {
  try {
    return (JSON.parse(text) as { readonly comments: readonly Comment[] }).comments;
  } catch {
    return undefined;
  }
};
