/** `npm run chaos`: everything that can happen to logs, to the agent and to the service, at once. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import yargs from "yargs";
import { chaos, judgeMutants, type Task } from "./chaos.ts";
import { KINDS, type Kind, type Mode, makePlan, type Plan } from "./plan.ts";
import { type Report, reportText } from "./report.ts";
import { CATCH_UP_MS, run } from "./run.ts";
import { SCENARIO_NAMES, SCENARIOS, type Scenario } from "./scenarios/index.ts";
import { LONG_SCENARIOS } from "./scenarios-long/index.ts";
import { shrink } from "./shrink.ts";
import { NOT_SIMULATED, simulate } from "./simulated/simulate.ts";
import { tableText, writeTable } from "./table.ts";

const cli = yargs(process.argv.slice(2))
  .scriptName("npm run chaos --")
  .option("seed", { type: "number", default: 1, describe: "What the seed decides is the same each time" })
  .option("seeds", { type: "string", describe: "Several, as 1..200" })
  .option("minutes", { type: "number", describe: "How long each seed runs" })
  .option("seconds", { type: "number", describe: "The same in seconds; default 60" })
  .option("mode", { choices: ["default", "verify"] as const, default: "default" as const })
  .option("agent", { type: "string", describe: "A bundle to test instead of dist/host-agent.cjs, built now" })
  .option("set", { type: "string", array: true, default: [], describe: "A line of YAML for `logs:`" })
  .option("jobs", { type: "number", default: 2, describe: "Seeds that run at once" })
  .option("without", { choices: KINDS, array: true, default: [], describe: "Kinds of action to leave out" })
  .option("only", { choices: KINDS, array: true, describe: "Kinds of action to draw from" })
  .option("plan", { type: "boolean", default: false, describe: "Print what would happen, and do nothing" })
  .option("from-plan", { type: "string", describe: "Carry out a printed plan" })
  .option("shrink", { type: "boolean", default: true, describe: "Look for the smallest plan that fails" })
  .option("keep", { type: "boolean", default: false, describe: "Keep the files of each run" })
  .option("patience", { type: "number", default: CATCH_UP_MS / 1_000, describe: "Seconds to catch up in" })
  .option("explain", { type: "boolean", default: false, describe: "Say why missing lines are excused" })
  .option("json", { type: "boolean", default: false, describe: "One JSON object per seed" })
  .option("simulated", {
    type: "boolean",
    default: false,
    describe:
      "In virtual time, with the data path alone: a seed takes a tenth of a second, and never differs",
  })
  .option("scenario", { choices: SCENARIO_NAMES, describe: "A scenario instead of a plan" })
  .option("mutants", { type: "boolean", default: false, describe: "Faults in the agent, each to be noticed" })
  .option("table", { type: "boolean", default: false, describe: "Both modes and the scenarios, as a table" })
  .option("write", { type: "boolean", default: false, describe: "With --table: into docs/reliability.md" })
  .option("one", { type: "string", hidden: true })
  .strict();

type Options = Awaited<ReturnType<typeof cli.parseAsync>>;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** A run of its own in a process of its own: job and answer are files. */
const runOne = async (file: string): Promise<void> => {
  const { plan, scenario, ...options } = JSON.parse(readFileSync(file, "utf8"));
  const report = await (scenario === undefined
    ? run(plan, options)
    : SCENARIOS[scenario as Scenario](options));
  writeFileSync(`${file}.report`, JSON.stringify(report));
};

const secondsOf = ({ seconds, minutes = 1 }: Options): number => seconds ?? minutes * 60;

const tasksOf = (options: Options): readonly Task[] => {
  const { scenario, "from-plan": printed, table, mode, without, only = KINDS, simulated } = options;
  if (scenario !== undefined) return [scenario as Scenario];
  if (printed !== undefined) return [JSON.parse(readFileSync(printed, "utf8")) as Plan];
  const left = simulated ? [...without, ...NOT_SIMULATED] : without;
  const drawn = { seconds: secondsOf(options), without: left, only } as {
    seconds: number;
    without: readonly Kind[];
    only: readonly Kind[];
  };
  const modes: readonly Mode[] = table ? ["default", "verify"] : [mode];
  const plans = seedsOf(options).flatMap((seed) =>
    modes.map((each) => makePlan({ ...drawn, seed, mode: each })),
  );
  return table ? [...SCENARIO_NAMES, ...plans] : plans;
};

