/** Whether the instances of a group can be replaced by those of a version. */
import { AppError } from "../../agent/base/errors.ts";
import type { Plan } from "./plan.ts";

/** What an Auto Scaling group starts its instances from. */
export interface Group {
  readonly name: string;
  /** It has a mixed instances policy: several types, perhaps Spot. */
  readonly mixed: boolean;
  /** Absent where it has a launch configuration. */
  readonly template?: {
    readonly id: string;
    readonly name: string;
    /** A number, `$Latest` or `$Default`. */
    readonly version: string;
  };
}

const blocked = (message: string): AppError => new AppError("REFRESH_BLOCKED", message);

/**
 * A refresh makes a group start from what it is given, whatever it had. So a group that has something else is refused,
 * as is one that could not be rolled back: https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
 *
 * @throws AppError GROUP_MISSING, REFRESH_BLOCKED
 */
export const checkGroup = (
  group: Group | undefined,
  name: string,
  { template, base, region }: Pick<Plan, "template" | "base" | "region">,
): void => {
  if (group === undefined)
    throw new AppError("GROUP_MISSING", `There is no Auto Scaling group ${name} in ${region}.`);
  const { template: has, mixed } = group;
  if (has?.name !== template.name && (has === undefined || has.id !== base?.id))
    throw blocked(
      `${name} starts its instances from ${has === undefined ? "a launch configuration" : `launch template ${has.name}`}, not from ${template.name}. If that is what it should do, let it do so first: ${pinCommand(name, template.name, base?.default_version)}.`,
    );
  if (mixed)
    throw blocked(
      `${name} has a mixed instances policy, which a refresh to one launch template would take away. Put the version into its policy, and replace its instances with: aws autoscaling start-instance-refresh --auto-scaling-group-name ${name}.`,
    );
  if (has?.version === "$Latest" || has?.version === "$Default")
    throw blocked(
      `${name} follows ${has.version} of ${template.name}, so a refresh that fails could not be rolled back. Give it the number that its instances have first: ${pinCommand(name, template.name, has.version === "$Latest" ? base?.latest_version : base?.default_version)}.`,
    );
};

/** What gives a group the number of a version. */
export const pinCommand = (group: string, template: string, version: number | undefined): string =>
  `aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${group} --launch-template LaunchTemplateName=${template},Version=${version ?? "NUMBER"}`;
