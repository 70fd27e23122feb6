import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { EXIT } from "../agent/base/errors.ts";
import { atMost, LIMITS, type Limit } from "./limits.ts";
import { SAFE_ENV } from "./measure.ts";
import { median } from "./statistics.ts";

export interface StartUpRow {
  readonly command: string;
  readonly runs: number;
  /** Wall time from before the process is made to after it has ended: the median. */
  readonly ms: number;
  /** Against `node -e 0`. */
  readonly ratio: number;
  readonly limits: readonly Limit[];
}

const CONFIG = join(import.meta.dirname, "..", "templates", "agent.yaml");

interface Start {
  readonly command: string;
  readonly args: readonly string[];
}

/** What people wait for. */
export const agentStarts = (bundle: string): readonly Start[] => [
  { command: "host-agent --version", args: [bundle, "--version"] },
  { command: "host-agent check", args: [bundle, "check", "--config", CONFIG] },
];

export const provisionStarts = (bundle: string): readonly Start[] => [
  { command: "provision --help", args: [bundle, "--help"] },
];

/** Starts each command `runs` times, in turns: what else the machine does hits all of them. */
export const startUp = (starts: readonly Start[], runs: number): readonly StartUpRow[] => {
  const commands = [{ command: "node -e 0", args: ["-e", "0"] }, ...starts];
  const times = commands.map((): number[] => []);
  for (let run = 0; run < runs; run++)
    commands.forEach(({ args }, at) => {
      times[at]?.push(timeOf(args));
    });
  const medians = times.map(median);
  return commands.map(({ command }, at) => {
    const ms = medians[at] ?? Number.NaN;
    const ratio = ms / (medians[0] ?? Number.NaN);
    const limits = at === 0 ? [] : [atMost(`${command}: time ÷ that of node -e 0`, ratio, LIMITS.startUp)];
    return { command, runs, ms, ratio, limits };
  });
};

/** Milliseconds that Node needs for it, from before the process is made to after it has ended. */
export const timeOf = (args: readonly string[], expected: number = EXIT.done): number => {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    env: SAFE_ENV,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== expected) throw new Error(`node ${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - began;
};
