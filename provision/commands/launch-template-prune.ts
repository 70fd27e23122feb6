import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { headOf } from "../launch-template/current.ts";
import { pruneOf } from "../launch-template/references.ts";
import { auditedAws, type ChangeArguments, changeKit, withChange } from "./change-options.ts";
import { defineCommand } from "./command.ts";

interface Options extends ChangeArguments {
  readonly keep: number;
  readonly "dry-run": boolean;
}

export const command = defineCommand<Options>({
  operands: "NAME",
  options: (yargs) =>
    withChange(yargs)
      .option("keep", {
        type: "number",
        demandOption: true,
        describe: "How many of the newest versions stay",
      })
      .option("dry-run", { type: "boolean", default: false, describe: "Only say what would be deleted" }),
  run: async (options, [name, ...more], terminal): Promise<ExitStatus> => {
    if (name === undefined || more.length > 0) throw new AppError("USAGE", "Name one launch template.");
    if (!Number.isInteger(options.keep) || options.keep < 0)
      throw new AppError("USAGE", "--keep takes a number of versions.");
    const kit = changeKit(options, awsLaunchTemplates(auditedAws(options)), terminal);
    const head = await headOf(name, kit);
    // Who uses a version is asked last: what was started meanwhile is not missed.
    const versions = await kit.templates.versions(head.id);
    const references = await kit.templates.references(head);
    const lines = pruneOf(head, versions, references, options.keep);
    const gone = lines.flatMap(({ version, kept }) => (kept === undefined ? [version] : []));
    const refused: { readonly version: number; readonly reason: string }[] = [];
    if (!options["dry-run"] && gone.length > 0) {
      await kit.journal.write({ event: "prune", template: name, id: head.id, versions: gone });
      refused.push(...(await kit.templates.deleteVersions(head.id, gone)));
      await kit.journal.write({ event: "pruned", template: name, id: head.id, refused });
    }
    if (options.json)
      terminal.out(
        `${JSON.stringify({ template: name, dry_run: options["dry-run"], versions: lines, refused })}\n`,
      );
    else {
      const verb = options["dry-run"] ? "would be deleted" : "deleted";
      for (const { version, kept } of lines)
        terminal.out(`${String(version).padStart(5)}  ${kept === undefined ? verb : `stays: ${kept}`}\n`);
    }
    for (const { version, reason } of refused)
      terminal.err(`version ${version} could not be deleted: ${reason}\n`);
    return refused.length === 0 ? EXIT.done : EXIT.failed;
  },
});
