import { Buffer } from "node:buffer";
import { FAILED_COMMANDS } from "./additions.ts";
import { stageIn } from "./cloud-init-log.ts";
import type { BootEnd, Machine, Stage, World } from "./ports.ts";

/** What a boot has left behind, before anything is made of it. */
export interface Evidence {
  /** How it went: cloud-init has finished, or it took too long, or the machine has ended before. */
  readonly end: "finished" | "timed out" | BootEnd;
  /** Milliseconds from the start of the container until cloud-init has finished, or until it was given up. */
  readonly readyMs: number;
  /** `result.json` of cloud-init. */
  readonly result: string | undefined;
  readonly output: string;
  readonly log: string;
  /** The records of commands that have failed. */
  readonly failed: string;
  /** Names of units that have failed. */
  readonly failedUnits: readonly string[];
  /** The stage of cloud-init that it was in when it was given up. */
  readonly stage: string | undefined;
}

const RESULT = "/run/cloud-init/result.json";
/** The same on the disk: what is in memory is gone with the machine. */
const KEPT_RESULT = "/var/lib/cloud/data/result.json";
const STATUS = "/run/cloud-init/status.json";
const OUTPUT = "/var/log/cloud-init-output.log";
const LOG = "/var/log/cloud-init.log";

/** How often is looked whether it has finished, in milliseconds. */
const LOOK_MS = 25;
/** How often is told what it is doing. */
const TELL_MS = 500;

const STAGES: Readonly<Record<string, string>> = {
  "init-local": "finding the metadata",
  init: "reading the user data",
  "modules-config": "configuring",
  "modules-final": "running packages and scripts",
};

/** Waits for cloud-init, and collects what it has left. */
export const witness = async (
  machine: Machine,
  stage: Stage,
  world: Pick<World, "now" | "pause" | "tell">,
  timeoutMs: number,
): Promise<Evidence> => {
  const began = world.now();
  let ended: BootEnd | undefined;
  void machine.ended.then((how) => {
    ended = how;
  });
  let told = began;
  for (;;) {
    const now = world.now();
    if (ended !== undefined) return collect(machine, stage, ended, now - began);
    if (machine.has(RESULT)) return collect(machine, stage, "finished", now - began);
    if (now - began > timeoutMs) return collect(machine, stage, "timed out", now - began);
    if (now - told >= TELL_MS) {
      told = now;
      const files = await machine.read([STATUS]);
      const current = stageIn(files.get(STATUS));
      if (current !== undefined) world.tell(STAGES[current] ?? current);
    }
    await world.pause(LOOK_MS);
  }
};

const collect = async (
  machine: Machine,
  stage: Stage,
  end: Evidence["end"],
  readyMs: number,
): Promise<Evidence> => {
  const paths = [RESULT, KEPT_RESULT, STATUS, OUTPUT, LOG, FAILED_COMMANDS];
  const isUp = end === "finished" || end === "timed out";
  const files = isUp ? await machine.read(paths) : stage.left(paths);
  const units = isUp
    ? await machine.run(["systemctl", "list-units", "--failed", "--plain", "--no-legend"])
    : undefined;
  return {
    end,
    readyMs,
    result: files.get(RESULT) ?? (isUp ? undefined : files.get(KEPT_RESULT)),
    output: files.get(OUTPUT) ?? "",
    log: files.get(LOG) ?? "",
    failed: files.get(FAILED_COMMANDS) ?? "",
    failedUnits: Buffer.from(units?.stdout ?? "")
      .toString("utf8")
      .split("\n")
      .flatMap((line) => line.trim().split(/\s+/)[0] || []),
    stage: stageIn(files.get(STATUS)),
  };
};
