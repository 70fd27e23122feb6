import type { Argv } from "yargs";
import { EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { VERSION } from "../../agent/base/version.ts";
import type { Finding } from "../lint/lint.ts";
import { FORMATS, type Format, report } from "../lint/report.ts";
import type { Severity } from "../lint/rule.ts";
import type { Terminal } from "./command.ts";

const SEVERITIES = ["error", "warning", "info"] as const satisfies readonly Severity[];

export interface FindingsArguments {
  readonly format: Format;
  readonly "fail-on": Severity;
}

/** Options of commands that find things. */
export const withFindings = <T>(yargs: Argv<T>): Argv<T & FindingsArguments> =>
  yargs
    .option("format", { choices: FORMATS, default: "text" as const, describe: "What to print" })
    .option("fail-on", {
      choices: SEVERITIES,
      default: "warning" as const,
      describe: "The least severity that ends with status 3",
    }) as Argv<T & FindingsArguments>;

const counts = (findings: readonly Finding[]): string =>
  SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${count} ${severity}${count === 1 || severity === "info" ? "" : "s"}`;
  }).join(", ");

/** Prints what was found, and how many; the status says whether somebody should act on it. */
export const tellFindings = (
  findings: readonly Finding[],
  { format, ...options }: FindingsArguments,
  { out, err }: Terminal,
): ExitStatus => {
  out(report(format, findings, VERSION));
  if (format === "text" && findings.length > 0) err(`${counts(findings)}\n`);
  const worst = SEVERITIES.slice(0, SEVERITIES.indexOf(options["fail-on"]) + 1);
  return findings.some(({ severity }) => worst.includes(severity)) ? EXIT.findings : EXIT.done;
};
