import { readFileSync } from "node:fs";
import process from "node:process";

/** A process that something belongs to. A pid alone says nothing once the process has ended. */
export interface Owner {
  readonly pid: number;
  /** When it was started, in the kernel's own count. */
  readonly startedAt: string;
  /** Which boot of the machine it belongs to. */
  readonly boot: string;
}

const startOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before it may hold anything, blanks and brackets too.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
};

const bootId = (): string => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** This process. */
export const ownerHere = (): Owner => ({
  pid: process.pid,
  startedAt: startOf(process.pid) ?? "",
  boot: bootId(),
});

/** Whether that very process still runs. */
export const isAlive = ({ pid, startedAt, boot }: Owner): boolean =>
  boot === bootId() && startOf(pid) === startedAt;
