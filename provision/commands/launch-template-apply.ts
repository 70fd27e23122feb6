import { Buffer } from "node:buffer";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { regionOf } from "../io/aws.ts";
import { readInput } from "../io/files.ts";
import { awsGroups } from "../io/groups.ts";
import { interruptible } from "../io/interrupt.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { type ApplyKit, applyPlan, rehearsePlan } from "../launch-template/apply.ts";
import { checkGroup } from "../launch-template/group.ts";
import type { Plan } from "../launch-template/plan.ts";
import { readPlan } from "../launch-template/plan-file.ts";
import { followRefresh } from "../launch-template/refresh.ts";
import { auditedAws, type ChangeArguments, changeKit, withChange } from "./change-options.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { type DryRunArguments, tellRehearsal, withDryRun } from "./dry-run.ts";

interface Options extends ChangeArguments, DryRunArguments {
  readonly refresh: string | undefined;
  readonly "min-healthy": number;
}

const dryRun = async (
  plan: Plan,
  kit: ApplyKit,
  { json, refresh }: Options,
  terminal: Terminal,
): Promise<ExitStatus> => {
  const rehearsed = await rehearsePlan(plan, kit);
  const later = refresh === undefined ? [] : [`that the instances of ${refresh} can be replaced`];
  const rehearsal = { ...rehearsed, not_proved: [...rehearsed.not_proved, ...later] };
  tellRehearsal(plan.template.name, `would ${DEEDS[rehearsal.action]}`, rehearsal, json, terminal);
  return rehearsal.action === "none" ? EXIT.done : EXIT.findings;
};

const DEEDS: Readonly<Record<Plan["action"], string>> = {
  create: "be made",
  version: "get another version, which becomes the default",
  promote: "get its latest version as the default",
  none: "stay as it is",
};

/** @throws AppError USAGE */
const checkPercent = (percent: number): void => {
  if (!Number.isInteger(percent) || percent < 0 || percent > 100)
    throw new AppError("USAGE", `--min-healthy takes a whole number from 0 to 100, not ${percent}.`);
};

export const command = defineCommand<Options>({
  operands: "PLAN.json",
  options: (yargs) =>
    withDryRun(withChange(yargs))
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
    checkPercent(options["min-healthy"]);
    const plan = readPlan(Buffer.from(await readInput(file)).toString(), file);
    const aws = { ...auditedAws(options), region: options.region ?? plan.region };
    if (regionOf(aws) !== plan.region)
      throw new AppError("USAGE", `${file} was planned for ${plan.region}, not for ${regionOf(aws)}.`);
    const kit = changeKit(options, awsLaunchTemplates(aws), terminal);
    const { refresh: group } = options;
    const groups = awsGroups(aws);
    // Before anything is done: a group that cannot be refreshed is no reason to leave half of it done.
    if (group !== undefined) checkGroup(await groups.find(group), group, plan);
    if (options["dry-run"]) return dryRun(plan, kit, options, terminal);
    const applied = await applyPlan(plan, kit);
    if (group !== undefined) {
      const request = {
        group,
        template: { id: applied.id, name: plan.template.name },
        version: applied.version,
        minHealthyPercent: options["min-healthy"],
      };
      await interruptible((stop) => followRefresh(request, groups, { ...kit, stop }));
    }
    if (options.json) terminal.out(`${JSON.stringify({ template: plan.template.name, ...applied })}\n`);
    return EXIT.done;
  },
});
