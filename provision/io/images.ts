import {
  DescribeImagesCommand,
  type DescribeImagesCommandInput,
  EC2Client,
  type Image,
} from "@aws-sdk/client-ec2";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { awsCode, awsFailure } from "../../agent/base/aws-errors.ts";
import { AppError } from "../../agent/base/errors.ts";
import type { ImageQuery, ResolvedImage } from "../launch-template/base-image.ts";
import { type AwsOptions, clientConfig, regionOf } from "./aws.ts";

/**
 * Looks up what an image is now. One or two calls.
 *
 * @throws AppError IMAGE_MISSING when there is none, AWS_… for what the services refuse
 */
export const resolveImage = async (query: ImageQuery, options: AwsOptions): Promise<ResolvedImage> => {
  const region = regionOf(options);
  const ec2 = new EC2Client(clientConfig(options));

  const describe = async (request: DescribeImagesCommandInput) => {
    try {
      return (await ec2.send(new DescribeImagesCommand(request))).Images ?? [];
    } catch (error) {
      if (awsCode(error).startsWith("InvalidAMIID.")) return [];
      throw awsFailure("ec2:DescribeImages", error, region);
    }
  };

  const missing = (what: string): AppError => new AppError("IMAGE_MISSING", `${what} in ${region}.`);

  if (query.kind === "newest") {
    const { owner, name, architecture } = query;
    const images = await describe({
      Owners: [owner],
      Filters: [
        { Name: "name", Values: [name] },
        { Name: "architecture", Values: [architecture] },
        { Name: "state", Values: ["available"] },
      ],
    });
    const [newest] = images.toSorted((a, b) => (b.CreationDate ?? "").localeCompare(a.CreationDate ?? ""));
    if (newest === undefined)
      throw missing(`${owner} has no available image for ${architecture} with a name like ${name}`);
    return resolved(newest, query.by);
  }
  const id = query.kind === "id" ? query.id : await parameter(query.name, options);
  const [found] = await describe({ ImageIds: [id] });
  if (found === undefined) throw missing(`There is no image ${id}${query.by === id ? "" : ` (${query.by})`}`);
  if (found.State !== "available") throw missing(`The image ${id} is ${found.State}`);
  return resolved(found, query.by);
};

const resolved = (image: Image, by: string): ResolvedImage => ({
  id: image.ImageId ?? "",
  name: image.Name,
  owner: image.OwnerId,
  architecture: image.Architecture,
  root_device: image.RootDeviceName,
  root_size_gib: image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === image.RootDeviceName)?.Ebs
    ?.VolumeSize,
  by,
});

const parameter = async (name: string, options: AwsOptions): Promise<string> => {
  const region = regionOf(options);
  const ssm = new SSMClient(clientConfig(options));
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter?.Value ?? "";
  } catch (error) {
    if (awsCode(error) === "ParameterNotFound")
      throw new AppError("IMAGE_MISSING", `There is no parameter ${name} in ${region}.`, { cause: error });
    throw awsFailure("ssm:GetParameter", error, region);
  }
};
