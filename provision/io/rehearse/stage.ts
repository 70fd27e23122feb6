import { existsSync, lstatSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Addition } from "../../rehearse/additions.ts";
import { hypervisorUuid } from "../../rehearse/nspawn.ts";
import type { Base, Machine, Stage } from "../../rehearse/ports.ts";
import { addFiles, bootMachine } from "./machine.ts";
import type { Run } from "./runs.ts";
import type { Services } from "./services.ts";

export interface StageOptions {
  readonly base: Base;
  readonly run: Run;
  readonly services: Services;
  readonly instanceId: string;
  /** Directories of this machine that are seen inside, to be read. */
  readonly binds: readonly { readonly from: string; readonly to: string }[];
}

/** A root that can be booted, again and again, with the services in reach. */
export const openStage = ({ base, run, services, instanceId, binds }: StageOptions): Stage => {
  const upper = join(run.directory, "upper");
  const hypervisor = join(run.directory, "hypervisor-uuid");
  writeFileSync(hypervisor, hypervisorUuid(instanceId));
  return {
    add: (added: readonly Addition[]) => addFiles(base.root, run, added),
    boot: async (): Promise<Machine> => {
      const machine = await bootMachine(base.root, run, { hypervisor, binds });
      await services.connect(machine.leader);
      return machine;
    },
    left: (paths) =>
      new Map(
        paths.flatMap((path) => {
          const text = textIn(upper, path);
          return text === undefined ? [] : [[path, text] as const];
        }),
      ),
    now: () => performance.now(),
    pause: async (ms) => void (await sleep(ms)),
  };
};

/** A link that leads out of the container's files leads to files of this machine: it is not followed. */
const textIn = (upper: string, path: string): string | undefined => {
  const target = join(upper, path);
  if (!existsSync(target) || !lstatSync(target).isFile()) return undefined;
  return realpathSync(target) === join(realpathSync(upper), path) ? readFileSync(target, "utf8") : undefined;
};
