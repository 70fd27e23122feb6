import { AppError } from "../../agent/base/errors.ts";
import type { Identity } from "../ami/hygiene/checklist.ts";
import { originOf, type Position, placeOf } from "../ami/line-map.ts";
import { type Author, progressOf, readMarkers, type StepReport } from "../ami/markers.ts";
import type { Key, Recipe } from "../ami/recipe.ts";
import { LOG, type Phase, type Runner, renderRunner } from "../ami/runner.ts";
import { FAILED_COMMANDS, traceOf } from "./additions.ts";
import { failedCommands } from "./cloud-init-log.ts";
import { witness } from "./evidence.ts";
import type { Instance } from "./metadata/instance.ts";
import type { BootEnd, Machine, Stage, World } from "./ports.ts";
import { judgeBoot, type Problem } from "./verdict.ts";

/** What the runner of a recipe has done in a container. */
export interface RecipeVerdict {
  readonly steps: readonly StepReport[];
  readonly problems: readonly Problem[];
  /** What the builder was known by: no instance of the image may be known by the same. */
  readonly identities: readonly Identity[];
  readonly ms: number;
}

export interface RecipeInput {
  readonly recipe: Recipe;
  readonly phase: Phase;
  /** Markers bear it. */
  readonly id: string;
  readonly digest: string;
  /** A secret for this one run. */
  readonly nonce: string;
  readonly instance: Instance;
  readonly builder?: readonly Identity[];
  readonly positionOf: (key: Key) => Position;
  readonly timeoutMs: number;
}

/** How often the console is read, in milliseconds. */
const LOOK_MS = 50;
const TELL_MS = 500;
/** Of the log of a step that failed so many lines are shown. */
const SHOWN = 8;

/** bash tells which of its lines has failed, as in user data. */
const traced = ({ file, shell }: { readonly file: string; readonly shell: string }): readonly string[] =>
  shell === "bash" ? traceOf(file).split("\n") : [];

/** Writes the files of the runner into the memory of the machine, or onto its disk where a reboot is to come. */
const deliver = async (machine: Machine, { directory, files }: Runner): Promise<void> => {
  const folders = [...new Set(files.map(({ name }) => `${directory}/${name}`.replace(/\/[^/]*$/, "")))];
  await machine.run(["mkdir", "-p", "-m", "711", directory, ...folders]);
  for (const { name, mode, content } of files) {
    const path = `${directory}/${name}`;
    const write = 'umask 077; cat >"$1" && chmod "$2" "$1"';
    const { status, stderr } = await machine.run(["/bin/sh", "-c", write, "write", path, mode.toString(8)], {
      input: content,
    });
    if (status !== 0)
      throw new AppError("REHEARSAL_BROKEN", `${path} could not be written in the container: ${stderr}`);
  }
};

/** What the step itself has printed last, without what the runner says around it. */
const lastWords = (log: string): readonly string[] =>
  log
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(?:== |status: done$)/.test(line))
    .slice(-SHOWN);

/** Where the step of a marker is in host.yaml. */
const keyOf = (name: string): Key | undefined => {
  const [, list, at, kind] = /^(\w+)\[(\d+)\]\.(\w+)$/.exec(name) ?? [];
  return list === undefined || kind === undefined ? undefined : ["image", list, Number(at), kind];
};

const failureOf = (
  step: StepReport,
  { lines }: Runner,
  log: string,
  failed: string,
  positionOf: RecipeInput["positionOf"],
): Problem => {
  // The last command that bash saw fail, if it was in a script of the user.
  const places = failedCommands(failed).flatMap(({ path, line, command }) => {
    const origin = originOf(lines, path, line);
    return origin === undefined || origin.kind === "step"
      ? []
      : [{ ...placeOf(origin, positionOf), command }];
  });
  const key = keyOf(step.name);
  return {
    severity: "error",
    ...(places.at(-1) ?? (key === undefined ? {} : positionOf(key))),
    message: `${step.name} has ended with status ${step.exit ?? "unknown"}`,
    output: lastWords(log),
  };
};

/** Waits until the runner has said its last word, over reboots that the recipe asks for. */
const follow = async (
  world: World,
  stage: Stage,
  first: Machine,
  author: Author,
  { instance, timeoutMs }: RecipeInput,
) => {
  const until = world.now() + timeoutMs;
  let machine = first;
  let told = world.now();
  for (let end: BootEnd | undefined; ; ) {
    if (end === "reboot") {
      world.tell("booting again, as the recipe says");
      machine = await stage.boot(instance);
      end = undefined;
    }
    const progress = progressOf(readMarkers(machine.console(), author).markers);
    // What a machine has written last is read when it has ended.
    if (progress.result !== undefined || end !== undefined || world.now() > until)
      return { machine, progress };
    end = await Promise.race([machine.ended, world.pause(LOOK_MS).then(() => undefined)]);
    if (world.now() - told > TELL_MS) {
      told = world.now();
      const running = progress.steps.find(({ status }) => status === "running");
      if (running !== undefined) world.tell(running.name);
    }
  }
};

/** Boots a root without user data, and runs a recipe in it: to make an image, or to test an instance of one. */
export const recipePhase = async (
  world: World,
  stage: Stage,
  input: RecipeInput,
): Promise<RecipeVerdict & { readonly machine: Machine }> => {
  const { recipe, phase, id, digest, nonce, builder, positionOf, timeoutMs } = input;
  const runner = renderRunner({
    recipe,
    phase,
    id,
    digest,
    nonce,
    sink: "/dev/console",
    prologue: traced,
    ...(builder === undefined ? {} : { builder }),
  });
  world.tell(phase === "bake" ? `booting ${world.base.name} to bake` : "booting an instance of the image");
  const began = world.now();
  const booted = await stage.boot(input.instance);
  const evidence = await witness(booted, stage, world, timeoutMs);
  const boot = judgeBoot(evidence, [], []).problems.filter(({ severity }) => severity === "error");
  if (evidence.end !== "finished" || boot.length > 0)
    return { steps: [], problems: boot, identities: [], ms: world.now() - began, machine: booted };
  await deliver(booted, runner);
  // As a unit of its own, as on an instance: what it starts lives on without it.
  await booted.run([
    "systemd-run",
    "--quiet",
    "--unit=hostwright-rehearsal-recipe",
    "sh",
    `${runner.directory}/run.sh`,
  ]);
  const { machine, progress } = await follow(world, stage, booted, { id, nonce }, input);
  const ms = world.now() - began;
  const { steps, identities, result } = progress;
  if (result?.ok === true) return { steps, problems: [], identities, ms, machine };
  const files = await machine.read([LOG, FAILED_COMMANDS]);
  const log = files.get(LOG) ?? "";
  const failed = files.get(FAILED_COMMANDS) ?? "";
  const broken = steps.filter(({ status }) => status === "failed");
  const problems = broken.map((step) => failureOf(step, runner, log, failed, positionOf));
  const silent: Problem = {
    severity: "error",
    message:
      result === undefined
        ? `the recipe has not ended after ${(ms / 1_000).toFixed(1)} s`
        : `the recipe has failed at ${result.step} with status ${result.exit}`,
    output: lastWords(log),
  };
  return { steps, problems: problems.length > 0 ? problems : [silent], identities, ms, machine };
};
