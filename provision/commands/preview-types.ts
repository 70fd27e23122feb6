import { AppError } from "../../agent/base/errors.ts";
import type { AwsOptions } from "../io/aws.ts";
import { fittingTypes } from "../io/instance-types.ts";
import { type Fitting, fittingFindings } from "../launch-template/fitting.ts";
import type { Terminal } from "./command.ts";
import type { LoadedTemplate } from "./load-template.ts";
import { refuseBroken, templateFindings } from "./template-findings.ts";

/**
 * Which instance types a template will start on, where it leaves the choice to EC2. Undefined where it does not, and
 * where looking is not permitted: a plan can be made without it.
 *
 * @throws AppError INPUT_INVALID when there are none, AWS_… for what the service refuses
 */
export const previewTypes = async (
  file: string,
  { template, architecture, region, positionOf }: LoadedTemplate,
  aws: AwsOptions,
  terminal: Terminal,
): Promise<Fitting | undefined> => {
  const { InstanceRequirements: requirements } = template.data;
  if (requirements === undefined) return undefined;
  try {
    const fitting = await fittingTypes(requirements, architecture, aws);
    const found = fittingFindings(fitting, { architecture, region });
    refuseBroken(templateFindings(found, positionOf), file, terminal);
    return fitting;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "AWS_DENIED") throw error;
    terminal.err(
      "Which instance types fit launch.instance_requirements is not known: ec2:GetInstanceTypesFromInstanceRequirements is not permitted.\n",
    );
    return undefined;
  }
};