const seedsOf = ({ seeds, seed }: Options): readonly number[] => {
  if (seeds === undefined) return [seed];
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(seeds) ?? [];
  if (from === undefined) throw new Error("--seeds takes a range as 1..200");
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, nth) => Number(from) + nth);
};

const main = async (options: Options): Promise<boolean> => {
  const { set: settings, jobs, table } = options;
  if (options.mutants)
    return (await judgeMutants({ settings, jobs, say })).every(({ sign }) => sign !== undefined);
  const tasks = tasksOf(options);
  if (options.plan) {
    process.stdout.write(tasks.map((task) => `${JSON.stringify(task, null, 1)}\n`).join(""));
    return true;
  }
  const reports = await (options.simulated ? inVirtualTime(tasks, options) : inReality(tasks, options));
  if (table) {
    const text = tableText(reports, secondsOf(options));
    if (options.write) writeTable(join(import.meta.dirname, "../../docs/reliability.md"), text);
    else process.stdout.write(`${text}\n`);
  }
  return reports.every(({ ok }) => ok);
};

const show = ({ json, explain }: Options, report: Report): void => {
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report, explain));
};

const inVirtualTime = async (tasks: readonly Task[], options: Options): Promise<readonly Report[]> => {
  const reports: Report[] = [];
  for (const task of tasks) {
    if (typeof task === "string") throw new Error("scenarios are real programs: leave out --simulated");
    const report = await simulate(task);
    reports.push(report);
    if (!report.ok || tasks.length === 1) show(options, report);
  }
  const failed = reports.filter(({ ok }) => !ok).map(({ seed }) => seed);
  say(
    `${reports.length - failed.length} of ${reports.length} seeds passed; failed: ${failed.join(", ") || "none"}`,
  );
  const [first] = failed;
  const plan = tasks.find((task) => typeof task === "object" && task.seed === first);
  if (options.shrink && typeof plan === "object") await showSmallest(plan);
  return reports;
};

const SIMULATED_SHRINK_TRIES = 600;

const showSmallest = async (plan: Plan): Promise<void> => {
  const { plan: small } = await shrink(plan, await simulate(plan), (tried) => simulate(tried), {
    tries: SIMULATED_SHRINK_TRIES,
    jobs: 1,
    say: () => undefined,
  });
  say(`the smallest plan of seed ${plan.seed} that fails, and what the agent said:`);
  for (const action of small.actions) say(`  ${JSON.stringify(action)}`);
  await simulate(small, {
    onReport: (at, { event, detail }) => say(`  ${Math.round(at)} ms ${event} ${JSON.stringify(detail)}`),
  });
};

/** Those that measure time and memory come last, one at a time: they want the machine for themselves. */
const inReality = async (tasks: readonly Task[], options: Options): Promise<readonly Report[]> => {
  const isLong = (task: Task): boolean => typeof task === "string" && task in LONG_SCENARIOS;
  const long = tasks.filter(isLong);
  const others = tasks.filter((task) => !isLong(task));
  return [
    ...(await atOnce(others, options.jobs, options)),
    ...(long.length > 0 ? await atOnce(long, 1, options) : []),
  ];
};

const atOnce = (tasks: readonly Task[], jobs: number, options: Options): Promise<readonly Report[]> =>
  chaos(tasks, {
    bundle: options.agent,
    settings: options.set,
    jobs,
    keep: options.keep,
    shrink: options.shrink && !options.table,
    patienceMs: options.patience * 1_000,
    onReport: (report) => show(options, report),
    say,
  });

const options = await cli.parseAsync();
if (options.one !== undefined) await runOne(options.one);
else process.exitCode = (await main(options)) ? 0 : 1;
