import {
  EC2Client,
  GetInstanceTypesFromInstanceRequirementsCommand,
  type InstanceRequirementsRequest,
} from "@aws-sdk/client-ec2";
import { callsTo } from "../../agent/base/aws-requests.ts";
import type { Architecture } from "../launch-template/base-image.ts";
import type { InstanceRequirements } from "../launch-template/data.ts";
import type { Fitting } from "../launch-template/fitting.ts";
import { type AwsOptions, clientConfig, regionOf } from "./aws.ts";

/** Most types of one page: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetInstanceTypesFromInstanceRequirements.html */
const PAGE = 1_000;

/**
 * Asks which instance types of the Region have what is asked for. One call: whether there are three or too many to
 * count is all that a plan needs.
 *
 * @throws AppError AWS_…
 */
export const fittingTypes = async (
  requirements: InstanceRequirements,
  architecture: Architecture,
  options: AwsOptions,
): Promise<Fitting> => {
  const region = regionOf(options);
  const ec2 = new EC2Client(clientConfig(options));
  const { InstanceTypes = [], NextToken = "" } = await callsTo(region)(
    "ec2:GetInstanceTypesFromInstanceRequirements",
    () =>
      ec2.send(
        new GetInstanceTypesFromInstanceRequirementsCommand({
          ArchitectureTypes: [architecture],
          // What images of these days are made for; the rest runs on types of ten years ago only.
          VirtualizationTypes: ["hvm"],
          // Rule LT04 has seen that what is mandatory is there.
          InstanceRequirements: requirements as InstanceRequirementsRequest,
          MaxResults: PAGE,
        }),
      ),
  );
  const types = InstanceTypes.flatMap(({ InstanceType }) => InstanceType ?? []).toSorted();
  return { types, complete: NextToken === "" };
};
