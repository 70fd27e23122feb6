import {
  cloudInitResult,
  type FailedCommand,
  failedCommands,
  type ScriptRun,
  scriptRuns,
  warningsIn,
} from "./cloud-init-log.ts";
import type { Evidence } from "./evidence.ts";
import { linesIn, type SaidLine } from "./output.ts";
import type { ConfigPart, Place, RunScript } from "./script-lines.ts";

/** What a boot has come to. `docs/reference/json.md` has its shape: it is a contract. */

export type Severity = "error" | "warning";

/** Something that is wrong, and where. */
export interface Problem extends Partial<Place> {
  readonly severity: Severity;
  readonly message: string;
  /** The line of the file. */
  readonly command?: string;
  /** The last lines that were printed before. */
  readonly output?: readonly string[];
}

/** A script, and what became of it. */
export interface ScriptVerdict {
  readonly name: string;
  readonly file: string;
  readonly status: ScriptRun["status"] | "did not run";
  readonly ms: number | undefined;
}

export interface BootVerdict {
  readonly end: Evidence["end"];
  readonly readyMs: number;
  readonly datasource: string | undefined;
  readonly scripts: readonly ScriptVerdict[];
  readonly problems: readonly Problem[];
}

/** Of a script that failed so many lines of its output are shown. */
const SHOWN = 5;

/** What failed in a script. A trap of its end is at line 1 for bash, where no command stands; and some lines are ours. */
const failuresIn = (failures: readonly FailedCommand[], script: RunScript): readonly FailedCommand[] =>
  failures.filter(
    ({ path, line }) => isSamePath(path, script.path) && line > 1 && script.place(line).line !== undefined,
  );

/** cloud-init runs them under the name of the instance, too. */
const isSamePath = (called: string, path: string): boolean =>
  called.replace(/\/instances\/[^/]+\//, "/instance/") === path.replace(/\/instances\/[^/]+\//, "/instance/");

/** Statuses that a shell has a meaning for. */
const MEANINGS: Readonly<Record<number, string>> = {
  126: "a command is there and cannot be run",
  127: "a command is not there",
  130: "it was interrupted",
  137: "it was killed",
  143: "it was told to end",
};

/** bash names the last command of a pipe; a reader knows the line by what stands there. */
const commandAt = (script: RunScript, line: number): { readonly command?: string } => {
  const command = script.source(line);
  return command === undefined || command === "" ? {} : { command };
};

/** What bash says of a command, which is then one that has failed, or one whose failure somebody looks at. */
const OF_COMMAND = /: (?:command not found|No such file or directory|Permission denied|Is a directory)$/;

/** Whether what a shell complains of came later than the last command that failed: it has ended the script itself. */
const isBehind = ({ line, message }: SaidLine, last: FailedCommand): boolean =>
  line === last.line || (line > last.line && !OF_COMMAND.test(message));

const failureOf = (
  script: RunScript,
  { status, reason }: ScriptRun,
  failures: readonly FailedCommand[],
  output: string,
): Problem => {
  if (status === "not started")
    return {
      severity: "error",
      ...script.place(1),
      message: `${script.name} could not be started: ${reason}`,
    };
  const meaning = typeof status === "number" ? MEANINGS[status] : undefined;
  const ended = `${script.name} has ended with status ${status}${meaning === undefined ? "" : `: ${meaning}`}`;
  // The failure that has ended a script is the last one that bash saw in it.
  const last = failuresIn(failures, script).at(-1);
  const said = linesIn(output, script.path).at(-1);
  const shown = { output: finalOutput(output).split("\n").filter(isOutput).slice(-SHOWN) };
  if (said !== undefined && (last === undefined || isBehind(said, last)))
    return {
      severity: "error",
      ...script.place(said.line),
      message: `${ended}: ${said.message}`,
      ...commandAt(script, said.line),
      ...shown,
    };
  if (last === undefined) return { severity: "error", ...script.place(), message: ended, ...shown };
  return {
    severity: "error",
    ...script.place(last.line),
    message: ended,
    ...commandAt(script, last.line),
    ...shown,
  };
};

const FINAL = /^Cloud-init v\. .* running 'modules:final' .*$/m;

/** What was printed in the last stage, in which scripts run. Before it there is, among others, the art of ssh-keygen. */
const finalOutput = (output: string): string => {
  const found = FINAL.exec(output);
  // apt ends its lines as terminals want them.
  return (found === null ? output : output.slice(found.index + found[0].length)).replaceAll("\r\n", "\n");
};

/** What scripts have printed, without what cloud-init says of itself around it. */
const isOutput = (line: string): boolean =>
  line.trim() !== "" && !/^Cloud-init v\. |^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - /.test(line);

/** More of them would hide the others. */
const MOST_IGNORED = 10;

/** Commands that failed in a script that went on: what came behind ran on what was not there. */
const ignoredFailures = (
  scripts: readonly RunScript[],
  failures: readonly FailedCommand[],
  told: readonly Problem[],
): readonly Problem[] =>
  scripts.flatMap((script): readonly Problem[] => {
    const ignored = failuresIn(failures, script).filter(({ line }) => !told.some(isAt(script.place(line))));
    const places = new Map(ignored.map((failure) => [failure.line, failure]));
    return [...places.values()].slice(0, MOST_IGNORED).map(({ line, status }) => ({
      severity: "warning" as const,
      ...script.place(line),
      message: `a command has failed with status ${status}, and ${script.name} went on`,
      ...commandAt(script, line),
    }));
  });

const isAt =
  (place: Place) =>
  ({ file, line, within }: Problem): boolean =>
    file === place.file && line === place.line && within === place.within;

/** Scripts that came from elsewhere than from the parts of the user data: from an include, a template, or the image. */
const unknownFailures = (runs: readonly ScriptRun[], scripts: readonly RunScript[]): readonly Problem[] =>
  runs
    .filter(hasFailed)
    .filter(({ path }) => !scripts.some((script) => isSamePath(path, script.path)))
    .map(({ path, status, reason }) => {
      const how =
        status === "not started" ? `could not be started: ${reason}` : `has ended with status ${status}`;
      return { severity: "error", message: `${path.slice(path.lastIndexOf("/") + 1)} ${how}` };
    });

const hasFailed = ({ path, status }: ScriptRun): boolean =>
  path.includes("/scripts/") && status !== 0 && status !== "running";

/** Named by cloud-init for what its own modules, not scripts, could not do. */
const MODULE_ERROR = /^\('([^']+)', (.*)\)$/s;

