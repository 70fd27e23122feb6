import type { CommandSeen } from "./codedeploy/command-service.ts";
import type { World } from "./ports.ts";
import type { Problem } from "./verdict.ts";

/** What became of a deployment. */
export interface DeploymentVerdict {
  readonly id: string;
  readonly ms: number;
  readonly commands: readonly CommandSeen[];
  readonly problems: readonly Problem[];
}

/** An agent that is there asks every 30 seconds at the latest; a first one that does not will not. In milliseconds. */
const FIRST_POLL_MS = 45_000;
const LOOK_MS = 100;
/** Of the log that an agent sends so many lines are shown. */
const SHOWN = 8;

const isOver = (commands: readonly CommandSeen[]): boolean =>
  commands.some(({ state }) => state === "failed") || commands.every(({ state }) => state === "succeeded");

const problemsOf = (commands: readonly CommandSeen[], ms: number): readonly Problem[] => {
  const failed = commands.find(({ state }) => state === "failed");
  if (failed !== undefined)
    return [
      {
        severity: "error",
        message: `the deployment has failed at ${failed.name}: ${failed.message ?? "the agent has not said why"}${failed.code === undefined ? "" : ` (code ${failed.code})`}`,
        output: (failed.log ?? "").trimEnd().split("\n").slice(-SHOWN).filter(Boolean),
      },
    ];
  if (isOver(commands)) return [];
  const seconds = (ms / 1_000).toFixed(1);
  const at = commands.findLast(({ state }) => state !== "not given out");
  const message =
    at === undefined
      ? `nobody has asked for the deployment within ${seconds} s: does the instance run an agent of CodeDeploy?`
      : `the deployment had not ended after ${seconds} s: ${at.name} was ${at.state}`;
  return [{ severity: "error", message }];
};

/** Gives out the commands of a deployment to the agent of the instance that runs, and waits for their end. */
export const deployPhase = async (
  world: World,
  id: string,
  timeoutMs: number,
): Promise<DeploymentVerdict> => {
  const began = world.now();
  await world.services.deploy();
  for (;;) {
    const commands = (await world.services.seen()).deployment ?? [];
    const ms = world.now() - began;
    const hasBegun = commands.some(({ deliveries }) => deliveries > 0);
    const running = commands.find(({ state }) => state === "acknowledged" || state === "given out");
    world.tell(running === undefined ? "deploying" : `deploying: ${running.name}`);
    if (isOver(commands) || ms > (hasBegun ? timeoutMs : Math.min(FIRST_POLL_MS, timeoutMs)))
      return { id, ms, commands, problems: problemsOf(commands, ms) };
    await world.pause(LOOK_MS);
  }
};
