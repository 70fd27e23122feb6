import { spawn } from "node:child_process";
import process from "node:process";
import { AppError } from "../../../agent/base/errors.ts";

export interface Ended {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: Uint8Array | string;
  /** It is killed after this many milliseconds; its status is 124 then, as that of timeout(1). */
  readonly timeoutMs?: number;
  readonly stop?: AbortSignal | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const TIMED_OUT = 124;
/** A program that is not there has this status in a shell. */
const NOT_FOUND = 127;
/** Of standard error only the end is kept, in characters: the reason stands there. */
const KEPT = 16_384;

/** Where programs of the system are, whatever the caller's own path says. */
export const SYSTEM_PLACES: readonly string[] = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
];
export const SYSTEM_PATH = SYSTEM_PLACES.join(":");

/** The environment of what is run: nothing of the caller's may steer it, or leak into it. */
const ENVIRONMENT = {
  PATH: SYSTEM_PATH,
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
};

/** Runs a program to its end. Never throws; one that is not there ends with 127. */
export const run = (
  program: string,
  args: readonly string[],
  { input, timeoutMs, stop, env = {} }: RunOptions = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(program, [...args], {
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: { ...ENVIRONMENT, ...env },
      // Ctrl-C is for us: what we run is ended in order.
      detached: true,
    });
    let timedOut = false;
    const kill = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            kill();
          }, timeoutMs);
    if (stop?.aborted === true) kill();
    else stop?.addEventListener("abort", kill);
    const stdout: Buffer[] = [];
    let stderr = "";
    const end = (status: number): void => {
      clearTimeout(timer);
      stop?.removeEventListener("abort", kill);
      resolve({ status: timedOut ? TIMED_OUT : status, stdout: Buffer.concat(stdout), stderr });
    };
    child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      stderr = `${stderr}${chunk}`.slice(-KEPT);
    });
    child.on("error", (error) => {
      stderr = error.message;
      end(NOT_FOUND);
    });
    child.on("close", (code, signal) => end(code ?? (signal === null ? 1 : 128)));
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });

/** It and all that it has started; one that has ended meanwhile is none. */
export const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Ended.
  }
};

/**
 * The same for what has to succeed.
 *
 * @throws AppError REHEARSAL_BROKEN with the last words of the program
 */
export const demand = async (
  what: string,
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Buffer> => {
  const { status, stdout, stderr } = await run(program, args, options);
  if (status === 0) return stdout;
  const said = stderr.trim().split("\n").slice(-3).join(" ");
  throw new AppError("REHEARSAL_BROKEN", `${what}: ${program} has ended with ${status}: ${said}`);
};

/** What becomes of a rehearsal that somebody has stopped. */
export const interrupted = (): AppError =>
  new AppError("REHEARSAL_BROKEN", "Interrupted; the container and its files are gone.");

/**
 * Before anything is begun that would have to be ended again.
 *
 * @throws AppError REHEARSAL_BROKEN when somebody has asked to stop
 */
export const unlessStopped = (stop: AbortSignal): void => {
  if (stop.aborted) throw interrupted();
};
