import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { headOf } from "../launch-template/current.ts";
import { type HistoryLine, historyOf } from "../launch-template/history.ts";
import { type AwsArguments, awsOf, withAws } from "./aws-options.ts";
import { defineCommand } from "./command.ts";

const marks = ({ default: isDefault, latest, promoted }: HistoryLine): string => {
  if (isDefault) return latest ? "default, latest" : "default";
  if (promoted) return latest ? "latest, was default" : "was default";
  return latest ? "latest" : "";
};

const text = (line: HistoryLine): string => {
  const { version, created_at, created_by, description } = line;
  const who = created_by.slice(created_by.lastIndexOf(":") + 1);
  const cells = [String(version).padStart(5), created_at.slice(0, 19).padEnd(19), marks(line).padEnd(19)];
  return `${printable([...cells, description, who].join("  ").trimEnd())}\n`;
};

export const command = defineCommand<AwsArguments & { readonly json: boolean }>({
  operands: "NAME",
  options: (yargs) =>
    withAws(yargs).option("json", { type: "boolean", default: false, describe: "Print JSON" }),
  run: async (options, [name, ...more], { out }): Promise<ExitStatus> => {
    if (name === undefined || more.length > 0) throw new AppError("USAGE", "Name one launch template.");
    const templates = awsLaunchTemplates(awsOf(options));
    const head = await headOf(name, { templates });
    const versions = historyOf(head, await templates.versions(head.id));
    if (options.json) out(`${JSON.stringify({ template: name, id: head.id, versions })}\n`);
    else out(versions.map(text).join(""));
    return EXIT.done;
  },
});
