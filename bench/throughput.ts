import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Corpus } from "./corpus.ts";
import { type Cost, costOf, serve } from "./measure.ts";
import type { SinkReport } from "./sink.ts";

const GIB = 1_073_741_824;
const MIB = 1_048_576;

export interface ThroughputRow {
  readonly corpus: string;
  readonly compression: "none" | "gzip";
  readonly mb_per_s: number;
  readonly cpu_s_per_gib: number;
  /** What the same wire bytes cost at the least, measured in the same run. */
  readonly floor_cpu_s_per_gib: number;
  readonly ratio: number;
  readonly limit: number;
  readonly peak_rss_mib: number;
  readonly requests: number;
  readonly events_per_request: number;
  readonly events: number;
  readonly out_of_order: number;
  readonly balanced: boolean;
}

/** Ratios that must hold: CPU of the agent against the floor of the same run. */
const LIMITS: Readonly<Record<string, number>> = { a: 2.5, b: 2.5, c: 2.2 };
const GZIP_LIMIT = 1.6;

const script = (name: string): string => join(import.meta.dirname, name);

const shipped = async (
  bundle: string,
  { directory }: Corpus,
  url: string,
  compression: string,
): Promise<Cost> => {
  const scratch = mkdtempSync(join(tmpdir(), "host-agent-bench-"));
  const config = join(scratch, "agent.yaml");
  writeFileSync(
    config,
    `logs:
  compression: ${compression}
  files:
    - file_path: "${directory}/*.log"
      log_group_name: /bench
      log_stream_name: "{file_name}"
`,
  );
  try {
    const options = ["--config", config, "--state-dir", join(scratch, "state"), "--endpoint-url", url];
    return await costOf([
      process.execPath,
      bundle,
      "run",
      "--once",
      "--deadline",
      "600s",
      "--json",
      ...options,
    ]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const balancedOf = (stdout: string): boolean => {
  const { records, bytes } = JSON.parse(stdout.split("\n").at(-1) ?? "") as Record<
    string,
    Record<string, number>
  >;
  return [records, bytes].every(
    (sums) => sums !== undefined && sums.read === sums.accepted && sums.in_flight === 0,
  );
};

/** Ships a corpus with the built bundle, and right after it measures the floor for the same wire bytes. */
export const throughput = async (
  bundle: string,
  corpus: Corpus,
  compression: "none" | "gzip",
): Promise<ThroughputRow> => {
  const sink = await serve(script("sink.ts"));
  try {
    const agent = await shipped(bundle, corpus, sink.url, compression);
    const report = (await (await fetch(`${sink.url}/report`)).json()) as SinkReport;
    const floor = (what: "post" | "gzip") =>
      costOf([
        process.execPath,
        script("floor.ts"),
        what,
        corpus.directory,
        sink.url,
        String(report.requests),
        compression,
      ]);

    const post = await floor("post");
    const gzip = compression === "gzip" ? await floor("gzip") : undefined;
    const per = (cpu: number) => (cpu * GIB) / corpus.bytes;
    const least = post.cpu + (gzip?.cpu ?? 0);
    return {
      corpus: corpus.name,
      compression,
      mb_per_s: corpus.bytes / 1e6 / agent.seconds,
      cpu_s_per_gib: per(agent.cpu),
      floor_cpu_s_per_gib: per(least),
      ratio: agent.cpu / least,
      limit: compression === "gzip" ? GZIP_LIMIT : (LIMITS[corpus.name] ?? Number.NaN),
      peak_rss_mib: agent.rss,
      requests: report.requests,
      events_per_request: report.events / report.requests,
      events: report.events,
      out_of_order: report.outOfOrder,
      balanced: balancedOf(agent.stdout),
    };
  } finally {
    await sink.stop();
  }
};

export const SIZE = { full: GIB, quick: 64 * MIB } as const;
