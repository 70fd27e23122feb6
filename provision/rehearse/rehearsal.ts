import type { Recipe } from "../ami/recipe.ts";
import { bootPhase } from "./boot-phase.ts";
import { tellingChanges } from "./changes.ts";
import type { Deployment } from "./codedeploy/deployment.ts";
import { type DeploymentVerdict, deployPhase } from "./deploy-phase.ts";
import { differencesOf } from "./differences.ts";
import { type Episode, type EpisodeVerdict, episode, type Running } from "./episodes.ts";
import { type InstanceInputs, makeInstance } from "./metadata/make-instance.ts";
import { tokenlessReaders } from "./metadata/request-log.ts";
import type { Network } from "./network.ts";
import type { Machine, Stage, World } from "./ports.ts";
import { type RecipeInput, type RecipeVerdict, recipePhase } from "./recipe-phase.ts";
import type { Report } from "./report.ts";
import type { StandIn } from "./served.ts";
import { ignoredParts, type Subject } from "./subject.ts";

export const PHASES = ["bake", "boot", "test", "all"] as const;
export type PhaseName = (typeof PHASES)[number];

export interface Plan {
  readonly subject: Subject;
  readonly recipe: Recipe | undefined;
  readonly phase: PhaseName;
  readonly instance: InstanceInputs;
  /** Of the recipe: what its markers bear. */
  readonly bake: Pick<RecipeInput, "id" | "digest" | "nonce" | "positionOf">;
  readonly network: Network;
  /** What the booted instance is to deploy. */
  readonly deployment: Deployment | undefined;
  readonly episodes: readonly Episode[];
  /** What is not the real thing. */
  readonly standIns: readonly StandIn[];
  readonly diff: boolean;
  readonly timeoutMs: number;
}

/** What is left when all phases are over: the report, and the last machine, if one still runs. */
export interface Rehearsed {
  readonly report: Report;
  readonly machine: Machine | undefined;
}

/** Which phases run: those that are asked for and that the host has something for. */
export const phasesOf = ({ phase, recipe, subject }: Pick<Plan, "phase" | "recipe" | "subject">) => {
  const hasRecipe = recipe !== undefined && recipe.steps.length + recipe.validate.length > 0;
  const bake = hasRecipe && phase !== "boot";
  const boot = subject.userData !== undefined && (phase === "boot" || phase === "all");
  // Without a recipe the image is the base.
  const test = (recipe?.test.length ?? 0) + (bake ? 1 : 0) > 0 && (phase === "test" || phase === "all");
  return { bake, boot, test };
};

/** All phases, one behind the other; one that has failed is the last. */
export const rehearse = async (world: World, plan: Plan): Promise<Rehearsed> => {
  const { subject, recipe, timeoutMs } = plan;
  const wanted = phasesOf(plan);
  const instanceOf = (role: string, more: Partial<InstanceInputs> = {}) =>
    makeInstance({ ...plan.instance, seed: `${plan.instance.seed} ${role}`, ...more });
  const runRecipe = (phase: "bake" | "test", stage: Stage, builder?: RecipeVerdict) => {
    if (recipe === undefined) throw new TypeError("a phase of a recipe without one");
    const instance = instanceOf(phase, { userData: undefined });
    const known = builder === undefined ? {} : { builder: builder.identities };
    return recipePhase(world, stage, { ...plan.bake, recipe, phase, instance, timeoutMs, ...known });
  };

  let image: Stage | undefined;
  let machine: Machine | undefined;
  let last: Stage | undefined;
  let [bake, test]: (RecipeVerdict | undefined)[] = [];
  let boot: Awaited<ReturnType<typeof bootPhase>> | undefined;
  let deployed: DeploymentVerdict | undefined;
  const episodes: EpisodeVerdict[] = [];
  const failed = (): boolean =>
    [bake, boot?.verdict, deployed, ...episodes].some((each) =>
      each?.problems.some(({ severity }) => severity === "error"),
    );

  if (wanted.bake) {
    image = world.open("bake");
    last = image;
    ({ machine, ...bake } = await runRecipe("bake", image));
  }
  if (wanted.boot && !failed()) {
    await machine?.kill();
    last = world.open("boot", image);
    const { scripts, configs } = subject;
    const instance = instanceOf("boot");
    boot = await bootPhase(world, last, {
      instance,
      scripts,
      configs,
      ignored: ignoredParts(subject),
      timeoutMs,
    });
    machine = boot.machine;
    if (plan.deployment !== undefined && !failed())
      deployed = await deployPhase(world, plan.deployment.id, timeoutMs);
    let running: Running | undefined = { machine, instance };
    for (const each of failed() ? [] : plan.episodes) {
      if (running === undefined) break;
      const happened = await episode(world, last, running, each, timeoutMs);
      episodes.push(happened.verdict);
      running = happened.running;
      machine = running?.machine;
    }
  }
  if (wanted.test && !failed()) {
    await machine?.kill();
    last = world.open("test", image);
    ({ machine, ...test } = await runRecipe("test", last, bake));
  }
  return { report: await reportOf(world, plan, last, { bake, boot, deployed, episodes, test }), machine };
};

interface Phases {
  readonly bake: RecipeVerdict | undefined;
  readonly boot: Awaited<ReturnType<typeof bootPhase>> | undefined;
  readonly deployed: DeploymentVerdict | undefined;
  readonly episodes: readonly EpisodeVerdict[];
  readonly test: RecipeVerdict | undefined;
}

const reportOf = async (
  world: World,
  { subject, diff, network, standIns }: Plan,
  last: Stage | undefined,
  { bake, boot, deployed, episodes, test }: Phases,
): Promise<Report> => {
  const { name, key, release } = world.base;
  const [{ metadata, calls, fetches }, shipped] = await Promise.all([
    world.services.seen(),
    world.services.streams(),
  ]);
  return {
    subject: subject.file,
    base: { name, key, release },
    bake,
    boot: boot?.verdict,
    deployment: deployed,
    episodes,
    test,
    shipped,
    calls: calls.map(({ service, action, parameters, taken }) => ({ service, action, parameters, taken })),
    fetches,
    tokenless: tokenlessReaders(metadata).map(
      ({ userAgent, requests, target }) =>
        `${userAgent || "a program without a name"} asked ${requests} time${requests === 1 ? "" : "s"} without a token, first for ${target}`,
    ),
    changes: diff ? tellingChanges(last?.changes() ?? []) : undefined,
    differences: [
      ...standIns.map(({ path }) => `${path} is a file of yours (--stand-in)`),
      ...differencesOf(calls, network, boot?.output ?? "", world.fetched),
    ],
    output: boot?.output ?? "",
  };
};
