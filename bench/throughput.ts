import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Corpus, CorpusName } from "./corpus.ts";
import { atMost, LIMITS, type Limit } from "./limits.ts";
import { type Cost, costOf, serve, transpiled } from "./measure.ts";
import type { SinkReport } from "./sink.ts";
import { median } from "./statistics.ts";

const GIB = 1_073_741_824;

export type Compression = "none" | "gzip";

/** Medians of several runs, except where something must never happen. */
export interface ThroughputRow {
  readonly corpus: CorpusName;
  readonly compression: Compression;
  readonly runs: number;
  readonly mb_per_s: number;
  readonly cpu_s_per_gib: number;
  /** What the same wire bytes cost at the least, measured in the same run. */
  readonly floor_cpu_s_per_gib: number;
  /** Of that: gzip level 1 alone. */
  readonly gzip_cpu_s_per_gib: number;
  readonly ratio: number;
  /** The largest of all runs. */
  readonly peak_rss_mib: number;
  readonly wire_bytes: number;
  readonly requests: number;
  readonly events_per_request: number;
  readonly events: number;
  /** Lines of the corpus that did not arrive as one event each; in the worst run. */
  readonly events_off: number;
  /** Requests that did not follow the one before them in their stream; in the worst run. */
  readonly out_of_order: number;
  /** `read = accepted + rejected + dropped + in flight`, and all of it was accepted; in each run. */
  readonly balanced: boolean;
  readonly limits: readonly Limit[];
}

interface Run {
  readonly agent: Cost;
  readonly report: SinkReport;
  readonly post: number;
  readonly gzip: number;
  readonly balanced: boolean;
}

/** Ships a corpus with the built bundle, and right after each run measures the floor for the same wire bytes. */
export const throughput = async (
  bundle: string,
  corpus: Corpus,
  compression: Compression,
  repeat: number,
): Promise<ThroughputRow> => {
  const runs: Run[] = [];
  while (runs.length < repeat) runs.push(await run(bundle, corpus, compression));
  const middle = (value: (run: Run) => number): number => median(runs.map(value));
  const worst = (value: (run: Run) => number): number => Math.max(...runs.map(value));
  const perGib = (cpu: number): number => (cpu * GIB) / corpus.bytes;
  const row = {
    corpus: corpus.name,
    compression,
    runs: repeat,
    mb_per_s: middle(({ agent }) => corpus.bytes / 1e6 / agent.seconds),
    cpu_s_per_gib: perGib(middle(({ agent }) => agent.cpu)),
    floor_cpu_s_per_gib: perGib(middle(({ post, gzip }) => post + gzip)),
    gzip_cpu_s_per_gib: perGib(middle(({ gzip }) => gzip)),
    ratio: middle(({ agent, post, gzip }) => agent.cpu / (post + gzip)),
    peak_rss_mib: worst(({ agent }) => agent.rss),
    wire_bytes: middle(({ report }) => report.wireBytes),
    requests: middle(({ report }) => report.requests),
    events_per_request: middle(({ report }) => report.events / report.requests),
    events: middle(({ report }) => report.events),
    events_off: worst(({ report }) => Math.abs(report.events - corpus.lines)),
    out_of_order: worst(({ report }) => report.outOfOrder),
    balanced: runs.every(({ balanced }) => balanced),
  };
  return { ...row, limits: limitsOf(row, corpus.bytes) };
};

/** On a small corpus the start of the process is most of what is measured: then only the counts are judged. */
const limitsOf = (row: Omit<ThroughputRow, "limits">, bytes: number): readonly Limit[] => {
  const { corpus, compression } = row;
  const name = `(${corpus}) ${compression === "gzip" ? "gzip" : "plain"}`;
  const most = compression === "gzip" ? LIMITS.gzip[corpus] : LIMITS.plain[corpus];
  const costs = [
    atMost(`${name}: processor time ÷ floor`, row.ratio, most),
    atMost(`${name}: peak RSS, MiB`, row.peak_rss_mib, LIMITS.peakRssMib),
  ];
  const counts = [
    atMost(`${name}: lines that are not one event each`, row.events_off, 0),
    atMost(`${name}: requests out of order`, row.out_of_order, 0),
    atMost(`${name}: runs whose sums do not add up`, row.balanced ? 0 : 1, 0),
  ];
  return bytes > 0.9 * GIB ? [...costs, ...counts] : counts;
};

const script = (name: string): string => join(import.meta.dirname, name);

const run = async (bundle: string, corpus: Corpus, compression: Compression): Promise<Run> => {
  const sink = await serve(script("sink.ts"));
  try {
    const agent = await shipped(bundle, corpus, sink.url, compression);
    const report = (await (await fetch(`${sink.url}/report`)).json()) as SinkReport;
    const floor = async (what: "post" | "gzip", bytes: number): Promise<number> => {
      const floorScript = await transpiled(script("floor.ts"));
      const args = [what, corpus.directory, sink.url, String(bytes), compression];
      return (await costOf([process.execPath, floorScript, ...args])).cpu;
    };
    const post = await floor("post", report.wireBytes);
    const gzip = compression === "gzip" ? await floor("gzip", report.plainBytes) : 0;
    return { agent, report, post, gzip, balanced: isBalanced(agent.stdout) };
  } finally {
    await sink.stop();
  }
};

const shipped = async (
  bundle: string,
  { directory }: Corpus,
  url: string,
  compression: Compression,
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
    const command = ["run", "--once", "--deadline", "600s", "--json", ...options];
    return await costOf([process.execPath, bundle, ...command]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

const isBalanced = (stdout: string): boolean => {
  const accounting = JSON.parse(stdout.split("\n").at(-1) ?? "") as Record<
    "records" | "bytes",
    Record<string, number>
  >;
  return [accounting.records, accounting.bytes].every(
    ({ read, accepted, in_flight }) => read === accepted && in_flight === 0,
  );
};
