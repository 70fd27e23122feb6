import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A control group of its own for each container, in every hierarchy that is mounted: what systemd makes inside would
 * otherwise lie beside the caller's own processes, and stay there.
 */

/** The octal escapes of /proc/self/mountinfo. */
const unescaped = (path: string): string =>
  path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

const hierarchies = (): readonly string[] => {
  const seen = new Set<string>();
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [type = ""] = after.split(" ");
      const [, , device = "", , path = ""] = before.split(" ");
      // One that is mounted twice is one.
      if (!/^cgroup2?$/.test(type) || seen.has(device)) return [];
      seen.add(device);
      return [unescaped(path)];
    });
};

/** A cpuset of version 1 begins with nothing in it, and takes no process then. */
const INHERITED = ["cpuset.cpus", "cpuset.mems"] as const;

const inherit = (parent: string, group: string): void => {
  for (const name of INHERITED)
    try {
      if (readFileSync(join(group, name), "utf8").trim() === "")
        writeFileSync(join(group, name), readFileSync(join(parent, name)));
    } catch {
      // Not of this hierarchy.
    }
};

/** Makes them. Gives the directories. */
export const makeControlGroups = (name: string): readonly string[] =>
  hierarchies().flatMap((parent) => {
    const group = join(parent, name);
    try {
      mkdirSync(group, { recursive: true });
      inherit(parent, group);
      return [group];
    } catch {
      // A hierarchy that is read-only here leads no processes of ours.
      return [];
    }
  });

const removeTree = (group: string): void => {
  let names: readonly string[] = [];
  try {
    names = readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return;
  }
  for (const name of names) removeTree(join(group, name));
  try {
    rmdirSync(group);
  } catch {
    // A process in it is just ending: whoever looks next removes it.
  }
};

/** Removes them with all that was made below; one that still has processes stays. */
export const removeControlGroups = (name: string): void => {
  for (const parent of hierarchies()) removeTree(join(parent, name));
};

/** Processes in them, by pid. */
export const controlled = (name: string): readonly number[] => {
  const found = new Set<number>();
  const collect = (group: string): void => {
    let text: string;
    try {
      text = readFileSync(join(group, "cgroup.procs"), "utf8");
      for (const entry of readdirSync(group, { withFileTypes: true }))
        if (entry.isDirectory()) collect(join(group, entry.name));
    } catch {
      return;
    }
    for (const pid of text.split("\n")) if (pid !== "") found.add(Number(pid));
  };
  for (const parent of hierarchies()) collect(join(parent, name));
  return [...found];
};
