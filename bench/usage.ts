import { readdirSync, readFileSync } from "node:fs";

/** What a running process has used until now, as the kernel counts it. */
export interface Usage {
  /** User and system time of all its threads, in seconds. */
  readonly cpu: number;
  /** Resident set now, and the largest so far, in MiB. */
  readonly rss: number;
  readonly peakRss: number;
  readonly descriptors: number;
}

/** Linux counts processor time for programs in hundredths of a second, whatever the kernel itself uses. */
const TICKS_PER_SECOND = 100;

export const usageOf = (pid: number): Usage => {
  // The name of the program stands in brackets, and may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const mib = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1_024;
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rss: mib("VmRSS"),
    peakRss: mib("VmHWM"),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
};
