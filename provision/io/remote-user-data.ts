import { Buffer } from "node:buffer";
import { DescribeInstanceAttributeCommand, EC2Client } from "@aws-sdk/client-ec2";
import { awsCode, awsFailure } from "../../agent/base/aws-errors.ts";
import { AppError } from "../../agent/base/errors.ts";
import { type AwsOptions, clientConfig, regionOf } from "./aws.ts";
import { awsLaunchTemplates } from "./launch-templates.ts";

/** Where user data can be besides in a file. */
export type Place =
  | { readonly kind: "instance"; readonly id: string }
  | { readonly kind: "template"; readonly id: string; readonly version: number | "$Default" | "$Latest" };

/**
 * The user data of an instance or of a version of a launch template, as EC2 holds them.
 *
 * @throws AppError INPUT_INVALID when there are none, TEMPLATE_MISSING, AWS_…
 */
export const remoteUserData = async (place: Place, aws: AwsOptions): Promise<Uint8Array> => {
  const text = place.kind === "instance" ? await ofInstance(place.id, aws) : await ofVersion(place, aws);
  if (text === undefined || text === "") throw new AppError("INPUT_INVALID", `${place.id} has no user data.`);
  return Buffer.from(text, "base64");
};

const ofVersion = async (
  { id, version }: Extract<Place, { readonly kind: "template" }>,
  aws: AwsOptions,
): Promise<string | undefined> => {
  const found = await awsLaunchTemplates(aws).version(id, version);
  if (found === undefined)
    throw new AppError("TEMPLATE_MISSING", `There is no version ${version} of ${id} in ${regionOf(aws)}.`);
  return found.data.UserData;
};

const ofInstance = async (id: string, aws: AwsOptions): Promise<string | undefined> => {
  const region = regionOf(aws);
  const request = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: "userData" });
  try {
    return (await new EC2Client(clientConfig(aws)).send(request)).UserData?.Value;
  } catch (error) {
    if (awsCode(error).startsWith("InvalidInstanceID."))
      throw new AppError("INPUT_INVALID", `There is no instance ${id} in ${region}.`, { cause: error });
    throw awsFailure("ec2:DescribeInstanceAttribute", error, region);
  }
};
