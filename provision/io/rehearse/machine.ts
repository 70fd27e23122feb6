import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, lstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../../agent/base/errors.ts";
import { bootArguments, type ContainerPaths } from "../../rehearse/nspawn.ts";
import type { BootEnd, Machine, Ran } from "../../rehearse/ports.ts";
import { makeControlGroups, removeControlGroups } from "./cgroups.ts";
import { enclosed, leaderBelow } from "./enclosure.ts";
import { killGroup, run } from "./process.ts";
import type { Root } from "./root.ts";
import { containerName, type Run } from "./runs.ts";

/** The status of systemd-nspawn when the container wants to boot again. */
const REBOOT = 133;
/** A machine that is being made is there after a few milliseconds, or not at all. */
const LEADER_MS = 10_000;

/** Prints the size and the content of each file that is there. A link is followed inside, where it can do no harm. */
const READ = `for path; do
  [ -f "$path" ] || continue
  size=$(wc -c <"$path") || continue
  printf '%s %s\\n' "$size" "$path"
  head -c "$size" "$path"
done`;

/** Of one file, more than that nobody reads in a report, in bytes. */
const READ_BYTES = 4 * 1_048_576;

const filesIn = (packed: Buffer): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  for (let at = 0; at < packed.length; ) {
    const end = packed.indexOf(10, at);
    if (end < 0) break;
    const [, size = "0", path = ""] = /^(\d+) (.*)$/.exec(packed.toString("utf8", at, end)) ?? [];
    const length = Number(size);
    files.set(path, packed.toString("utf8", end + 1, end + 1 + Math.min(length, READ_BYTES)));
    at = end + 1 + length;
  }
  return files;
};

/**
 * Boots the root of a run.
 *
 * @throws AppError REHEARSAL_BROKEN when no container comes up
 */
export const bootMachine = async (
  { directory, below }: Root,
  of: Run,
  paths: Omit<ContainerPaths, "root">,
): Promise<Machine> => {
  const name = containerName(of);
  const consolePath = join(directory, "console.log");
  const output = openSync(consolePath, "a", 0o600);
  // What an earlier boot has left in its control groups would be in the way.
  removeControlGroups(name);
  const [program = "", ...args] = enclosed(makeControlGroups(name), below.join(":"), directory, [
    "systemd-nspawn",
    ...bootArguments({ root: join(directory, "root"), ...paths }, name),
  ]);
  const child = spawn(program, args, {
    stdio: ["ignore", output, output],
    // Ctrl-C is for us: the container is ended in order.
    detached: true,
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C.UTF-8" },
  });
  closeSync(output);
  const ended = endOf(child);
  const console = (): string => readFileSync(consolePath, "utf8");
  const leader = await leaderOf(child, console);
  const enter = (
    argv: readonly string[],
    options: { timeoutMs?: number; input?: Uint8Array | string } = {},
  ): Promise<Ran> => run("nsenter", [`--target=${leader}`, "--all", "--", ...argv], options);
  const kill = async (): Promise<void> => {
    if (child.pid !== undefined) killGroup(child.pid);
    await ended;
  };
  return {
    leader,
    ended,
    console,
    run: enter,
    has: (path) => existsInside(leader, path),
    read: async (files) => {
      const { stdout } = await enter(["/bin/sh", "-c", READ, "read", ...files]);
      return filesIn(Buffer.from(stdout));
    },
    kill,
    stop: async (withinMs) => {
      // The signal by which systemd powers off.
      if (existsSync(`/proc/${leader}`)) signal(leader, SIGRTMIN_PLUS_4);
      // It must not keep the program from ending when the machine has ended before.
      const late = sleep(withinMs, "late" as const, { ref: false });
      if ((await Promise.race([ended, late])) === "late") await kill();
    },
  };
};

/** Signal 34 is the first of the real-time signals of programs; glibc keeps 32 and 33. */
const SIGRTMIN_PLUS_4 = 38;

const signal = (pid: number, number: number): void => {
  try {
    process.kill(pid, number);
  } catch {
    // Ended meanwhile.
  }
};

/** Does not follow a link at the end of the path: only whether something has that name. */
const existsInside = (leader: number, path: string): boolean => {
  try {
    lstatSync(`/proc/${leader}/root${path}`);
    return true;
  } catch {
    return false;
  }
};

const endOf = (child: ChildProcess): Promise<BootEnd> =>
  new Promise((resolve) => {
    child.once("error", () => resolve("died"));
    child.once("exit", (code) => resolve(code === REBOOT ? "reboot" : code === 0 ? "off" : "died"));
  });

const leaderOf = async (child: ChildProcess, console: () => string): Promise<number> => {
  const until = performance.now() + LEADER_MS;
  while (performance.now() < until && child.exitCode === null && child.pid !== undefined) {
    const leader = leaderBelow(child.pid);
    if (leader !== undefined) return leader;
    await sleep(5);
  }
  if (child.pid !== undefined) killGroup(child.pid);
  const said = console().trim().split("\n").slice(-5).join(" ");
  throw new AppError("REHEARSAL_BROKEN", `No container came up: ${said || "systemd-nspawn said nothing"}`);
};
