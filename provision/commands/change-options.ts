import { join } from "node:path";
import type { Argv } from "yargs";
import { systemClock } from "../io/clock.ts";
import { defaultStateDirectory, openJournal } from "../io/journal.ts";
import type { ApplyKit } from "../launch-template/apply.ts";
import type { LaunchTemplates } from "../launch-template/ports.ts";
import { type AwsArguments, withAws } from "./aws-options.ts";
import type { Terminal } from "./command.ts";

export interface ChangeArguments extends AwsArguments {
  readonly "state-dir": string | undefined;
  readonly json: boolean;
}

/** Options of commands that change a launch template. */
export const withChange = (yargs: Argv): Argv<ChangeArguments> =>
  withAws(yargs)
    .option("state-dir", {
      type: "string",
      describe: "Where the journal is; default ~/.local/state/provision",
    })
    .option("json", { type: "boolean", default: false, describe: "Print what was done as JSON" });

/** What a change needs beside the service. Progress goes to standard error. */
export const changeKit = (
  options: ChangeArguments,
  templates: LaunchTemplates,
  { err }: Terminal,
): ApplyKit => ({
  templates,
  clock: systemClock,
  journal: openJournal(join(options["state-dir"] ?? defaultStateDirectory(), "launch-templates.jsonl")),
  say: (line) => err(`${line}\n`),
});
