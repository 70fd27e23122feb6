import { Buffer } from "node:buffer";
import type { Machine, Stage } from "./ports.ts";

/** What host-agent does inside, where it is installed. */

const PROGRAM = "/usr/local/bin/host-agent";
/** It ships every 5 seconds at the latest; what is not there after so long will not come. In milliseconds. */
const SHIPPING_MS = 12_000;
const LOOK_MS = 250;

export const isInstalled = (machine: Machine): boolean => machine.has(PROGRAM);

interface Status {
  readonly files: readonly { readonly lag_bytes: number }[];
}

const statusOf = async (machine: Machine): Promise<Status | undefined> => {
  const { status, stdout } = await machine.run([PROGRAM, "status", "--json"], { timeoutMs: 5_000 });
  if (status !== 0) return undefined;
  try {
    return JSON.parse(Buffer.from(stdout).toString("utf8")) as Status;
  } catch {
    return undefined;
  }
};

/** Resolves when all that was written to logs has been shipped, or when that takes too long: false then. */
export const shipped = async (machine: Machine, stage: Stage): Promise<boolean> => {
  const until = stage.now() + SHIPPING_MS;
  let quiet = 0;
  while (stage.now() < until) {
    const files = (await statusOf(machine))?.files;
    // Twice, since a log may be found between two looks.
    quiet =
      files !== undefined && files.length > 0 && files.every(({ lag_bytes: lag }) => lag === 0)
        ? quiet + 1
        : 0;
    if (quiet >= 2) return true;
    await stage.pause(LOOK_MS);
  }
  return false;
};
