import { parseDuration } from "../../agent/base/duration.ts";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { recipeDigest } from "../ami/digest.ts";
import { today } from "../io/clock.ts";
import { isThere } from "../io/files.ts";
import { interruptible } from "../io/interrupt.ts";
import { furnishPackages, readStandIns } from "../io/rehearse/furnish.ts";
import { holdRehearsal } from "../io/rehearse/hold.ts";
import { newNonce } from "../io/rehearse/nonce.ts";
import { type Progress, progressOf } from "../io/rehearse/progress.ts";
import type { Run } from "../io/rehearse/runs.ts";
import { openShell } from "../io/rehearse/shell.ts";
import { BASE_NAMES, baseRequest } from "../rehearse/base.ts";
import { type Deployment, deploymentOf } from "../rehearse/codedeploy/deployment.ts";
import { episodesOf } from "../rehearse/episodes.ts";
import { parseEvent } from "../rehearse/events.ts";
import { base32 } from "../rehearse/metadata/ids.ts";
import { makeInstance } from "../rehearse/metadata/make-instance.ts";
import { NETWORKS, type Network } from "../rehearse/network.ts";
import { recipeRequests } from "../rehearse/packages/of-recipe.ts";
import { aptRequests, wantedPackages } from "../rehearse/packages/wanted.ts";
import type { Base, World } from "../rehearse/ports.ts";
import { PHASES, type PhaseName, type Plan, phasesOf, rehearse } from "../rehearse/rehearsal.ts";
import { outcomeOf, type Report, reportJson, reportText } from "../rehearse/report.ts";
import { servedFiles, standIns } from "../rehearse/served.ts";
import { instanceInputs } from "../rehearse/settings.ts";
import { parseUserData } from "../user-data/parse.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { type LoadedSubject, loadSubject } from "./load-subject.ts";
import { type StateArguments, withState } from "./rehearse-options.ts";
import { REPEATABLE, type VariableArguments, withVariables } from "./variable-options.ts";

interface Options extends VariableArguments, StateArguments {
  readonly phase: PhaseName;
  readonly base: string | undefined;
  readonly region: string;
  readonly timeout: string;
  readonly serve: readonly string[];
  readonly "stand-in": readonly string[];
  readonly event: readonly string[];
  readonly deploy: string | undefined;
  readonly then: readonly string[];
  readonly network: Network;
  readonly diff: boolean;
  readonly keep: boolean;
  readonly shell: boolean;
  readonly json: boolean;
}

/** A machine that has shut down by itself needs about one second; then it is killed. */
const STOP_MS = 5_000;

const STATUSES = { passed: EXIT.done, findings: EXIT.findings, failed: EXIT.failed } as const;

/** All phases, the report, and what is wanted of the machine afterwards. */
const perform = async (
  world: World,
  run: Run,
  plan: Plan,
  options: Options,
  progress: Progress,
  terminal: Terminal,
): Promise<Report> => {
  const { report, machine } = await rehearse(world, plan);
  progress.end();
  terminal.out(options.json ? `${reportJson(report)}\n` : reportText(report));
  if (options.shell && machine !== undefined) await openShell(machine, terminal);
  if (options.keep) {
    await machine?.stop(STOP_MS);
    terminal.err(`Kept: ${run.directory}; \`provision rehearse gc ${run.id}\` removes it.\n`);
  } else await machine?.kill();
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
  repeatable: [...REPEATABLE, "serve", "stand-in", "event", "then"],
  options: (yargs) =>
    withState(withVariables(yargs))
      .option("phase", {
        choices: PHASES,
        default: "all" as const,
        describe:
          "bake: the recipe of the image; boot: user data; test: checks on a new instance of the image",
      })
      .option("base", {
        type: "string",
        describe: `What it boots: ${BASE_NAMES.join(", ")}, a directory or a tarball; that of the host unless said`,
      })
      .option("region", {
        type: "string",
        default: "us-east-1",
        describe: "The Region that it seems to be in",
      })
      .option("timeout", {
        type: "string",
        default: "5m",
        describe: "How long a boot, a recipe or a deployment may take",
      })
      .option("serve", {
        type: "string",
        array: true,
        nargs: 1,
        default: [] as readonly string[],
        describe: "URL=FILE: answer for an address of the web or of S3 with a file",
      })
      .option("stand-in", {
        type: "string",
        array: true,
        nargs: 1,
        default: [] as readonly string[],
        describe: "PATH=FILE: a file of yours in place of a program that a container cannot have",
      })
      .option("event", {
        type: "string",
        array: true,
        nargs: 1,
        default: [] as readonly string[],
        describe: 'What is so from the start, as of rehearse event: "spot in=2m", "slow by=3s"',
      })
      .option("deploy", {
        type: "string",
        describe: "A bundle that CodeDeploy is to deploy to the booted instance: .zip, .tar, .tgz",
      })
      .option("then", {
        type: "string",
        array: true,
        nargs: 1,
        default: [] as readonly string[],
        describe: "What happens behind the boot: reboot, stop-start, spot=30s, rebalance, terminate",
      })
      .option("network", {
        choices: NETWORKS,
        default: "none" as const,
        describe: "host: programs inside reach what programs of this machine reach",
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
    const loaded = await loadSubject(file, options, terminal);
    const plan = planOf(loaded, options);
    const progress = progressOf(terminal.err, options.json);
    try {
      const report = await interruptible((stop) =>
        holdRehearsal(settingsOf(loaded, plan, options, progress), progress.tell, stop, (world, run) =>
          perform(world, run, plan, options, progress, terminal),
        ),
      );
      return STATUSES[outcomeOf(report)];
    } finally {
      progress.end();
    }
  },
});

