/** A hundred kills at any instant, while logs are written and rotated. */
import type { HostOptions } from "../host.ts";
import { type Action, type Deed, fits, type Mode, makePlan, PLACES, type Plan } from "../plan.ts";
import { createRandom, type Random } from "../random.ts";
import type { Report } from "../report.ts";
import { run } from "../run.ts";

export interface KillOptions {
  readonly seed: number;
  readonly kills: number;
  readonly mode: Mode;
}

const KILLS = 100;
/** At the beginning the agent is left alone for so long that it knows every file, in milliseconds. */
const QUIET_MS = 1_500;
/** Mean time between two things that happen to the files, in milliseconds. */
const PACE_MS = 700;
/** So many rotated files are kept that none is gone before it could be read: then nothing excuses a lost line. */
const KEEP = 30;
const ROTATED = PLACES.filter((place) => fits("rotate", place));

/**
 * A plan in which nothing but kills happens to the agent: each meets one that is there, be it only just starting, since
 * two at once would count as one.
 */
export const makeKillPlan = ({ seed, kills, mode }: KillOptions): Plan => {
  const random = createRandom(seed).fork("kills");
  const drawn: Omit<Action, "id">[] = [];
  let at = QUIET_MS;
  for (let nth = 0; nth < kills; nth++) {
    at += random.int(150, 3_000);
    const downMs = random.chance(0.4) ? 0 : random.spread(50, 1_500);
    drawn.push({ at, deed: { kind: "kill", downMs } });
    at += downMs;
  }
  const seconds = Math.ceil(at / 1_000) + 1;
  const { actions: _, ...plan } = makePlan({ seed, seconds, mode, only: [] });
  const writers = plan.writers.map((writer) => ({ ...writer, place: random.pick(ROTATED), keep: KEEP }));
  for (let then = QUIET_MS; then < at; then += random.int(1, 2 * PACE_MS)) {
    const writer = random.int(0, writers.length - 1);
    drawn.push({ at: then, deed: random.chance(0.6) ? rotation(writer, random) : burst(writer, random) });
  }
  const actions = drawn.toSorted((a, b) => a.at - b.at).map((action, id) => ({ id, ...action }));
  return { ...plan, writers, actions };
};

const rotation = (writer: number, random: Random): Deed => ({
  kind: "rotate",
  writer,
  create: random.pick(["before", "after"]),
  lingerMs: random.chance(0.5) ? 0 : random.int(20, 3_000),
  generations: random.chance(0.8) ? 1 : random.int(2, 3),
  pauseMs: random.int(0, 400),
  open: random.chance(0.25),
  compress: false,
});

const burst = (writer: number, random: Random): Deed => ({
  kind: "burst",
  writer,
  lines: random.spread(50, 3_000),
  ms: random.int(0, 1_500),
  length: random.spread(60, 600),
});

const killed =
  (mode: Mode) =>
  async (options: HostOptions): Promise<Report> => {
    const plan = makeKillPlan({ seed: 1, kills: KILLS, mode });
    // Who never ends in peace lets the log of the database grow to 4 MiB before it is begun anew: on a disk of its own,
    // which is made to be full, the state has less.
    const report = await run(plan, { ...options, mounts: false });
    const met = `${KILLS} SIGKILLs, ${KILLS - report.kills} of them before the agent had answered for the first time`;
    return {
      ...report,
      name: `${KILLS} SIGKILLs, \`resume: ${mode === "verify" ? "verify" : "replay"}\``,
      notices: [met, ...report.notices],
    };
  };

export const killsScenario = killed("default");
export const killsVerifyScenario = killed("verify");
