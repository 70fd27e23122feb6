import { formatDuration } from "../../agent/base/duration.ts";
import { printable } from "../../agent/base/printable.ts";
import type { FileChange } from "./changes.ts";
import type { Base } from "./ports.ts";
import type { BootVerdict, Problem, ScriptVerdict } from "./verdict.ts";

/** A rehearsal as its report has it. With `--json` this is what is printed: docs/reference/json.md. */
export interface Report {
  readonly subject: string;
  readonly base: Pick<Base, "name" | "key" | "release">;
  readonly boot: BootVerdict;
  readonly shipped: readonly Shipped[];
  readonly calls: readonly Call[];
  readonly fetches: readonly { readonly url: string; readonly status: number }[];
  readonly tokenless: readonly string[];
  readonly changes: readonly FileChange[] | undefined;
  readonly differences: readonly string[];
  readonly output: string;
}

export interface Shipped {
  readonly group: string;
  readonly stream: string;
  readonly events: number;
  readonly last: readonly string[];
}

export interface Call {
  readonly service: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly taken: boolean;
}

export type Outcome = "passed" | "findings" | "failed";

/** Failed by errors, with findings by warnings. */
export const outcomeOf = ({ boot }: Pick<Report, "boot">): Outcome => {
  if (boot.problems.some(({ severity }) => severity === "error")) return "failed";
  return boot.problems.length > 0 ? "findings" : "passed";
};

const placeOf = ({ file, line, within }: Problem): string => {
  if (file === undefined) return "";
  const at = line === undefined ? file : `${file}:${line}`;
  return `${at}: ${within === undefined ? "" : `(${within}) `}`;
};

const problemLines = (problem: Problem): readonly string[] => {
  const { severity, message, command, output = [] } = problem;
  return [
    `${placeOf(problem)}${severity}: ${message}`,
    ...(command === undefined ? [] : command.split("\n").map((line) => `    ${line}`)),
    ...output.map((line) => `  | ${line}`),
  ];
};

const scriptLine = ({ name, file, status, ms }: ScriptVerdict): string => {
  const how = typeof status === "number" ? (status === 0 ? "ended well" : `status ${status}`) : status;
  const from = file === name ? "" : `  (${file})`;
  return `  script   ${name}  ${how}${ms === undefined ? "" : ` in ${formatDuration(ms)}`}${from}`;
};

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  passed: "passed",
  findings: "passed, with findings",
  failed: "FAILED",
};

const callText = ({ service, action, parameters, taken }: Call): string => {
  const told = ["LifecycleActionResult", "LifecycleHookName", "Status", "LogicalResourceId"]
    .flatMap((name) => (parameters[name] === undefined ? [] : [`${name}=${parameters[name]}`]))
    .join(" ");
  return `${service} ${action}${told === "" ? "" : ` ${told}`}${taken ? "" : ", which nobody here answers"}`;
};

/** For people. Whatever the container has written can steer no terminal. */
export const reportText = (report: Report): string => {
  const { subject, base, boot, shipped, calls, fetches, tokenless, changes, differences } = report;
  const lines = [
    ...boot.problems.flatMap(problemLines),
    ...(boot.problems.length > 0 ? [""] : []),
    `${OUTCOMES[outcomeOf(report)]}: ${subject} on ${base.release} (${base.name} ${base.key}), ready after ${formatDuration(boot.readyMs)}`,
    ...boot.scripts.map(scriptLine),
    ...shipped.map(
      ({ group, stream, events }) =>
        `  shipped  ${events} event${events === 1 ? "" : "s"} to ${group} ${stream}`,
    ),
    ...calls.map((call) => `  called   ${callText(call)}`),
    ...fetches.map(
      ({ url, status }) => `  fetched  ${url}${status === 200 ? "" : `, which is not served here (--serve)`}`,
    ),
    ...tokenless.map((reader) => `  IMDSv1   ${reader}`),
    ...(changes ?? []).map(({ kind, path }) => `  ${kind.padEnd(8)} ${path}`),
    ...differences.map((difference) => `  not as on EC2: ${difference}`),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
};

const problemJson = ({ severity, message, file, line, within, command, output }: Problem): object => ({
  severity,
  message,
  file: file ?? null,
  line: line ?? null,
  within: within ?? null,
  command: command ?? null,
  output: output ?? [],
});

/** For scripts. */
export const reportJson = (report: Report): string => {
  const { subject, base, boot, shipped, calls, fetches, tokenless, changes, differences, output } = report;
  return printable(
    JSON.stringify({
      subject,
      outcome: outcomeOf(report),
      base,
      boot: {
        end: boot.end.replace(" ", "_"),
        ready_ms: Math.round(boot.readyMs),
        datasource: boot.datasource ?? null,
        scripts: boot.scripts.map(({ name, file, status, ms }) => ({
          name,
          file,
          status: typeof status === "number" ? status : null,
          state: typeof status === "number" ? "ended" : status.replaceAll(" ", "_"),
          ms: ms ?? null,
        })),
      },
      problems: boot.problems.map(problemJson),
      shipped,
      calls,
      fetches,
      tokenless,
      ...(changes === undefined ? {} : { changes }),
      not_as_on_ec2: differences,
      output,
    }),
  );
};
