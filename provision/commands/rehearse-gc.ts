import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { removeAbandoned } from "../io/rehearse/hold.ts";
import { listRuns, removeRun } from "../io/rehearse/runs.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { type StateArguments, withState } from "./rehearse-options.ts";

const removeNamed = async (state: string, ids: readonly string[], { out }: Terminal): Promise<void> => {
  const runs = listRuns(state);
  const chosen = ids.map((id) => {
    const run = runs.find((each) => each.id === id);
    if (run === undefined) throw new AppError("USAGE", `There is no rehearsal ${id} in ${state}.`);
    if (run.state === "running") throw new AppError("USAGE", `Rehearsal ${id} is under way; end it first.`);
    return run;
  });
  for (const run of chosen) {
    await removeRun(run);
    out(`removed ${run.id}\n`);
  }
};

/** Without names: what nobody keeps. */
export const command = defineCommand<StateArguments>({
  operands: "[ID...]",
  options: (yargs) => withState(yargs),
  run: async (options, ids, terminal): Promise<ExitStatus> => {
    const state = options["state-dir"];
    if (ids.length > 0) await removeNamed(state, ids, terminal);
    else for (const id of await removeAbandoned(state)) terminal.out(`removed ${id}\n`);
    return EXIT.done;
  },
});
