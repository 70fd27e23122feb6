import { Buffer } from "node:buffer";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { regionOf } from "../io/aws.ts";
import { readInput } from "../io/files.ts";
import { awsGroups } from "../io/groups.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { applyPlan } from "../launch-template/apply.ts";
import { readPlan } from "../launch-template/plan-file.ts";
import { followRefresh } from "../launch-template/refresh.ts";
import { awsOf } from "./aws-options.ts";
import { type ChangeArguments, changeKit, withChange } from "./change-options.ts";
import { defineCommand } from "./command.ts";

interface Options extends ChangeArguments {
  readonly refresh: string | undefined;
  readonly "min-healthy": number;
}

export const command = defineCommand<Options>({
  operands: "PLAN.json",
  options: (yargs) =>
    withChange(yargs)
      .option("refresh", {
        type: "string",
        describe: "Then replace the instances of this Auto Scaling group, and wait for it",
      })
      .option("min-healthy", {
        type: "number",
        default: 90,
        describe: "Per cent of the group that stay in service meanwhile",
      }),
  run: async (options, [file, ...more], terminal): Promise<ExitStatus> => {
    if (file === undefined || more.length > 0)
      throw new AppError("USAGE", "Name one plan, as `provision launch-template plan --out FILE` writes it.");
    const plan = readPlan(Buffer.from(await readInput(file)).toString(), file);
    const aws = { ...awsOf(options), region: options.region ?? plan.region };
    if (regionOf(aws) !== plan.region)
      throw new AppError("USAGE", `${file} was planned for ${plan.region}, not for ${regionOf(aws)}.`);
    const kit = changeKit(options, awsLaunchTemplates(aws), terminal);
    const applied = await applyPlan(plan, kit);
    if (options.refresh !== undefined)
      await followRefresh(
        {
          group: options.refresh,
          templateId: applied.id,
          version: applied.version,
          minHealthyPercent: options["min-healthy"],
        },
        awsGroups(aws),
        kit,
      );
    if (options.json) terminal.out(`${JSON.stringify({ template: plan.template.name, ...applied })}\n`);
    return EXIT.done;
  },
});
