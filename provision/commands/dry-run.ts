import type { Argv } from "yargs";
import type { Rehearsal } from "../launch-template/rehearsal.ts";
import type { Terminal } from "./command.ts";

export interface DryRunArguments {
  readonly "dry-run": boolean;
}

export const withDryRun = <T>(yargs: Argv<T>): Argv<T & DryRunArguments> =>
  yargs.option("dry-run", {
    type: "boolean",
    default: false,
    describe: "Change nothing; say what would be done, and what that proves",
  }) as Argv<T & DryRunArguments>;

/** What would be done to a launch template, and what is known of that. */
export const tellRehearsal = (
  name: string,
  deed: string,
  rehearsal: Rehearsal,
  json: boolean,
  { out }: Terminal,
): void => {
  if (json) return void out(`${JSON.stringify({ template: name, dry_run: true, ...rehearsal })}\n`);
  out(`${name}: ${deed}\n`);
  for (const proved of rehearsal.proved) out(`  proved: ${proved}\n`);
  for (const open of rehearsal.not_proved) out(`  not proved: ${open}\n`);
};
