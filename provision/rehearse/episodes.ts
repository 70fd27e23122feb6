import { parseDuration } from "../../agent/base/duration.ts";
import { AppError } from "../../agent/base/errors.ts";
import { nearest } from "../../agent/config/nearest.ts";
import { type AgentSeen, isInstalled, seenOf, shipped } from "./agent.ts";
import { scriptRuns } from "./cloud-init-log.ts";
import { witness } from "./evidence.ts";
import type { Instance } from "./metadata/instance.ts";
import { privateName } from "./metadata/place.ts";
import { subnetOf } from "./network.ts";
import type { Machine, Stage, World } from "./ports.ts";
import { judgeBoot, type Problem } from "./verdict.ts";

/** What happens to an instance after its first boot. */
const NAMES = ["reboot", "stop-start", "spot", "rebalance", "terminate"] as const;
type EpisodeName = (typeof NAMES)[number];

export interface Episode {
  readonly name: EpisodeName;
  /** How long it lasts, where it is one that is waited for: the time from the notice to the end. In milliseconds. */
  readonly ms: number;
}

/** Two minutes are what EC2 gives before it interrupts a Spot Instance; a hook of a group waits as long as it says. */
const USUAL_MS: Readonly<Record<EpisodeName, number>> = {
  reboot: 0,
  "stop-start": 0,
  spot: 120_000,
  rebalance: 10_000,
  terminate: 60_000,
};

/** Behind these there is no machine any more. */
const LAST: readonly EpisodeName[] = ["spot", "terminate"];

/**
 * What `--then` asks for: `reboot`, `spot=30s`.
 *
 * @throws AppError USAGE
 */
