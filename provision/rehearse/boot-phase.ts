import { isInstalled, shipped } from "./agent.ts";
import { witness } from "./evidence.ts";
import type { Instance } from "./metadata/instance.ts";
import type { Machine, Stage, World } from "./ports.ts";
import type { ConfigPart, RunScript } from "./script-lines.ts";
import { type BootVerdict, judgeBoot, type Problem } from "./verdict.ts";

/** A boot, and the machine that goes on running. */
export interface Boot {
  readonly verdict: BootVerdict;
  readonly machine: Machine;
  /** What cloud-init and the scripts have printed. */
  readonly output: string;
}

export interface BootInput {
  readonly instance: Instance;
  readonly scripts: readonly RunScript[];
  readonly configs: readonly ConfigPart[];
  /** What is wrong with the user data before anything boots. */
  readonly ignored: readonly Problem[];
  readonly timeoutMs: number;
}

/** Boots a root with user data, waits for cloud-init, and for what host-agent ships. */
export const bootPhase = async (world: World, stage: Stage, input: BootInput): Promise<Boot> => {
  const { instance, scripts, configs, ignored, timeoutMs } = input;
  world.tell(`booting ${world.base.name}`);
  const machine = await stage.boot(instance);
  const evidence = await witness(machine, stage, world, timeoutMs);
  if (evidence.end === "finished" && isInstalled(machine)) {
    world.tell("host-agent ships");
    await shipped(machine, world);
  }
  return { verdict: judgeBoot(evidence, scripts, ignored, configs), machine, output: evidence.output };
};
