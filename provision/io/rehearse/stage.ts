import { existsSync, lstatSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hypervisorUuid } from "../../rehearse/nspawn.ts";
import type { Stage } from "../../rehearse/ports.ts";
import { bootMachine } from "./machine.ts";
import { addFiles, type Root } from "./root.ts";
import type { Run } from "./runs.ts";
import type { Reachable } from "./services.ts";
import { changedFiles } from "./upper-layer.ts";

export interface StageOptions {
  readonly root: Root;
  readonly run: Run;
  readonly services: Reachable;
  /** Directories of this machine that are seen inside, to be read. */
  readonly binds: readonly { readonly from: string; readonly to: string }[];
}

/** A root that can be booted with the services in reach. */
export const openStage = ({ root, run, services, binds }: StageOptions): Stage => {
  const upper = join(root.directory, "upper");
  const hypervisor = join(root.directory, "hypervisor-uuid");
  return {
    add: (added) => addFiles(root, added),
    boot: async (instance) => {
      writeFileSync(hypervisor, hypervisorUuid(instance.id));
      const machine = await bootMachine(root, run, { hypervisor, binds });
      await services.connect(machine.leader, instance);
      return machine;
    },
    left: (paths) =>
      new Map(
        paths.flatMap((path) => {
          const text = textIn(upper, path);
          return text === undefined ? [] : [[path, text] as const];
        }),
      ),
    changes: () => changedFiles(root),
  };
};

/** A link that leads out of the container's files leads to files of this machine: it is not followed. */
const textIn = (upper: string, path: string): string | undefined => {
  const target = join(upper, path);
  if (!existsSync(target) || !lstatSync(target).isFile()) return undefined;
  return realpathSync(target) === join(realpathSync(upper), path) ? readFileSync(target, "utf8") : undefined;
};