/** The keys of cloud-config that a module is for, where they are not called as it is. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  package_update_upgrade_install: ["packages", "package_update", "package_upgrade"],
  users_groups: ["users", "groups"],
  apt_configure: ["apt"],
  set_passwords: ["chpasswd", "password"],
  ssh: ["ssh_keys"],
  disk_setup: ["disk_setup", "fs_setup"],
};

const keyPlace = (module: string, configs: readonly ConfigPart[]): Partial<Place> => {
  const name = module.replaceAll("-", "_");
  const places = (KEYS[name] ?? [name]).flatMap((key) => configs.map((config) => config.keyPlace(key)));
  return places.find((place) => place !== undefined) ?? {};
};

const moduleProblems = (
  errors: readonly string[],
  runs: readonly ScriptRun[],
  configs: readonly ConfigPart[],
): readonly Problem[] =>
  errors.flatMap((error): Problem[] => {
    const [, module = "", detail = ""] = MODULE_ERROR.exec(error) ?? [];
    // Scripts are told one by one.
    if (/^scripts[-_]/.test(module) && runs.some(hasFailed)) return [];
    const message =
      module === "" ? `cloud-init: ${error}` : `cloud-init's module ${module} has failed: ${plain(detail)}`;
    return [{ severity: "error", ...keyPlace(module, configs), message }];
  });

/** The words of a Python error without its wrapping. */
const plain = (detail: string): string =>
  detail
    .replace(/^\w+\((["'])(.*)\1\)$/s, "$2")
    .replaceAll("\\n", " ")
    .replace(/\s*(?:Reason|Stdout): -/g, "")
    .trim();

/** What cloud-init warns of when a script or a module has failed is told already. */
const TOLD =
  /^(Unhandled (?:non-multipart|unknown content-type)|Failed to run module|Running module .* failed|Failed running \/var\/lib\/cloud|\d+ failed with exit code)/;

const endProblem = ({ end, readyMs, stage, result }: Evidence): readonly Problem[] => {
  if (end === "finished" || result !== undefined) return [];
  const seconds = (readyMs / 1_000).toFixed(1);
  const where = stage === undefined ? "" : `, in its stage ${stage}`;
  const message = {
    "timed out": `cloud-init had not finished after ${seconds} s${where}`,
    off: `the machine has powered off after ${seconds} s, before cloud-init had finished`,
    reboot: `the machine has rebooted after ${seconds} s, before cloud-init had finished`,
    died: `the container has ended after ${seconds} s, before cloud-init had finished`,
  }[end];
  return [{ severity: "error", message }];
};

/** What a boot was, in one word for machines and in words for people. Pure. */
export const judgeBoot = (
  evidence: Evidence,
  scripts: readonly RunScript[],
  ignored: readonly Problem[],
  configs: readonly ConfigPart[] = [],
): BootVerdict => {
  const result = cloudInitResult(evidence.result);
  const runs = scriptRuns(evidence.log);
  const failures = failedCommands(evidence.failed);
  const verdicts = scripts.map((script): ScriptVerdict => {
    const ran = runs.find(({ path }) => isSamePath(path, script.path));
    return {
      name: script.name,
      file: script.place().file,
      status: ran?.status ?? "did not run",
      ms: ran?.ms,
    };
  });
  const failed = scripts.flatMap((script): Problem[] => {
    const ran = runs.find(({ path }) => isSamePath(path, script.path));
    if (ran === undefined || ran.status === 0) return [];
    if (ran.status === "running")
      return evidence.end === "finished"
        ? []
        : [{ severity: "error", ...script.place(), message: `${script.name} was still running` }];
    return [failureOf(script, ran, failures, evidence.output)];
  });
  const lost: readonly Problem[] =
    result === undefined || /Ec2/.test(result.datasource)
      ? []
      : [
          {
            severity: "error",
            message: `cloud-init has not found the metadata service, and went on with ${result.datasource || "nothing"}: no user data was run`,
          },
        ];
  const skipped = verdicts
    .filter(({ status }) => status === "did not run" && evidence.end === "finished" && lost.length === 0)
    .map(({ name, file }): Problem => ({ severity: "error", file, message: `${name} did not run` }));
  return {
    end: evidence.end,
    readyMs: evidence.readyMs,
    datasource: result?.datasource,
    scripts: verdicts,
    problems: [
      ...lost,
      ...ignored,
      ...endProblem(evidence),
      ...failed,
      ...unknownFailures(runs, scripts),
      ...skipped,
      ...moduleProblems(result?.errors ?? [], runs, configs),
      ...ignoredFailures(scripts, failures, failed),
      ...warningsIn(evidence.log)
        .filter((text) => !TOLD.test(text))
        .map((text): Problem => ({ severity: "warning", message: `cloud-init warns: ${text}` })),
      ...evidence.failedUnits
        .filter((unit) => !/^cloud-(init|config|final)/.test(unit))
        .map((unit): Problem => ({ severity: "warning", message: `${unit} has failed` })),
    ],
  };
};
