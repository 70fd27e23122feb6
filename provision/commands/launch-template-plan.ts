import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";
import { writePrivate } from "../io/files.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { readCurrent } from "../launch-template/current.ts";
import { planTemplate } from "../launch-template/plan.ts";
import { planFile } from "../launch-template/plan-file.ts";
import { planText } from "../launch-template/text.ts";
import { type AwsArguments, awsOf, withAws } from "./aws-options.ts";
import { defineCommand } from "./command.ts";
import { loadTemplate } from "./load-template.ts";
import { previewTypes } from "./preview-types.ts";
import { givenBy, REPEATABLE, type VariableArguments, withVariables } from "./variable-options.ts";

interface Options extends AwsArguments, VariableArguments {
  readonly out: string | undefined;
  readonly revision: string | undefined;
  readonly json: boolean;
}

export const command = defineCommand<Options>({
  operands: "[HOST.yaml]",
  repeatable: REPEATABLE,
  options: (yargs) =>
    withVariables(withAws(yargs))
      .option("out", { type: "string", describe: "Write the plan into this file, for apply" })
      .option("revision", {
        type: "string",
        describe: "Goes into the description of the version, such as a commit",
      })
      .option("json", { type: "boolean", default: false, describe: "Print the plan as JSON" }),
  run: async (options, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to plan.");
    const aws = awsOf(options);
    const wanted = await loadTemplate(file, await givenBy(options), aws, terminal);
    const fitting = await previewTypes(file, wanted, aws, terminal);
    const current = await readCurrent(awsLaunchTemplates(aws), wanted.template.name);
    const plan = planTemplate(current, { ...wanted, fitting, revision: options.revision });
    if (options.json) terminal.out(planFile(plan));
    else terminal.out(planText(plan).split("\n").map(printable).join("\n"));
    // User data may hold what not everybody should read.
    if (options.out !== undefined) await writePrivate(options.out, planFile(plan));
    if (plan.action !== "none" && options.out !== undefined)
      terminal.err(`To do this: provision launch-template apply ${options.out}\n`);
    return plan.action === "none" ? EXIT.done : EXIT.findings;
  },
});
