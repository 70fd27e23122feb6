import { readFileSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../../agent/base/errors.ts";
import { shiftArguments } from "../../rehearse/nspawn.ts";
import { makeControlGroups, removeControlGroups } from "./cgroups.ts";
import { run } from "./process.ts";

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

/** A program with its arguments, inside of all that. */
export const enclosed = (
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
export const leaderBelow = (pid: number): number | undefined => {
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
