import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Usage, usageOf } from "../../../bench/usage.ts";
import { Agent, type Sums } from "../agent.ts";
import { emptyHistory } from "../history.ts";
import type { HostOptions } from "../host.ts";
import type { Measurement } from "./measured.ts";

/** How long the agent may take to finish after SIGTERM. */
const DEADLINE_SECONDS = 30;

/** The bundle as a process in a directory of its own, and what it takes and says about itself meanwhile. */
export class MeasuredAgent {
  readonly scratch = mkdtempSync(join(tmpdir(), "host-agent-chaos-"));
  readonly logs = join(this.scratch, "logs");
  /** Moments at which the accounting did not add up. */
  readonly unbalanced: string[] = [];
  samples = 0;
  /** Log data in memory, as the agent says, in bytes. */
  peakBufferBytes = 0;
  /** Records in requests that it cut off: as many may have arrived twice. */
  cutOff = 0;
  readonly #options: HostOptions;
  readonly #agent: Agent;
  readonly #began = performance.now();

  constructor(options: HostOptions, url: () => string) {
    this.#options = options;
    const state = join(this.scratch, "state");
    for (const directory of [this.logs, state]) mkdirSync(directory, { mode: 0o700 });
    this.#agent = new Agent({
      bundle: options.bundle,
      config: join(this.scratch, "agent.yaml"),
      stateDirectory: state,
      url,
      deadlineSeconds: DEADLINE_SECONDS,
      logFile: join(this.scratch, "agent.log"),
      history: emptyHistory(),
      now: () => performance.now() - this.#began,
    });
  }

  get seconds(): number {
    return Math.round((performance.now() - this.#began) / 1_000);
  }

  /** What was seen of it, for the report of a run. */
  get record(): Pick<Measurement, "seconds" | "unbalanced" | "samples" | "peakBufferBytes" | "scratch"> {
    const { seconds, unbalanced, samples, peakBufferBytes } = this;
    const scratch = this.#options.keep ? this.scratch : undefined;
    return { seconds, unbalanced, samples, peakBufferBytes, scratch };
  }

  /** What went wrong with the process. */
  get crashes(): readonly string[] {
    return this.#agent.crashes.map(({ at, what }) => `crash at ${Math.round(at)} ms: ${what}`);
  }

  /** Starts it with one entry: every file has a stream of its own. */
  async start(pattern: string): Promise<void> {
    const lines = this.#options.settings.map((line) => `  ${line}`);
    const entry = `    - {file_path: "${pattern}", log_group_name: /chaos, log_stream_name: "{file_name}"}`;
    writeFileSync(join(this.scratch, "agent.yaml"), ["logs:", ...lines, "  files:", entry, ""].join("\n"));
    await this.#agent.start();
  }

  /** Nothing while it is not there: that it has died is told otherwise. */
  usage(): Usage {
    const { pid } = this.#agent;
    return pid === undefined ? { cpu: 0, rss: 0, peakRss: 0, descriptors: 0 } : usageOf(pid);
  }

  async sample(): Promise<void> {
    const status = await this.#agent.status();
    if (status === undefined) return;
    this.samples++;
    this.peakBufferBytes = Math.max(this.peakBufferBytes, status.memory_bytes ?? 0);
    this.cutOff = status.ambiguous?.records ?? 0;
    for (const { records, bytes } of [status, ...status.files])
      for (const sums of [records, bytes])
        if (!balances(sums)) this.unbalanced.push(`at ${this.seconds} s: ${JSON.stringify(sums)}`);
  }

  /** Lets it end by itself; what it counted as accepted must be what has arrived. */
  async finish(arrived: () => number): Promise<void> {
    await this.#agent.end("SIGTERM");
    const { code, accounting } = this.#agent.exits.at(-1) ?? {};
    if (code !== 0) this.unbalanced.push(`at its end it said status ${code}`);
    const delivered = arrived();
    if (accounting?.records.accepted !== delivered)
      this.unbalanced.push(
        `it counted ${accounting?.records.accepted} records accepted, ${delivered} have arrived`,
      );
  }

  async close(): Promise<void> {
    await this.#agent.end("SIGKILL");
    this.#agent.close();
    if (!this.#options.keep) rmSync(this.scratch, { recursive: true, force: true });
  }
}

const balances = ({ read, accepted, rejected, dropped, in_flight }: Sums): boolean =>
  read === accepted + rejected + dropped + in_flight;
