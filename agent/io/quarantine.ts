import { appendFileSync, chmodSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Refused } from "../logs/lane.ts";
import type { Report, Target } from "../logs/ports.ts";

/** The file is put aside for one more of this size, in bytes: there are never more than two. */
const MOST_BYTES = 8 * 1_048_576;

/**
 * Keeps events that the service refused for good, one JSON object a line, in a file that only its owner may read. The
 * oldest are dropped when there are too many: the file is a help, and must not fill the disk.
 */
export const createQuarantine = (directory: string, now: () => number, report: (report: Report) => void) => {
  const path = join(directory, "quarantine.jsonl");
  return ({ logGroupName, logStreamName }: Target, refused: readonly Refused[]): void => {
    try {
      makeRoom(path);
      const refusedAt = new Date(now()).toISOString();
      const lines = refused.map((event) =>
        JSON.stringify({ refusedAt, logGroupName, logStreamName, ...event }),
      );
      appendFileSync(path, `${lines.join("\n")}\n`, { mode: 0o600 });
      chmodSync(path, 0o600);
    } catch (error) {
      const { message } = error as Error;
      report({ level: "error", event: "quarantine.unwritable", detail: { message, events: refused.length } });
    }
  };
};

const makeRoom = (path: string): void => {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MOST_BYTES) renameSync(path, path.replace(/\.jsonl$/, ".1.jsonl"));
};
