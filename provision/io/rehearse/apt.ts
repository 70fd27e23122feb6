import { spawn } from "node:child_process";
import process from "node:process";

/** Longer than any download of packages should take, in milliseconds. */
const TIMEOUT_MS = 900_000;
/** For another rehearsal that is fetching, in seconds. */
const LOCK_SECONDS = 900;
/** More output than that is of no use to anybody, in bytes. */
const MOST_OUTPUT = 16_777_216;

export interface Ran {
  /** -1 where it could not be started, or did not end by itself. */
  readonly status: number;
  readonly out: string;
  /** Both, one after the other. */
  readonly said: string;
}

/** Runs a program to its end. Rejects only when it is told to stop. */
export const run = (
  command: string,
  args: readonly string[],
  { stop, env = {} }: { readonly stop?: AbortSignal | undefined; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MS,
      ...(stop === undefined ? {} : { signal: stop }),
      env: { ...process.env, LC_ALL: "C", LANGUAGE: "", ...env },
    });
    const texts = { out: [] as Buffer[], err: [] as Buffer[] };
    const keep = (to: Buffer[]) => {
      let bytes = 0;
      return (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes <= MOST_OUTPUT) to.push(chunk);
      };
    };
    child.stdout.on("data", keep(texts.out));
    child.stderr.on("data", keep(texts.err));
    child.on("error", (error) => {
      if (!stop?.aborted) resolve({ status: -1, out: "", said: error.message });
    });
    child.on("close", (status) => {
      // Only now: nothing is left running when the caller goes on.
      if (stop?.aborted) return reject(stop.reason);
      const out = Buffer.concat(texts.out).toString("utf8");
      resolve({ status: status ?? -1, out, said: `${out}\n${Buffer.concat(texts.err).toString("utf8")}` });
    });
  });

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
