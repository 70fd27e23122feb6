import * as z from "zod/mini";
import { imageSection } from "../ami/recipe-schema.ts";
import { agentArchive } from "./agent-archive.ts";
import { filled, key, matching } from "./key.ts";
import { launchSchema } from "./launch-schema.ts";
import { paramsSchema } from "./params.ts";
import { referenceTo, variableSchema } from "./variables.ts";

const completion = z.strictObject({
  lifecycle_hook: key(z.optional(filled()), {
    description:
      "Name of a hook of the Auto Scaling group for instances that launch. When the boot has succeeded the instance goes into service, and when it has failed the group gives it up at once, instead of when the time of the hook is over.",
    default: "none",
    limits:
      "the instance needs `autoscaling:CompleteLifecycleAction` and `autoscaling:DescribeAutoScalingInstances`",
  }),
  stack: key(
    z.optional(
      z.strictObject({
        name: key(filled(), { description: "Name of the stack." }),
        resource: key(filled(), {
          description: "Logical id of the resource with the CreationPolicy or the UpdatePolicy.",
        }),
      }),
    ),
    {
      description: "A CloudFormation stack that waits for a signal, as `cfn-signal` sends it.",
      default: "none",
      limits: "the instance needs `cloudformation:SignalResource`",
    },
  ),
});

const boot = z.strictObject({
  params: key(z._default(paramsSchema, {}), {
    description:
      "Values for the scripts: a text, a number, or `true` and `false`. Each script begins with a line `readonly NAME='…'` for each; nothing is ever put into its text.",
    default: "none",
    limits: "names as in the shell, without those that it uses itself; texts without NUL",
  }),
  scripts: key(z._default(z.array(z.string()), []), {
    description:
      "Shell scripts that run at the first boot, in this order, as root. When one fails the later ones do not run.",
    limits: "paths as seen from the file; `#!` with sh, dash or bash in the first line",
  }),
  cloud_config: key(z.optional(z.string()), {
    description: "A `#cloud-config` file that goes along.",
    default: "none",
    limits: "a path as seen from the file",
  }),
  install_agent: key(z.optional(z.strictObject(agentArchive)), {
    description: "Installs host-agent before the scripts, with the configuration of `agent`.",
    default: "it is not installed",
  }),
  completion: key(z.optional(completion), {
    description:
      "Who is told how the boot went, by host-agent: after the last script, or as soon as one has failed. When the agent itself cannot be installed nobody is told, and whoever waits does so until the end of its time.",
    default: "nobody",
    limits: "with `install_agent`",
  }),
  compression: key(z._default(z.enum(["auto", "always", "never"]), "auto"), {
    description:
      "Whether user data is compressed. `auto` does so when it is too large otherwise. Only cloud-init reads gzip: say `never` for AWS Batch and EKS.",
  }),
});

/** The shape of `host.yaml`. */
export const hostSchema = z.strictObject({
  extends: key(z.optional(filled()), {
    description:
      "Another `host.yaml` that this one builds on: what is here goes over what is there. Mappings are put together key by key; a list or a value takes the place of the other one. Paths are as seen from the file that they stand in.",
    default: "none",
    limits: "a path as seen from the file; up to 16 files, one after the other",
  }),
  name: key(matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "must be 1 to 63 letters, digits, dots, _ and -"), {
    description: "What the host is called.",
  }),
  variables: key(z.optional(z.record(z.string(), z.nullable(variableSchema))), {
    description: `What differs from one use of the file to the next. Each has a name, and may have a \`type\` (\`string\`, \`number\` or \`boolean\`; otherwise that of its default), a \`default\`, a list \`one_of\` and a \`description\`; without a default a value has to be given: \`--var NAME=VALUE\`, over \`--var-file FILE\`, over \`PROVISION_VAR_NAME\` of the environment. \`${referenceTo("NAME")}\` stands for it in every value of the file, not in scripts: give those a parameter, as \`params: {env: "${referenceTo("env")}"}\`. A value that is nothing else becomes a number where the variable is one. \`$${referenceTo("NAME")}\` stands for the text itself.`,
    default: "none",
    limits:
      "names of letters, digits and _; no secrets, since what is in user data can be read by whoever is on the instance",
  }),
  boot: key(z.prefault(boot, {}), {
    description: "What runs at the first boot, from user data.",
    default: "every key below at its own default",
  }),
  agent: key(z.optional(z.record(z.string(), z.unknown())), {
    description: "The configuration of host-agent, exactly as in [agent.yaml](agent-config.md).",
    default: "none; required with `boot.install_agent`",
  }),
  image: key(z.optional(imageSection), {
    description: "What is baked into the image.",
    default: "none",
  }),
  launch: key(z.optional(launchSchema), {
    description: "The launch template: what instances are started with.",
    default: "none",
  }),
});

export type HostConfig = z.output<typeof hostSchema>;
export type Completion = z.output<typeof completion>;
