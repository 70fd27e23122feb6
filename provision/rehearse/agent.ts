import { Buffer } from "node:buffer";
import { AGENT } from "../user-data/prologue.ts";
import type { Machine, World } from "./ports.ts";

/** What host-agent does inside, where it is installed. */

/** It ships every 5 seconds at the latest; what is not there after so long will not come. In milliseconds. */
const SHIPPING_MS = 12_000;
const LOOK_MS = 250;

export const isInstalled = (machine: Machine): boolean => machine.has(AGENT);

interface Status {
  readonly files: readonly { readonly lag_bytes: number }[];
}

const statusOf = async (machine: Machine): Promise<Status | undefined> => {
  const { status, stdout } = await machine.run([AGENT, "status", "--json"], { timeoutMs: 5_000 });
  if (status !== 0) return undefined;
  try {
    return JSON.parse(Buffer.from(stdout).toString("utf8")) as Status;
  } catch {
    return undefined;
  }
};

/** Resolves when all that was written to logs has been shipped, or when that takes too long: false then. */
export const shipped = async (machine: Machine, world: Pick<World, "now" | "pause">): Promise<boolean> => {
  const until = world.now() + SHIPPING_MS;
  let quiet = 0;
  while (world.now() < until) {
    const files = (await statusOf(machine))?.files;
    // Twice, since a log may be found between two looks.
    quiet =
      files !== undefined && files.length > 0 && files.every(({ lag_bytes: lag }) => lag === 0)
        ? quiet + 1
        : 0;
    if (quiet >= 2) return true;
    await world.pause(LOOK_MS);
  }
  return false;
};

/** What the unit of host-agent did in a while. */
export interface AgentSeen {
  readonly active: boolean;
  /** How often systemd has started it again by itself. */
  readonly restarts: number;
  /** What it has said, with the milliseconds since the while began. */
  readonly said: readonly { readonly ms: number; readonly text: string }[];
}

const JOURNAL = ["journalctl", "--unit=host-agent", "--output=json", "--output-fields=MESSAGE", "--no-pager"];
/** More lines than that nobody reads. */
const MOST_SAID = 20;

const linesOf = (journal: string, since: number): AgentSeen["said"] =>
  journal
    .split("\n")
    .flatMap((line) => {
      try {
        const { MESSAGE, __REALTIME_TIMESTAMP: at } = JSON.parse(line) as Record<string, unknown>;
        return [{ ms: Math.round(Number(at) / 1_000 - since), text: wordsOf(String(MESSAGE)) }];
      } catch {
        return [];
      }
    })
    .slice(-MOST_SAID);

/** Of its own log, which is JSON, what a reader wants. */
const wordsOf = (message: string): string => {
  try {
    const { msg, event } = JSON.parse(message) as { readonly msg?: string; readonly event?: string };
    return msg ?? event ?? message;
  } catch {
    return message;
  }
};

/** @param since milliseconds since 1970 */
export const seenOf = async (machine: Machine, since: number): Promise<AgentSeen> => {
  const properties = ["systemctl", "show", "host-agent", "--property=ActiveState", "--property=NRestarts"];
  const [unit, journal] = await Promise.all([
    machine.run(properties, { timeoutMs: 5_000 }),
    machine.run([...JOURNAL, `--since=@${Math.floor(since / 1_000)}`], { timeoutMs: 5_000 }),
  ]);
  const shown = Buffer.from(unit.stdout).toString("utf8");
  return {
    active: /^ActiveState=active$/m.test(shown),
    restarts: Number(/^NRestarts=(\d+)$/m.exec(shown)?.[1] ?? 0),
    said: linesOf(Buffer.from(journal.stdout).toString("utf8"), since),
  };
};