/** @throws AppError USAGE for options that are none, or ask for what the host has not */
const planOf = ({ subject, recipe, positionOf }: LoadedSubject, options: Options): Plan => {
  const { phase, region, diff, then } = options;
  const phases = phasesOf({ phase, recipe, subject });
  const missing = phase === "all" ? !Object.values(phases).some(Boolean) : !phases[phase];
  if (missing)
    throw new AppError(
      "USAGE",
      `${subject.file} has nothing for ${phase === "all" ? "any phase" : `the phase ${phase}`}.`,
    );
  const digest = recipe === undefined ? "none" : recipeDigest(recipe, "rehearsal");
  return {
    subject,
    recipe,
    phase,
    instance: instanceInputs(subject, { region, launchedAt: today() }),
    bake: { id: digest.slice(0, 12), digest, nonce: newNonce(), positionOf },
    standIns: standIns(options["stand-in"], isThere),
    network: options.network,
    deployment: options.deploy === undefined ? undefined : deploymentFor(options.deploy),
    episodes: episodesOf(then),
    diff,
    timeoutMs: durationOf(options.timeout),
  };
};

/** The same bundle is the same deployment in each run. @throws AppError USAGE */
const deploymentFor = (file: string): Deployment => {
  if (!isThere(file)) throw new AppError("USAGE", `--deploy: there is no file ${file}.`);
  return deploymentOf(file, base32(file, "deployment", 9).toUpperCase());
};

const settingsOf = (
  { subject, recipe }: LoadedSubject,
  plan: Plan,
  options: Options,
  progress: Progress,
): Parameters<typeof holdRehearsal>[0] => {
  const { userData } = subject;
  const requests = [
    ...(userData === undefined ? [] : aptRequests(wantedPackages(parseUserData(userData)))),
    ...(recipe === undefined ? [] : recipeRequests(recipe)),
  ];
  const { deployment } = plan;
  const { bucket, key } = deployment?.revision ?? {};
  const bundle = options.deploy === undefined ? [] : [{ url: `s3://${bucket}/${key}`, file: options.deploy }];
  return {
    state: options["state-dir"],
    base: baseRequest(options.base ?? subject.base, isThere),
    subject: subject.file,
    instance: makeInstance(plan.instance),
    changes: options.event.map(parseEvent),
    served: [...servedFiles(options.serve, isThere), ...bundle],
    group: "rehearsal",
    keep: options.keep,
    network: options.network,
    deployment,
    furnish: async (base: Base, run: Run, stop: AbortSignal) => {
      const own = readStandIns(plan.standIns);
      // With a network there are mirrors.
      if (options.network === "host") return { more: own, binds: [], fetched: undefined };
      if (requests.length > 0) progress.tell("fetching packages");
      const furniture = await furnishPackages(options["state-dir"], base, run, requests, stop);
      return { ...furniture, more: [...furniture.more, ...own] };
    },
  };
};
