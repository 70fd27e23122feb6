/** `npm run chaos`: everything that can happen to logs, to the agent and to the service, at once. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import yargs from "yargs";
import { chaos, judgeMutants } from "./chaos.ts";
import { makePlan, type Plan } from "./plan.ts";
import { reportText } from "./report.ts";
import { CATCH_UP_MS, run } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";

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
  .option("without", { type: "string", array: true, default: [], describe: "Kinds of action to leave out" })
  .option("only", { type: "string", array: true, describe: "Kinds of action to draw from" })
  .option("plan", { type: "boolean", default: false, describe: "Print what would happen, and do nothing" })
  .option("from-plan", { type: "string", describe: "Carry out a printed plan" })
  .option("shrink", { type: "boolean", default: true, describe: "Look for the smallest plan that fails" })
  .option("keep", { type: "boolean", default: false, describe: "Keep the files of a failing run" })
  .option("patience", {
    type: "number",
    default: CATCH_UP_MS / 1_000,
    describe: "Seconds to catch up at the end",
  })
  .option("explain", {
    type: "boolean",
    default: false,
    describe: "Say of every missing line why it is excused",
  })
  .option("json", { type: "boolean", default: false, describe: "One JSON object per seed" })
  .option("scenario", {
    choices: Object.keys(SCENARIOS) as (keyof typeof SCENARIOS)[],
    describe: "Real programs instead of a plan",
  })
  .option("mutants", {
    type: "boolean",
    default: false,
    describe: "Put faults into the agent, and see each noticed",
  })
  .option("one", { type: "string", hidden: true })
  .strict();

const options = await cli.parseAsync();
if (options.one !== undefined) {
  // A run of its own in a process of its own: job and answer are files.
  const { plan, scenario, ...rest } = JSON.parse(readFileSync(options.one, "utf8"));
  const report = await (scenario === undefined
    ? run(plan, rest)
    : SCENARIOS[scenario as keyof typeof SCENARIOS](rest));
  writeFileSync(`${options.one}.report`, JSON.stringify(report));
} else if (options.mutants) {
  const verdicts = await judgeMutants({ settings: options.set, jobs: options.jobs, say });
  process.exitCode = verdicts.every(({ sign }) => sign !== undefined) ? 0 : 1;
} else {
  const seconds = options.seconds ?? (options.minutes ?? 1) * 60;
  const plans: readonly (Plan | keyof typeof SCENARIOS)[] =
    options.scenario !== undefined
      ? [options.scenario]
      : options["from-plan"] === undefined
        ? seedsOf(options.seeds, options.seed).map((seed) =>
            makePlan({
              seed,
              seconds,
              mode: options.mode,
              without: options.without as never,
              ...(options.only && { only: options.only as never }),
            }),
          )
        : [JSON.parse(readFileSync(options["from-plan"], "utf8"))];
  if (options.plan && options.scenario === undefined)
    process.stdout.write(plans.map((plan) => `${JSON.stringify(plan, null, 1)}\n`).join(""));
  else {
    const reports = await chaos(plans, {
      bundle: options.agent,
      settings: options.set,
      jobs: options.jobs,
      keep: options.keep,
      shrink: options.shrink,
      patienceMs: options.patience * 1_000,
      onReport: (report) => {
        process.stdout.write(
          options.json ? `${JSON.stringify(report)}\n` : reportText(report, options.explain),
        );
      },
      say,
    });
    process.exitCode = reports.every(({ ok }) => ok) ? 0 : 1;
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function seedsOf(range: string | undefined, single: number): readonly number[] {
  if (range === undefined) return [single];
  const [from, to] = range.split("..").map(Number);
  if (from === undefined || to === undefined || !(from <= to))
    throw new Error("--seeds takes a range as 1..200");
  return Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
}
