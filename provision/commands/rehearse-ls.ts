import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";
import { listRuns } from "../io/rehearse/runs.ts";
import { defineCommand } from "./command.ts";
import { type StateArguments, withState } from "./rehearse-options.ts";

export const command = defineCommand<StateArguments & { readonly json: boolean }>({
  operands: "",
  options: (yargs) =>
    withState(yargs).option("json", { type: "boolean", default: false, describe: "Print one JSON object" }),
  run: async (options, more, { out }): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "This command takes no names.");
    const runs = listRuns(options["state-dir"]);
    if (options.json) out(`${JSON.stringify({ runs })}\n`);
    else
      for (const { id, state, subject, directory } of runs)
        out(`${printable(`${id}  ${state.padEnd(9)}  ${subject}  ${directory}`)}\n`);
    return EXIT.done;
  },
});
