import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";
import { readInput } from "../io/files.ts";
import { diffUserData } from "../user-data/diff.ts";
import { parseUserData } from "../user-data/parse.ts";
import { defineCommand } from "./command.ts";

export const command = defineCommand<{ readonly json: boolean }>({
  operands: "BEFORE AFTER",
  options: (yargs) =>
    yargs.option("json", {
      type: "boolean",
      default: false,
      describe: 'Print {"differences": […]} instead of lines',
    }),
  run: async ({ json }, [before, after, ...more], { out }): Promise<ExitStatus> => {
    if (before === undefined || after === undefined || more.length > 0)
      throw new AppError("USAGE", "Name two files to compare.");
    const [one, two] = await Promise.all([readInput(before), readInput(after)]);
    const differences = diffUserData(parseUserData(one), parseUserData(two));
    if (json) out(`${printable(JSON.stringify({ differences }))}\n`);
    else
      for (const { part, lines } of differences) {
        if (part !== "") out(`${printable(part)}\n`);
        for (const { sign, text } of lines) out(`${sign} ${printable(text)}\n`);
      }
    return differences.length === 0 ? EXIT.done : EXIT.findings;
  },
});
