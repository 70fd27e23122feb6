import { join } from "node:path";
import type { Argv } from "yargs";
import { openAudit, openJournal, STATE_DIRECTORY } from "../io/audit.ts";
import type { AwsOptions } from "../io/aws.ts";
import { systemClock } from "../io/clock.ts";
import type { ApplyKit } from "../launch-template/apply.ts";
import type { LaunchTemplates } from "../launch-template/ports.ts";
import { type AwsArguments, awsOf, withAws } from "./aws-options.ts";
import type { Terminal } from "./command.ts";

export interface ChangeArguments extends AwsArguments {
  readonly "state-dir": string;
  readonly json: boolean;
}

/** Options of commands that change a launch template. */
export const withChange = (yargs: Argv): Argv<ChangeArguments> =>
  withAws(yargs)
    .option("state-dir", {
      type: "string",
      default: STATE_DIRECTORY,
      describe: "Where the journal and the audit are",
    })
    .option("json", { type: "boolean", default: false, describe: "Print what was done as JSON" });

/** Where AWS is, for calls that are written down. */
export const auditedAws = (options: ChangeArguments): AwsOptions => ({
  ...awsOf(options),
  audit: openAudit(join(options["state-dir"], "audit.jsonl")),
});

/** What a change needs beside the service. Progress goes to standard error. */
export const changeKit = (
  options: ChangeArguments,
  templates: LaunchTemplates,
  { err }: Terminal,
): ApplyKit => ({
  templates,
  clock: systemClock,
  journal: openJournal(join(options["state-dir"], "launch-templates.jsonl")),
  say: (line) => err(`${line}\n`),
});
