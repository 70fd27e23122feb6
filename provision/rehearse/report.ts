import { formatDuration } from "../../agent/base/duration.ts";
import { printable } from "../../agent/base/printable.ts";
import type { AgentSeen } from "./agent.ts";
import type { FileChange } from "./changes.ts";
import type { DeploymentVerdict } from "./deploy-phase.ts";
import type { EpisodeVerdict } from "./episodes.ts";
import type { Base, SeenCall, SeenFetch, SeenStream } from "./ports.ts";
import type { RecipeVerdict } from "./recipe-phase.ts";
import type { BootVerdict, Problem, ScriptVerdict } from "./verdict.ts";

/** A rehearsal as its report has it. With `--json` this is what is printed: docs/reference/json.md. */
export interface Report {
  readonly subject: string;
  readonly base: Pick<Base, "name" | "key" | "release">;
  /** Phases that were not asked for are undefined. */
  readonly bake: RecipeVerdict | undefined;
  readonly boot: BootVerdict | undefined;
  readonly deployment: DeploymentVerdict | undefined;
  readonly episodes: readonly EpisodeVerdict[];
  readonly test: RecipeVerdict | undefined;
  readonly shipped: readonly SeenStream[];
  readonly calls: readonly Call[];
  readonly fetches: readonly SeenFetch[];
  readonly tokenless: readonly string[];
  readonly changes: readonly FileChange[] | undefined;
  readonly differences: readonly string[];
  readonly output: string;
}

/** A call to AWS; when it was is nobody's business in a report that others compare. */
export type Call = Omit<SeenCall, "at">;

export type Outcome = "passed" | "findings" | "failed";

type Phases = Pick<Report, "bake" | "boot" | "deployment" | "episodes" | "test">;

/** Of all phases, in their order. */
const problemsOf = ({ bake, boot, deployment, episodes, test }: Phases): readonly Problem[] =>
  [bake, boot, deployment, ...episodes, test].flatMap((phase) => phase?.problems ?? []);

/** Failed by errors, with findings by warnings. */
export const outcomeOf = (phases: Phases): Outcome => {
  const problems = problemsOf(phases);
  if (problems.some(({ severity }) => severity === "error")) return "failed";
  return problems.length > 0 ? "findings" : "passed";
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

const recipeLines = (name: "bake" | "test", verdict: RecipeVerdict | undefined): readonly string[] =>
  verdict === undefined
    ? []
    : [
        `  ${name.padEnd(8)} ${formatDuration(verdict.ms)}`,
        ...verdict.steps.map(
          ({ name: step, status, ms, exit }) =>
            `    ${step}  ${status === "failed" ? `status ${exit}` : status}${ms === undefined ? "" : ` in ${formatDuration(ms)}`}`,
        ),
      ];

const bootLines = (verdict: BootVerdict | undefined): readonly string[] =>
  verdict === undefined
    ? []
    : [`  boot     ready after ${formatDuration(verdict.readyMs)}`, ...verdict.scripts.map(scriptLine)];

const deploymentLines = (verdict: DeploymentVerdict | undefined): readonly string[] =>
  verdict === undefined
    ? []
    : [
        `  deployed ${verdict.id} in ${formatDuration(verdict.ms)}`,
        ...verdict.commands.map(({ name, state }) => `    ${name}  ${state}`),
      ];

const deploymentJson = (verdict: DeploymentVerdict | undefined): object | null =>
  verdict === undefined
    ? null
    : {
        id: verdict.id,
        ms: Math.round(verdict.ms),
        commands: verdict.commands.map(({ name, state, deliveries, code, message }) => ({
          name,
          state: state.replaceAll(" ", "_"),
          deliveries,
          code: code ?? null,
          message: message ?? null,
        })),
      };

const agentText = ({ active, restarts, said }: AgentSeen): readonly string[] => [
  `    host-agent is ${active ? "active" : "NOT active"}${restarts === 0 ? "" : `, started again ${restarts} times`}`,
  ...said.map(({ ms, text }) => `      ${formatDuration(Math.max(0, ms)).padStart(8)}  ${text}`),
];

const episodeLines = ({ name, ms, scripts, agent, address }: EpisodeVerdict): readonly string[] => [
  `  then     ${name}: ${formatDuration(ms)}, as ${address}; ${scripts.length === 0 ? "no script ran" : `ran ${scripts.join(", ")}`}`,
  ...(agent === undefined ? [] : agentText(agent)),
];

/** For people. Whatever the container has written can steer no terminal. */
export const reportText = (report: Report): string => {
  const {
    subject,
    base,
    bake,
    boot,
    deployment,
    episodes,
    test,
    shipped,
    calls,
    fetches,
    tokenless,
    changes,
  } = report;
  const problems = problemsOf(report);
  const lines = [
    ...problems.flatMap(problemLines),
    ...(problems.length > 0 ? [""] : []),
    `${OUTCOMES[outcomeOf(report)]}: ${subject} on ${base.release} (${base.name} ${base.key})`,
    ...recipeLines("bake", bake),
    ...bootLines(boot),
    ...deploymentLines(deployment),
    ...episodes.flatMap(episodeLines),
    ...recipeLines("test", test),
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
    ...report.differences.map((difference) => `  not as on EC2: ${difference}`),
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

const bootJson = (verdict: BootVerdict | undefined): object | null =>
  verdict === undefined
    ? null
    : {
        end: verdict.end.replace(" ", "_"),
        ready_ms: Math.round(verdict.readyMs),
        datasource: verdict.datasource ?? null,
        scripts: verdict.scripts.map(({ name, file, status, ms }) => ({
          name,
          file,
          status: typeof status === "number" ? status : null,
          state: typeof status === "number" ? "ended" : status.replaceAll(" ", "_"),
          ms: ms ?? null,
        })),
      };

const recipeJson = (verdict: RecipeVerdict | undefined): object | null =>
  verdict === undefined
    ? null
    : {
        ms: Math.round(verdict.ms),
        steps: verdict.steps.map(({ name, status, exit, ms }) => ({
          name,
          state: status,
          status: exit ?? null,
          ms: ms ?? null,
        })),
      };

const episodeJson = ({ name, ms, scripts, agent, address }: EpisodeVerdict): object => ({
  name,
  ms: Math.round(ms),
  address,
  scripts,
  agent: agent ?? null,
});

/** For scripts. */
export const reportJson = (report: Report): string => {
  const { subject, base, shipped, calls, fetches, tokenless, changes, differences, output } = report;
  return printable(
    JSON.stringify({
      subject,
      outcome: outcomeOf(report),
      base,
      bake: recipeJson(report.bake),
      boot: bootJson(report.boot),
      deployment: deploymentJson(report.deployment),
      episodes: report.episodes.map(episodeJson),
      test: recipeJson(report.test),
      problems: problemsOf(report).map(problemJson),
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
