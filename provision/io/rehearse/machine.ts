import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { AppError } from "../../../agent/base/errors.ts";
import type { Addition } from "../../rehearse/additions.ts";
import { bootArguments, type ContainerPaths, FIRST_USER, shiftArguments } from "../../rehearse/nspawn.ts";
import type { BootEnd, Machine, Ran } from "../../rehearse/ports.ts";
import { makeControlGroups, removeControlGroups } from "./cgroups.ts";
import { killGroup, run } from "./process.ts";
import { containerName, type Run } from "./runs.ts";

/**
 * Everything of a container is below one process with process and mount namespaces of its own, which dies with us: the
 * kernel then takes along whatever is in them. So nothing is left of a rehearsal that was killed but files and empty
 * control groups.
 */

/** `$1`: the control groups, a line each. Joins them, and goes on as the program behind. */
const JOIN = `printf '%s\\n' "$1" | while IFS= read -r group; do echo $$ >"$group/cgroup.procs"; done
shift
exec "$@"`;

/** `$1`: the layers below, or nothing; `$2`: the directory of the root. What systemd-nspawn leaves in /run is gone with it. */
const ENTER = `set -eu
mount --make-rprivate /
if [ -n "$1" ]; then
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
fi
mount -t tmpfs -o mode=755 tmpfs /run
shift 2
exec "$@"`;

const enclosed = (
  groups: readonly string[],
  below: string,
  directory: string,
  program: readonly string[],
): readonly string[] => [
  "sh",
  "-c",
  JOIN,
  "join",
  groups.join("\n"),
  // The signal comes when we are gone, however that was.
  ...["setpriv", "--pdeathsig", "KILL"],
  ...["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
  "sh",
  "-c",
  ENTER,
  "enter",
  below,
  directory,
  ...program,
];

/** The status of systemd-nspawn when the container wants to boot again. */
const REBOOT = 133;
/** A machine that is being made is there after a few milliseconds, or not at all. */
const LEADER_MS = 10_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const childrenOf = (pid: number): readonly number[] => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
};

/** It gets the network of its own a moment after it was made; until then it has that of this machine. */
const hasOwnNetwork = (pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync("/proc/self/ns/net");
  } catch {
    return false;
  }
};

/** The first process of the container: number 1 two namespaces below us. */
const leaderBelow = (pid: number): number | undefined => {
  for (const child of childrenOf(pid)) {
    let numbers: readonly string[] = [];
    try {
      const [, line = ""] = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${child}/status`, "utf8")) ?? [];
      numbers = line.split(/\s+/);
    } catch {
      continue;
    }
    if (numbers.length >= 3 && numbers.at(-1) === "1") return hasOwnNetwork(child) ? child : undefined;
    const below = leaderBelow(child);
    if (below !== undefined) return below;
  }
  return undefined;
};

/** Shifts the owners of a root that was just made to those of the containers. */
export const shiftOwners = async (root: string, name: string): Promise<void> => {
  const groups = makeControlGroups(name);
  try {
    const [program = "", ...args] = enclosed(groups, "", dirname(root), [
      "systemd-nspawn",
      ...shiftArguments(root),
    ]);
    const { status, stderr } = await run(program, args);
    if (status !== 0)
      throw new AppError("REHEARSAL_BROKEN", `The owners in ${root} could not be shifted: ${stderr.trim()}`);
  } finally {
    removeControlGroups(name);
  }
};

/** A root of a run: a directory with the layer that is written to, and those below it, the uppermost first. */
export interface Root {
  readonly directory: string;
  readonly below: readonly string[];
}

/** Makes the directory of a root. */
export const makeRoot = (directory: string, below: readonly string[]): Root => {
  mkdirSync(directory, { mode: 0o700 });
  for (const name of ["upper", "work", "root"]) mkdirSync(join(directory, name));
  return { directory, below };
};

/** What the layers below have under a path; undefined where nothing is, or where it was deleted. */
export const belowAt = ({ below }: Root, path: string): string | undefined => {
  for (const layer of below) {
    const found = lstatSync(join(layer, path), { throwIfNoEntry: false });
    if (found !== undefined) return found.isCharacterDevice() ? undefined : join(layer, path);
  }
  return undefined;
};

/** Puts files into the upper layer of a root, owned by root of the container. */
export const addFiles = (root: Root, added: readonly Addition[]): void => {
  const upper = join(root.directory, "upper");
  for (const { path, content, mode = 0o644, appended = false } of added) {
    const target = join(upper, path);
    const below = belowAt(root, path);
    makeParents(upper, root, dirname(path));
    if (appended) {
      if (!existsSync(target)) {
        if (below === undefined || !lstatSync(below).isFile()) continue;
        copyFileSync(below, target);
      }
      if (!readFileSync(target).includes(Buffer.from(content))) appendFileSync(target, content);
    } else {
      rmSync(target, { force: true });
      writeFileSync(target, content);
      chmodSync(target, mode);
    }
    lchownSync(target, FIRST_USER, FIRST_USER);
  }
};

const NEW = { mode: 0o755, uid: FIRST_USER, gid: FIRST_USER };

/** Directories of the upper layer take the place of those of the base with all that they are. */
const makeParents = (upper: string, root: Root, path: string): void => {
  if (path === "/" || path === ".") return;
  makeParents(upper, root, dirname(path));
  const target = join(upper, path);
  if (existsSync(target)) return;
  mkdirSync(target);
  const below = belowAt(root, path);
  const { mode, uid, gid } = below === undefined ? NEW : lstatSync(below);
  chmodSync(target, mode & 0o7777);
  lchownSync(target, uid, gid);
};

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
      const late = pause(withinMs).then(() => "late" as const);
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
    await pause(5);
  }
  if (child.pid !== undefined) killGroup(child.pid);
  const said = console().trim().split("\n").slice(-5).join(" ");
  throw new AppError("REHEARSAL_BROKEN", `No container came up: ${said || "systemd-nspawn said nothing"}`);
};
