import process from "node:process";
import { run as runProgram } from "./process.ts";

/** Longer than any download of packages should take, in milliseconds. */
const TIMEOUT_MS = 900_000;
/** For another rehearsal that is fetching, in seconds. */
const LOCK_SECONDS = 900;
export interface Ran {
  /** That of a shell, where it could not be started or did not end by itself. */
  readonly status: number;
  readonly out: string;
  /** Both, one after the other. */
  readonly said: string;
}

/** Runs a program to its end, with the environment of the caller: proxies are said there. Rejects only when it is told to stop. */
export const run = async (
  command: string,
  args: readonly string[],
  { stop, env = {} }: { readonly stop?: AbortSignal | undefined; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> => {
  const { status, stdout, stderr } = await runProgram(command, args, {
    stop,
    timeoutMs: TIMEOUT_MS,
    env: { ...process.env, LC_ALL: "C", LANGUAGE: "", ...env },
  });
  stop?.throwIfAborted();
  const out = stdout.toString("utf8");
  return { status, out, said: `${out}\n${stderr}` };
};

/** Runs apt-get with settings of ours. */
export type AptGet = (...args: readonly string[]) => Promise<Ran>;

/**
 * apt-get with a configuration read behind that of this machine. One at a time: whoever fetches at the same time waits.
 * The lock is one of the kernel's, which goes with the process that has it.
 */
export const aptGet =
  (settings: string, lock: string, stop: AbortSignal | undefined): AptGet =>
  (...args) =>
    run(
      "flock",
      ["--no-fork", "--wait", String(LOCK_SECONDS), lock, "apt-get", "--config-file", settings, ...args],
      { stop },
    );
