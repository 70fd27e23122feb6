import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { buildAll } from "../../.ci/build.ts";
import { findTool } from "../tools.ts";
import type { HostOptions } from "./host.ts";
import { buildMutant, MUTANTS } from "./mutants.ts";
import { makePlan, type Plan } from "./plan.ts";
import type { Report } from "./report.ts";
import type { Scenario } from "./scenarios/index.ts";
import { SORTS, shrink } from "./shrink.ts";

/** A plan, or the name of a scenario. */
export type Task = Plan | Scenario;

export interface ChaosOptions {
  /** Undefined: built from the source, now. */
  readonly bundle: string | undefined;
  readonly settings: readonly string[];
  readonly jobs: number;
  readonly keep: boolean;
  readonly shrink: boolean;
  /** Longest time to catch up at the end of a run, in milliseconds. */
  readonly patienceMs: number;
  readonly onReport: (report: Report) => void;
  readonly say: (text: string) => void;
}

/** Most runs spent on making a failing plan smaller. */
const SHRINK_TRIES = 24;
/** A smaller plan has less to catch up with, in milliseconds. */
const SHRINK_PATIENCE_MS = 35_000;

/** Carries out plans, some at a time, each in a process of its own. */
export const chaos = async (plans: readonly Task[], options: ChaosOptions): Promise<readonly Report[]> => {
  const bundle = options.bundle ?? (await builtBundle());
  const { settings, patienceMs } = options;
  const runOne = (plan: Task, keep: boolean, patience = patienceMs): Promise<Report> =>
    inProcess(plan, { bundle, settings, keep, patienceMs: patience });
  const reports = await pooled(plans, options.jobs, async (plan) => {
    const report = await runOne(plan, options.keep);
    options.onReport(report);
    return report;
  });
  const failedAt = reports.findIndex(({ ok }) => !ok);
  const [failed, plan] = [reports[failedAt], plans[failedAt]];
  if (!options.shrink || failed === undefined || typeof plan !== "object") return reports;
  options.say(`making the plan of seed ${plan.seed} smaller: up to ${SHRINK_TRIES} runs`);
  const { plan: small, report } = await shrink(
    plan,
    failed,
    (tried) => runOne(tried, false, Math.min(patienceMs, SHRINK_PATIENCE_MS)),
    {
      tries: SHRINK_TRIES,
      jobs: options.jobs,
      say: options.say,
    },
  );
  const path = join(tmpdir(), `chaos-${plan.seed}.json`);
  writeFileSync(path, JSON.stringify(small, null, 1));
  options.say(`the smallest plan that fails has ${small.actions.length} of ${plan.actions.length} actions:`);
  for (const action of small.actions) options.say(`  ${JSON.stringify(action)}`);
  for (const failure of report.failures.slice(0, 6)) options.say(`  - ${failure}`);
  options.say(`again: npm run chaos -- --from-plan ${path}`);
  return reports;
};

/** Seeds that a fault may survive before it counts as unnoticed. */
const MUTANT_SEEDS = 6;
const MUTANT_SECONDS = 15;

/** Runs each mutant until one run fails. Tells for each what gave it away; undefined when nothing did. */
export const judgeMutants = async (
  options: Pick<ChaosOptions, "settings" | "jobs" | "say">,
): Promise<readonly { readonly name: string; readonly sign: string | undefined }[]> =>
  pooled(MUTANTS, options.jobs, async (mutant) => {
    const { bundle, directory } = buildMutant(mutant);
    try {
      let sign: string | undefined;
      for (let seed = 1; seed <= MUTANT_SEEDS && sign === undefined; seed++) {
        const plan = makePlan({ seed, seconds: MUTANT_SECONDS, mode: "default", only: mutant.only });
        const job = { bundle, settings: options.settings, keep: false, patienceMs: SHRINK_PATIENCE_MS };
        const report = await inProcess(plan, job);
        const shown = SORTS.filter((sort) => report[sort] > 0).map((sort) => `${sort} ${report[sort]}`);
        if (!report.ok) sign = `seed ${seed}: ${shown.join(", ") || report.failures[0]}`;
      }
      options.say(`${sign === undefined ? "UNNOTICED" : "noticed"}: ${mutant.name} (${sign ?? "no sign"})`);
      return { name: mutant.name, sign };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

export const builtBundle = async (): Promise<string> => {
  const built = await buildAll();
  const path = built.find(({ program }) => program === "host-agent")?.path;
  if (path === undefined) throw new Error("there is no program host-agent");
  return path;
};

/** Runs a job for each item, at most so many at once; the results are in the order of the items. */
export const pooled = async <Item, Result>(
  items: readonly Item[],
  jobs: number,
  job: (item: Item) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await job(next[1]);
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return results;
};

type Job = Pick<HostOptions, "bundle" | "settings" | "keep" | "patienceMs">;

/** In a mount namespace where there can be one: what is mounted there goes when the process goes. */
export const inProcess = async (task: Task, job: Job): Promise<Report> => {
  const directory = mkdtempSync(join(tmpdir(), "host-agent-chaos-job-"));
  const file = join(directory, "job.json");
  const mounts = process.getuid?.() === 0 && findTool("unshare") !== undefined;
  const main = join(import.meta.dirname, "main.ts");
  const node = [process.execPath, "--import", "tsx", main, "--one", file];
  const [command = "", ...args] = mounts ? ["unshare", "--mount", "--propagation", "private", ...node] : node;
  try {
    writeFileSync(
      file,
      JSON.stringify({ [typeof task === "string" ? "scenario" : "plan"]: task, ...job, mounts }),
    );
    const complaint = await new Promise<string>((resolve) => {
      const child = spawn(command, args, { stdio: ["ignore", "inherit", "pipe"] });
      let text = "";
      child.stderr.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      child.on("error", (error) => resolve(String(error)));
      child.on("close", () => resolve(text));
    });
    try {
      return JSON.parse(readFileSync(`${file}.report`, "utf8"));
    } catch {
      throw new Error(`a run came to nothing:\n${complaint}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
