import { Buffer } from "node:buffer";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { regionOf } from "../io/aws.ts";
import { readInput } from "../io/files.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { applyPlan } from "../launch-template/apply.ts";
import { readPlan } from "../launch-template/plan-file.ts";
import { awsOf } from "./aws-options.ts";
import { type ChangeArguments, changeKit, withChange } from "./change-options.ts";
import { defineCommand } from "./command.ts";

export const command = defineCommand<ChangeArguments>({
  operands: "PLAN.json",
  options: withChange,
  run: async (options, [file, ...more], terminal): Promise<ExitStatus> => {
    if (file === undefined || more.length > 0)
      throw new AppError("USAGE", "Name one plan, as `provision launch-template plan --out FILE` writes it.");
    const plan = readPlan(Buffer.from(await readInput(file)).toString(), file);
    const aws = { ...awsOf(options), region: options.region ?? plan.region };
    if (regionOf(aws) !== plan.region)
      throw new AppError("USAGE", `${file} was planned for ${plan.region}, not for ${regionOf(aws)}.`);
    const applied = await applyPlan(plan, changeKit(options, awsLaunchTemplates(aws), terminal));
    if (options.json) terminal.out(`${JSON.stringify({ template: plan.template.name, ...applied })}\n`);
    return EXIT.done;
  },
});
