import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { atMost, LIMITS, type Limit } from "./limits.ts";
import { startLineWriter } from "./line-writer.ts";
import { SAFE_ENV, serve } from "./measure.ts";
import type { SinkReport } from "./sink.ts";
import { median } from "./statistics.ts";
import { type Usage, usageOf } from "./usage.ts";

/** How the idle files lie: a directory full of them is too large to be watched, small ones are watched. */
export type Layout = "together" | "spread";

export interface IdleRow {
  readonly idle_files: number;
  readonly layout: Layout;
  readonly seconds: number;
  readonly cpu_percent: number;
  /** The largest of one look per second, and the largest since the start, which ships all files once. */
  readonly rss_mib: number;
  readonly peak_rss_mib: number;
  readonly descriptors: number;
  readonly requests: number;
  readonly lines: number;
  readonly latency_ms: { readonly median: number; readonly p99: number; readonly max: number };
  readonly out_of_order: number;
  readonly limits: readonly Limit[];
}

const LINES_PER_SECOND = 100;
/** Files in a directory of its own, where the layout is spread. */
const PER_DIRECTORY = 100;
/**
 * So long after everything was shipped, in milliseconds, the start is over: descriptors of idle files are closed after a
 * minute, and by then the engine has compiled and collected what the start left behind.
 */
const SETTLED_MS = 70_000;

/**
 * Runs an agent over {@link BASE_FILES} files that nobody writes to and one that grows, and another one over five times
 * as many. Both are measured over the same seconds, after the start is over: on a machine that others share, a ratio of
 * two figures that were measured one after the other says as much about the others.
 */
export const idle = async (
  bundle: string,
  layout: Layout,
  seconds: number,
): Promise<readonly [few: IdleRow, many: IdleRow]> => {
  const few = await beginScene(bundle, BASE_FILES, layout);
  try {
    const many = await beginScene(bundle, 5 * BASE_FILES, layout);
    try {
      await Promise.all([few.shipped(), many.shipped()]);
      await sleep(SETTLED_MS);
      return await Promise.all([few.measure(seconds), many.measure(seconds)]);
    } finally {
      await many.end();
    }
  } finally {
    await few.end();
  }
};

/** What a user sees as slow is judged always, what the process takes where the design gives a figure. */
const limitsOf = ({ idle_files, layout, cpu_percent, rss_mib, latency_ms }: Measured): readonly Limit[] => {
  const name = nameOf(idle_files, layout);
  const { cpuPercent, rssMib, latencyMedianMs, latencyMaxMs } = LIMITS.idle;
  const costs = [
    atMost(`${name}: percent of one core`, cpu_percent, cpuPercent),
    atMost(`${name}: RSS, MiB`, rss_mib, rssMib),
  ];
  const latencies = [
    atMost(`${name}: latency, median, ms`, latency_ms.median, latencyMedianMs),
    atMost(`${name}: latency, max, ms`, latency_ms.max, latencyMaxMs),
  ];
  return idle_files <= BASE_FILES ? [...costs, ...latencies] : latencies;
};

const nameOf = (files: number, layout: Layout): string => `(d) ${files} idle files, ${layout}`;

/** The number of files that the costs are judged at; more are judged against it. */
const BASE_FILES = 2_000;

/** Five times as many files cost at most twice as much: what grows is the work on new bytes. */
export const growth = (few: IdleRow, many: IdleRow): readonly Limit[] => {
  const of = (what: string, cost: (row: IdleRow) => number): Limit =>
    atMost(
      `(d) ${what} with ${many.idle_files} ÷ with ${few.idle_files}, ${few.layout}`,
      cost(many) / cost(few),
      LIMITS.idle.growth,
    );
  return [of("processor time", (row) => row.cpu_percent), of("RSS", (row) => row.rss_mib)];
};

type Measured = Omit<IdleRow, "limits">;

