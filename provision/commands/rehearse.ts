import { parseDuration } from "../../agent/base/duration.ts";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { today } from "../io/clock.ts";
import { isThere } from "../io/files.ts";
import { interruptible } from "../io/interrupt.ts";
import { furnishPackages } from "../io/rehearse/furnish.ts";
import { type Furniture, type Held, holdRehearsal } from "../io/rehearse/hold.ts";
import { progressOf } from "../io/rehearse/progress.ts";
import type { Run } from "../io/rehearse/runs.ts";
import { openShell } from "../io/rehearse/shell.ts";
import { changedFiles } from "../io/rehearse/upper-layer.ts";
import { shipped as allShipped, isInstalled } from "../rehearse/agent.ts";
import { BASE_NAMES, baseRequest } from "../rehearse/base.ts";
import { tellingChanges } from "../rehearse/changes.ts";
import { differencesOf } from "../rehearse/differences.ts";
import { witness } from "../rehearse/evidence.ts";
import { makeInstance } from "../rehearse/metadata/make-instance.ts";
import { tokenlessReaders } from "../rehearse/metadata/request-log.ts";
import type { Fetched } from "../rehearse/packages/ports.ts";
import { aptRequests, wantedPackages } from "../rehearse/packages/wanted.ts";
import type { Base, Tell } from "../rehearse/ports.ts";
import { outcomeOf, type Report, reportJson, reportText } from "../rehearse/report.ts";
import { servedFiles } from "../rehearse/served.ts";
import { instanceInputs } from "../rehearse/settings.ts";
import { ignoredParts, type Subject } from "../rehearse/subject.ts";
import { judgeBoot } from "../rehearse/verdict.ts";
import { parseUserData } from "../user-data/parse.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { loadSubject } from "./load-subject.ts";
import { type StateArguments, withState } from "./rehearse-options.ts";
import { REPEATABLE, type VariableArguments, withVariables } from "./variable-options.ts";

interface Options extends VariableArguments, StateArguments {
  readonly base: string | undefined;
  readonly region: string;
  readonly timeout: string;
  readonly serve: readonly string[];
  readonly diff: boolean;
  readonly keep: boolean;
  readonly shell: boolean;
  readonly json: boolean;
}

/** A machine that has shut down by itself needs about one second; then it is killed. */
const STOP_MS = 5_000;

const STATUSES = { passed: EXIT.done, findings: EXIT.findings, failed: EXIT.failed } as const;

const rehearseBoot = async (
  subject: Subject,
  { base, run, stage, services }: Held,
  options: Options,
  tell: Tell,
  terminal: Terminal,
  fetched: () => Fetched | undefined,
): Promise<Report> => {
  tell(`booting ${base.name}`);
  const machine = await stage.boot();
  const evidence = await witness(machine, stage, durationOf(options.timeout), tell);
  if (evidence.end === "finished" && isInstalled(machine)) {
    tell("host-agent ships");
    await allShipped(machine, stage);
  }
  const [{ metadata, calls, fetches }, shipped] = await Promise.all([services.seen(), services.streams()]);
  const report: Report = {
    subject: subject.file,
    base: { name: base.name, key: base.key, release: base.release },
    boot: judgeBoot(evidence, subject.scripts, ignoredParts(subject)),
    shipped,
    calls: calls.map(({ service, action, parameters, taken }) => ({ service, action, parameters, taken })),
    fetches,
    tokenless: tokenlessReaders(metadata).map(
      ({ userAgent, requests, target }) =>
        `${userAgent || "a program without a name"} asked ${requests} times without a token, first for ${target}`,
    ),
    changes: options.diff ? tellingChanges(changedFiles(base, run)) : undefined,
    differences: differencesOf(calls, evidence.output, fetched()),
    output: evidence.output,
  };
  terminal.out(options.json ? `${reportJson(report)}\n` : reportText(report));
  if (options.shell) await openShell(machine, terminal);
  if (!options.keep) {
    await machine.kill();
    return report;
  }
  tell("shutting down");
  await machine.stop(STOP_MS);
  terminal.err(`Kept: ${run.directory}; \`provision rehearse gc ${run.id}\` removes it.\n`);
  return report;
};

/** @throws AppError USAGE */
const durationOf = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0)
    throw new AppError("USAGE", `--timeout takes a time such as 90s or 5m, not "${text}".`);
  return ms;
};

export const command = defineCommand<Options>({
  operands: "[HOST.yaml | USER-DATA]",
  repeatable: [...REPEATABLE, "serve"],
  options: (yargs) =>
    withState(withVariables(yargs))
      .option("base", {
        type: "string",
        describe: `What it boots: ${BASE_NAMES.join(", ")}, a directory or a tarball; that of the host unless said`,
      })
      .option("region", {
        type: "string",
        default: "us-east-1",
        describe: "The Region that it seems to be in",
      })
      .option("timeout", { type: "string", default: "5m", describe: "How long the first boot may take" })
      .option("serve", {
        type: "string",
        array: true,
        nargs: 1,
        default: [] as readonly string[],
        describe: "URL=FILE: answer for an address of the web or of S3 with a file",
      })
      .option("diff", {
        type: "boolean",
        default: false,
        describe: "List the files that the boot has changed",
      })
      .option("keep", { type: "boolean", default: false, describe: "Leave its files to be looked at" })
      .option("shell", { type: "boolean", default: false, describe: "Then open a shell in it" })
      .option("json", { type: "boolean", default: false, describe: "Print the report as one JSON object" }),
  run: async (options, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to rehearse.");
    durationOf(options.timeout);
    const subject = await loadSubject(file, options, terminal);
    const progress = progressOf(terminal.err, options.json);
    let fetched: Fetched | undefined;
    const requests = aptRequests(wantedPackages(parseUserData(subject.userData)));
    const furnish = async (base: Base, run: Run, stop: AbortSignal): Promise<Furniture> => {
      if (requests.length > 0) progress.tell("fetching packages");
      const furniture = await furnishPackages(options["state-dir"], base, run, requests, stop);
      fetched = furniture.fetched;
      return furniture;
    };
    const rehearsal = {
      state: options["state-dir"],
      base: baseRequest(options.base ?? subject.base, isThere),
      subject: file,
      instance: makeInstance(instanceInputs(subject, { region: options.region, launchedAt: today() })),
      changes: [],
      served: servedFiles(options.serve, isThere),
      group: "rehearsal",
      keep: options.keep,
    };
    try {
      const report = await interruptible((stop) =>
        holdRehearsal(
          { ...rehearsal, furnish: (base, run) => furnish(base, run, stop) },
          progress.tell,
          stop,
          (held) => rehearseBoot(subject, held, options, progress.tell, terminal, () => fetched),
        ),
      );
      return STATUSES[outcomeOf(report)];
    } finally {
      progress.end();
    }
  },
});
