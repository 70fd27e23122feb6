import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { rollback } from "../launch-template/rollback.ts";
import { auditedAws, type ChangeArguments, changeKit, withChange } from "./change-options.ts";
import { defineCommand } from "./command.ts";

export const command = defineCommand<ChangeArguments & { readonly to: number | undefined }>({
  operands: "NAME",
  options: (yargs) =>
    withChange(yargs).option("to", {
      type: "number",
      describe: "Go to this version instead of the one before",
    }),
  run: async (options, [name, ...more], terminal): Promise<ExitStatus> => {
    if (name === undefined || more.length > 0) throw new AppError("USAGE", "Name one launch template.");
    const kit = changeKit(options, awsLaunchTemplates(auditedAws(options)), terminal);
    const applied = await rollback(name, options.to, kit);
    if (options.json) terminal.out(`${JSON.stringify({ template: name, ...applied })}\n`);
    return EXIT.done;
  },
});
