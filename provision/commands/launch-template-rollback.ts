import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import type { ApplyKit } from "../launch-template/apply.ts";
import { rehearseRollback, rollback } from "../launch-template/rollback.ts";
import { auditedAws, type ChangeArguments, changeKit, withChange } from "./change-options.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { type DryRunArguments, tellRehearsal, withDryRun } from "./dry-run.ts";

interface Options extends ChangeArguments, DryRunArguments {
  readonly to: number | undefined;
}

const dryRun = async (
  name: string,
  { to, json }: Options,
  kit: ApplyKit,
  terminal: Terminal,
): Promise<ExitStatus> => {
  const rehearsal = await rehearseRollback(name, to, kit);
  const { from, version } = rehearsal;
  const deed = from === version ? "stays the default" : `would be the default instead of ${from}`;
  tellRehearsal(name, `version ${version} ${deed}`, rehearsal, json, terminal);
  return from === version ? EXIT.done : EXIT.findings;
};

export const command = defineCommand<Options>({
  operands: "NAME",
  options: (yargs) =>
    withDryRun(withChange(yargs)).option("to", {
      type: "number",
      describe: "Go to this version instead of the one before",
    }),
  run: async (options, [name, ...more], terminal): Promise<ExitStatus> => {
    if (name === undefined || more.length > 0) throw new AppError("USAGE", "Name one launch template.");
    const kit = changeKit(options, awsLaunchTemplates(auditedAws(options)), terminal);
    if (options["dry-run"]) return dryRun(name, options, kit, terminal);
    const applied = await rollback(name, options.to, kit);
    if (options.json) terminal.out(`${JSON.stringify({ template: name, ...applied })}\n`);
    return EXIT.done;
  },
});
