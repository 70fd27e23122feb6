import type { Argv } from "yargs";
import type { AwsOptions } from "../io/aws.ts";

export interface AwsArguments {
  readonly region: string | undefined;
  readonly profile: string | undefined;
  readonly "endpoint-url": string | undefined;
}

/** Where AWS is: options that every command has that talks to it. */
export const withAws = (yargs: Argv): Argv<AwsArguments> =>
  yargs
    .option("region", { type: "string", describe: "AWS Region; default AWS_REGION" })
    .option("profile", { type: "string", describe: "Profile of ~/.aws; default AWS_PROFILE" })
    .option("endpoint-url", { type: "string", describe: "Another address than that of AWS" });

export const awsOf = (options: AwsArguments): AwsOptions => ({
  region: options.region,
  profile: options.profile,
  endpointUrl: options["endpoint-url"],
});
