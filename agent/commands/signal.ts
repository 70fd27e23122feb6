import { AppError, EXIT } from "../base/errors.ts";
import { completeBoot, type Waiting } from "../boot/completion.ts";
import { systemClock } from "../io/clock.ts";
import { instanceFacts } from "../io/instance.ts";
import { awsWaiters } from "../io/waiters.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { endpointUrl, notEmpty } from "./option-value.ts";

interface SignalOptions {
  readonly "exit-code": number;
  readonly "lifecycle-hook": string | undefined;
  readonly group: string | undefined;
  readonly stack: string | undefined;
  readonly resource: string | undefined;
  readonly "instance-id": string | undefined;
  readonly region: string | undefined;
  readonly "endpoint-url": string | undefined;
}

const waitingOf = ({ stack, resource, group, ...options }: SignalOptions): Waiting => {
  const hook = notEmpty("--lifecycle-hook", options["lifecycle-hook"]);
  if ((stack === undefined) !== (resource === undefined))
    throw new AppError("USAGE", "--stack and --resource belong together.");
  if (group !== undefined && hook === undefined)
    throw new AppError("USAGE", "--group is of no use without --lifecycle-hook.");
  if (hook === undefined && stack === undefined)
    throw new AppError("USAGE", "Say who waits: --lifecycle-hook NAME, or --stack NAME --resource ID.");
  return {
    ...(hook !== undefined && { hook: { name: hook, group: notEmpty("--group", group) } }),
    ...(stack !== undefined &&
      resource !== undefined && {
        stack: { name: notEmpty("--stack", stack), resource: notEmpty("--resource", resource) },
      }),
  };
};

/** Which instance this is, and where: as it is told, or as the metadata service says. */
const here = async (
  options: SignalOptions,
  env: Terminal["env"],
): Promise<{ readonly instance: string; readonly region: string }> => {
  const given = {
    instance: notEmpty("--instance-id", options["instance-id"]),
    region: notEmpty("--region", options.region) ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION,
  };
  const facts =
    given.instance === undefined || given.region === undefined ? await instanceFacts(env) : undefined;
  const instance = given.instance ?? facts?.instance_id;
  const region = given.region ?? facts?.aws_region;
  if (instance === undefined)
    throw new AppError("NO_INSTANCE", "The metadata service does not answer, and there is no --instance-id.");
  if (region === undefined) throw new AppError("NO_REGION", "Nobody says which Region this is.");
  return { instance, region };
};

export const command = defineCommand<SignalOptions>({
  options: (yargs) =>
    yargs
      .option("exit-code", {
        type: "number",
        demandOption: true,
        describe: "How the boot ended: 0 for success, anything else for failure",
      })
      .option("lifecycle-hook", {
        type: "string",
        describe: "Hook of the Auto Scaling group that waits: it goes on, or gives the instance up",
      })
      .option("group", { type: "string", describe: "That group (default: the one that this instance is in)" })
      .option("stack", { type: "string", describe: "CloudFormation stack that waits, with --resource" })
      .option("resource", { type: "string", describe: "Logical id of the resource in that stack" })
      .option("instance-id", {
        type: "string",
        describe: "This instance (default: ask the metadata service)",
      })
      .option("region", {
        type: "string",
        describe: "AWS Region (default: AWS_REGION, the metadata service)",
      })
      .option("endpoint-url", { type: "string", describe: "Another address than that of AWS" })
      .example("$0 signal --exit-code $? --lifecycle-hook launching", "At the end of user data"),

  run: async (options, { env, out, stop }) => {
    const waiting = waitingOf(options);
    if (!Number.isInteger(options["exit-code"]))
      throw new AppError("USAGE", "--exit-code takes a whole number, as `$?` is one.");
    const endpoint = options["endpoint-url"];
    if (endpoint !== undefined) endpointUrl("--endpoint-url", endpoint);
    const { instance, region } = await here(options, env);
    await completeBoot(instance, options["exit-code"] === 0, waiting, {
      waiters: awsWaiters(region, endpoint),
      clock: systemClock,
      stop,
      say: (line) => out(`${line}\n`),
    });
    return EXIT.done;
  },
});