export const episodesOf = (words: readonly string[]): readonly Episode[] =>
  words.map((word, at) => {
    const [given = "", ...times] = word.split("=");
    const time = times.length === 0 ? undefined : times.join("=");
    const name = NAMES.find((known) => known === given);
    if (name === undefined) {
      const meant = nearest(given, NAMES);
      throw new AppError(
        "USAGE",
        `--then takes ${NAMES.join(", ")}, not "${given}".${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
      );
    }
    const ms = time === undefined ? USUAL_MS[name] : parseDuration(time);
    if (ms === undefined || (time !== undefined && USUAL_MS[name] === 0))
      throw new AppError(
        "USAGE",
        `--then ${word}: ${USUAL_MS[name] === 0 ? `${name} takes no time` : "give a time such as 30s"}.`,
      );
    if (LAST.includes(name) && at < words.length - 1)
      throw new AppError("USAGE", `--then ${name} ends the instance: nothing can come behind it.`);
    return { name, ms };
  });

/** What an episode came to. */
export interface EpisodeVerdict {
  readonly name: EpisodeName;
  /** From its beginning to its end, in milliseconds. */
  readonly ms: number;
  /** Scripts of user data that ran in it. */
  readonly scripts: readonly string[];
  /** What host-agent did; undefined where it is not installed. */
  readonly agent: AgentSeen | undefined;
  readonly address: string;
  readonly problems: readonly Problem[];
}

export interface Running {
  readonly machine: Machine;
  readonly instance: Instance;
}

/** A machine that is asked to end has so long, in milliseconds. */
const STOP_MS = 30_000;
const LOG = "/var/log/cloud-init.log";
const LOOK_MS = 200;

/** Another address of the same subnet. */
const elsewhere = (address: string): string => {
  const [a, b, c, d = 0] = address.split(".").map(Number);
  const next = `${a}.${b}.${c}.${d >= 250 ? d - 100 : d + 1}`;
  return next === subnetOf(address).gateway ? elsewhere(next) : next;
};

const moved = (instance: Instance): Instance => {
  const address = elsewhere(instance.network.address);
  return {
    ...instance,
    hostname: privateName(address, instance.region),
    network: { ...instance.network, address },
  };
};

interface Happened {
  readonly running: Running | undefined;
  readonly scripts: readonly string[];
  readonly problems: readonly Problem[];
}

/** How a machine goes down to come up again, and as which instance; undefined when it has not gone down so. */
const DOWN: Readonly<
  Record<"reboot" | "stop-start", (world: World, running: Running) => Promise<Instance | undefined>>
> = {
  reboot: async (world, { machine, instance }) => {
    await machine.run(["systemctl", "reboot"], { timeoutMs: STOP_MS });
    const waiting = new AbortController();
    const late = world.pause(STOP_MS, waiting.signal).then(() => "late" as const);
    const end = await Promise.race([machine.ended, late]);
    waiting.abort();
    if (end === "reboot") return instance;
    await machine.kill();
    return undefined;
  },
  "stop-start": async (_, { machine, instance }) => {
    await machine.stop(STOP_MS);
    return moved(instance);
  },
};

/** Boots once more, and tells what ran. */
const again = async (
  world: World,
  stage: Stage,
  running: Running,
  name: keyof typeof DOWN,
  timeoutMs: number,
): Promise<Happened> => {
  const before = ((await running.machine.read([LOG])).get(LOG) ?? "").length;
  const instance = await DOWN[name](world, running);
  if (instance === undefined) {
    const problem: Problem = { severity: "error", message: `the ${name} has not come to a second boot` };
    return { running: undefined, scripts: [], problems: [problem] };
  }
  const machine = await stage.boot(instance);
  const evidence = await witness(machine, stage, world, timeoutMs);
  const log = evidence.log.slice(before);
  return {
    running: { machine, instance },
    scripts: scriptRuns(log).map(({ path }) => path),
    problems: judgeBoot({ ...evidence, log }, [], []).problems,
  };
};

/** Waits, or until the instance has told the group that it is ready to go. */
const untilTold = async (world: World, ms: number): Promise<void> => {
  const until = world.now() + ms;
  const { calls } = await world.services.seen();
  while (world.now() < until) {
    const seen = (await world.services.seen()).calls.slice(calls.length);
    if (seen.some(({ action }) => action === "CompleteLifecycleAction")) return;
    await world.pause(LOOK_MS);
  }
};

/** The order in which EC2 does it: a notice, the time that it gives, and the machine is told to end. */
const EVENTS: Readonly<
  Record<"spot" | "rebalance" | "terminate", (world: World, ms: number) => Promise<void>>
> = {
  spot: async (world, ms) => {
    await world.services.change({ kind: "spot", action: "terminate", inMs: ms });
    await world.pause(ms);
  },
  rebalance: async (world, ms) => {
    await world.services.change({ kind: "rebalance" });
    await world.pause(ms);
  },
  terminate: async (world, ms) => {
    await world.services.change({ kind: "target-lifecycle-state", state: "Terminated" });
    await untilTold(world, ms);
  },
};

/** Lets one thing happen to an instance, and tells what came of it. */
export const episode = async (
  world: World,
  stage: Stage,
  running: Running,
  { name, ms }: Episode,
  timeoutMs: number,
): Promise<{ readonly verdict: EpisodeVerdict; readonly running: Running | undefined }> => {
  world.tell(`then: ${name}`);
  const began = world.now();
  const since = world.today();
  const hasAgent = isInstalled(running.machine);
  let happened: Happened;
  let agent: AgentSeen | undefined;
  if (name === "reboot" || name === "stop-start") {
    happened = await again(world, stage, running, name, timeoutMs);
    if (hasAgent && happened.running !== undefined) {
      await shipped(happened.running.machine, world);
      agent = await seenOf(happened.running.machine, since);
    }
  } else {
    await EVENTS[name](world, ms);
    agent = hasAgent ? await seenOf(running.machine, since) : undefined;
    const isOver = LAST.includes(name);
    if (isOver) await running.machine.stop(STOP_MS);
    happened = { running: isOver ? undefined : running, scripts: [], problems: [] };
  }
  const address = (happened.running ?? running).instance.network.address;
  const { scripts, problems } = happened;
  return {
    verdict: { name, ms: world.now() - began, scripts, agent, address, problems },
    running: happened.running,
  };
};
