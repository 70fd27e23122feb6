import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { VERSION } from "../../agent/base/version.ts";
import { readInput, replaceFile } from "../io/files.ts";
import { runShellcheck } from "../io/shellcheck.ts";
import { type Finding, lintUserData, mended, ordered } from "../lint/lint.ts";
import { FORMATS, type Format, report } from "../lint/report.ts";
import { ARCHITECTURES, CONSUMERS, type Context, IMAGES, type Severity, USES } from "../lint/rule.ts";
import { sheetsOf, shellcheckFindings } from "../lint/shellcheck.ts";
import type { UserData } from "../user-data/parse.ts";
import { defineCommand } from "./command.ts";

const SEVERITIES = ["error", "warning", "info"] as const satisfies readonly Severity[];

interface Options extends Context {
  readonly format: Format;
  readonly "fail-on": Severity;
  readonly fix: boolean;
  readonly shellcheck: boolean;
}

const counts = (findings: readonly Finding[]): string =>
  SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${count} ${severity}${count === 1 || severity === "info" ? "" : "s"}`;
  }).join(", ");

const fromShellcheck = async (data: UserData, file: string): Promise<readonly Finding[]> => {
  const sheets = sheetsOf(data, file);
  const all = await Promise.all(
    sheets.map(async (sheet) => shellcheckFindings(sheet, (await runShellcheck(sheet.text)) ?? [])),
  );
  return all.flat();
};

const lintFile = async (file: string, options: Options): Promise<readonly Finding[]> => {
  let content = await readInput(file);
  if (options.fix) {
    const text = mended(content, options);
    if (text !== undefined) {
      await replaceFile(file, text);
      content = new TextEncoder().encode(text);
    }
  }
  const { data, findings } = lintUserData(content, file, options);
  return options.shellcheck ? ordered(data, [...findings, ...(await fromShellcheck(data, file))]) : findings;
};

export const command = defineCommand<Options>({
  operands: "FILE...",
  options: (yargs) =>
    yargs
      .option("format", { choices: FORMATS, default: "text" as const, describe: "What to print" })
      .option("fail-on", {
        choices: SEVERITIES,
        default: "warning" as const,
        describe: "The least severity that ends with status 3",
      })
      .option("fix", {
        type: "boolean",
        default: false,
        describe: "Mend in the files what can be mended safely",
      })
      .option("shellcheck", {
        type: "boolean",
        default: true,
        describe: "Run shellcheck on shell scripts, when it is installed",
      })
      .option("use", { choices: USES, describe: "What will be done with it: some rules need to know" })
      .option("consumer", { choices: CONSUMERS, describe: "Who reads it; cloud-init unless said otherwise" })
      .option("architecture", { choices: ARCHITECTURES, describe: "The processor of the instance type" })
      .option("image", { choices: IMAGES, describe: "The distribution it runs on" }),
  run: async (options, files, { out, err }): Promise<ExitStatus> => {
    if (files.length === 0) throw new AppError("USAGE", "Name at least one file to lint.");
    const findings: Finding[] = [];
    for (const file of files) findings.push(...(await lintFile(file, options)));
    out(report(options.format, findings, VERSION));
    if (options.format === "text" && findings.length > 0) err(`${counts(findings)}\n`);
    const worst = SEVERITIES.slice(0, SEVERITIES.indexOf(options["fail-on"]) + 1);
    return findings.some(({ severity }) => worst.includes(severity)) ? EXIT.findings : EXIT.done;
  },
});
