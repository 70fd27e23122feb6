import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import starters from "../host/starters.generated.json" with { type: "json" };
import { writeNewFiles } from "../io/files.ts";
import { defineCommand } from "./command.ts";

const TEMPLATES: Readonly<Record<string, Readonly<Record<string, string>>>> = starters;

export const command = defineCommand<{ readonly template: string }>({
  operands: "[DIRECTORY]",
  options: (yargs) =>
    yargs.option("template", {
      choices: Object.keys(TEMPLATES),
      default: "bare",
      describe: "What to start from",
    }),
  run: async ({ template }, [directory = ".", ...more], { out }): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one directory.");
    for (const path of await writeNewFiles(directory, TEMPLATES[template] ?? {})) out(`${path}\n`);
    return EXIT.done;
  },
});