/** One agent and its files. */
interface Scene {
  /** Resolves once every file has been shipped and only the active one goes on. */
  readonly shipped: () => Promise<void>;
  readonly measure: (seconds: number) => Promise<IdleRow>;
  readonly end: () => Promise<void>;
}

const beginScene = async (bundle: string, files: number, layout: Layout): Promise<Scene> => {
  const scratch = mkdtempSync(join(tmpdir(), "host-agent-bench-"));
  const sink = await serve(join(import.meta.dirname, "sink.ts"));
  const active = makeFiles(join(scratch, "logs"), files, layout);
  const agent = startAgent(bundle, scratch, sink.url, layout);
  const report = async () => (await (await fetch(`${sink.url}/report`)).json()) as SinkReport;
  const writer = startLineWriter(active, LINES_PER_SECOND);
  return {
    shipped: () => shipped(agent, files, report),
    measure: async (seconds) => {
      const { pid } = agent;
      if (pid === undefined) throw new Error("the agent has not started");
      const before = await report();
      const linesBefore = writer.written();
      const began = usageOf(pid);
      const usages: Usage[] = [];
      for (let second = 0; second < seconds; second++) {
        await sleep(1_000);
        usages.push(usageOf(pid));
      }
      const lines = writer.written() - linesBefore;
      const after = await report();
      const last = usages.at(-1) ?? began;
      const latencies = after.latencies.slice(before.latencies.length).toSorted((a, b) => a - b);
      const row: Measured = {
        idle_files: files,
        layout,
        seconds,
        cpu_percent: ((last.cpu - began.cpu) / seconds) * 100,
        rss_mib: Math.max(...usages.map(({ rss }) => rss)),
        peak_rss_mib: last.peakRss,
        descriptors: last.descriptors,
        requests: after.requests - before.requests,
        lines,
        latency_ms: {
          median: median(latencies),
          p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
          max: latencies.at(-1) ?? Number.NaN,
        },
        out_of_order: after.outOfOrder,
      };
      return { ...row, limits: limitsOf(row) };
    },
    end: async () => {
      writer.stop();
      await ended(agent);
      await sink.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
};

/** Makes the files and returns the path of the one that will be written to, which lies among the others. */
const makeFiles = (root: string, files: number, layout: Layout): string => {
  const directoryOf = (n: number) =>
    layout === "together" ? root : join(root, String(Math.floor(n / PER_DIRECTORY)).padStart(4, "0"));
  for (let n = 0; n < files; n++) {
    const directory = directoryOf(n);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `idle-${n}.log`), `file ${n} of many that nobody writes to #0000000000\n`);
  }
  const active = join(directoryOf(0), "active.log");
  writeFileSync(active, "");
  return active;
};

const startAgent = (bundle: string, scratch: string, url: string, layout: Layout): ChildProcess => {
  const config = join(scratch, "agent.yaml");
  writeFileSync(
    config,
    `logs:
  files:
    - file_path: "${join(scratch, "logs")}/${layout === "together" ? "" : "**/"}*.log"
      log_group_name: /bench
      log_stream_name: "{file_name}"
`,
  );
  const options = ["--config", config, "--state-dir", join(scratch, "state"), "--endpoint-url", url];
  return spawn(process.execPath, [bundle, "run", ...options], {
    env: SAFE_ENV,
    stdio: ["ignore", "ignore", "inherit"],
  });
};

const shipped = async (
  agent: ChildProcess,
  files: number,
  report: () => Promise<SinkReport>,
): Promise<void> => {
  for (let waited = 0; waited < 180_000; waited += 500) {
    await sleep(500);
    if (agent.exitCode !== null) throw new Error(`the agent ended with ${agent.exitCode}`);
    const { events, latencies } = await report();
    if (events - latencies.length >= files) return;
  }
  throw new Error("the agent has not shipped the idle files within three minutes");
};

const ended = (agent: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (agent.exitCode !== null || agent.signalCode !== null) return resolve();
    agent.once("exit", () => resolve());
    agent.kill("SIGTERM");
  });
