import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import type { ApplyKit } from "../launch-template/apply.ts";
import { rehearseRollback, rollback } from "../launch-template/rollback.ts";
import { auditedAws, type ChangeArguments, changeKit, withChange } from "./change-options.ts";
import { defineCommand, type Terminal } from "./command.ts";

interface Options extends ChangeArguments {
  readonly to: number | undefined;
  readonly "dry-run": boolean;
}

const dryRun = async (
  name: string,
  { to, json }: Options,
  kit: ApplyKit,
  { out }: Terminal,
): Promise<ExitStatus> => {
  const rehearsal = await rehearseRollback(name, to, kit);
  const { from, version, proved, not_proved: open } = rehearsal;
  if (json) out(`${JSON.stringify({ template: name, dry_run: true, ...rehearsal })}\n`);
  else {
    const deed = from === version ? "stays the default" : `would be the default instead of ${from}`;
    out(`${name}: version ${version} ${deed}\n`);
    for (const line of proved) out(`  proved: ${line}\n`);
    for (const line of open) out(`  not proved: ${line}\n`);
  }
  return from === version ? EXIT.done : EXIT.findings;
};

export const command = defineCommand<Options>({
  operands: "NAME",
  options: (yargs) =>
    withChange(yargs)
      .option("to", { type: "number", describe: "Go to this version instead of the one before" })
      .option("dry-run", {
        type: "boolean",
        default: false,
        describe: "Change nothing; say what would be done, and what that proves",
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
