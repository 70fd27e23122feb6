import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { readCurrent } from "../launch-template/current.ts";
import { planTemplate } from "../launch-template/plan.ts";
import { type Drift, driftOf } from "../launch-template/references.ts";
import { differenceLines } from "../launch-template/text.ts";
import { type AwsArguments, awsOf, withAws } from "./aws-options.ts";
import { defineCommand } from "./command.ts";
import { loadTemplate } from "./load-template.ts";
import { givenBy, REPEATABLE, type VariableArguments, withVariables } from "./variable-options.ts";

export const command = defineCommand<AwsArguments & VariableArguments & { readonly json: boolean }>({
  operands: "[HOST.yaml]",
  repeatable: REPEATABLE,
  options: (yargs) =>
    withVariables(withAws(yargs)).option("json", { type: "boolean", default: false, describe: "Print JSON" }),
  run: async (options, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to compare.");
    const aws = awsOf(options);
    const templates = awsLaunchTemplates(aws);
    const wanted = await loadTemplate(file, await givenBy(options), aws, terminal);
    const { name } = wanted.template;
    const current = await readCurrent(templates, name);
    if (current === undefined)
      throw new AppError("TEMPLATE_MISSING", `There is no launch template ${name}; plan and apply make it.`);
    const { action, difference } = planTemplate(current, wanted);
    const version = current.head.default_version;
    const ofFile: readonly Drift[] =
      action === "none"
        ? []
        : [{ kind: "file", name: file, message: `is not what version ${version}, the default, is` }];
    const drifts = [...ofFile, ...driftOf(current.head, await templates.references(current.head))];
    if (options.json)
      terminal.out(
        `${JSON.stringify({ template: name, default_version: version, drifts, ...(action !== "none" && { difference }) })}\n`,
      );
    else {
      for (const { kind, name: who, message } of drifts)
        terminal.out(`${printable(`${kind} ${who} ${message}`)}\n`);
      if (action !== "none") terminal.out(`${differenceLines(difference).map(printable).join("\n")}\n`);
    }
    return drifts.length === 0 ? EXIT.done : EXIT.findings;
  },
});
