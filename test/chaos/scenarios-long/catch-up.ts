/** The real program behind a backlog that it can only have by an outage: how fast it goes, and what memory it takes. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { HostOptions } from "../host.ts";
import type { Report } from "../report.ts";
import { CountingEndpoint } from "./counting-endpoint.ts";
import { reportOfMeasurement } from "./measured.ts";
import { MeasuredAgent } from "./measured-agent.ts";
import { SerialForm } from "./serial-line.ts";
import { SerialLog } from "./serial-log.ts";
import { Tally } from "./tally.ts";

export interface CatchUpOptions {
  readonly logs: number;
  readonly bytesPerSecond: number;
  /** What gathers while the service is down, on top of what is written anyway, in bytes. */
  readonly backlogBytes: number;
  /** For so long the service is down after the backlog was written, in milliseconds. */
  readonly downMs: number;
  /** Rotations of each log while the backlog is written. */
  readonly rotations: number;
}

export const MINUTES: CatchUpOptions = {
  logs: 64,
  bytesPerSecond: 1_000_000,
  backlogBytes: 600_000_000,
  downMs: 20_000,
  rotations: 3,
};

const LINE_BYTES = 250;
const WRITE_MS = 100;
const SAMPLE_MS = 250;
const LEAST_RATIO = 10;
const MIB = 1_048_576;
/** `memory_limit_mib` as by default. */
const MEMORY_MIB = 64;

export const catchUp = async (options: HostOptions, outage: CatchUpOptions): Promise<Report> => {
  const { logs: count, bytesPerSecond, backlogBytes, downMs, rotations } = outage;
  const form = new SerialForm(LINE_BYTES);
  const tally = new Tally(form);
  const endpoint = new CountingEndpoint(
    (stream, message, stamp) => void tally.take(Number.parseInt(stream, 10), message, stamp),
  );
  const agent = new MeasuredAgent(options, () => endpoint.url);
  const logs = Array.from(
    { length: count },
    (_, nth) => new SerialLog(nth, join(agent.logs, `${nth}.log`), form),
  );
  const written = (): number => logs.reduce((sum, log) => sum + log.written, 0);
  const linesPerSecond = bytesPerSecond / LINE_BYTES;
  const waitFor = async (done: () => boolean): Promise<boolean> => {
    for (const from = Date.now(); !done() && Date.now() - from < options.patienceMs; ) await pause(20);
    return done();
  };
  let [owed, next] = [0, 0];
  const faucet = setInterval(() => {
    for (owed += (linesPerSecond * WRITE_MS) / 1_000; owed >= 1; owed -= CHUNK)
      logs[next++ % count]?.write(CHUNK);
  }, WRITE_MS);
  const sampler = setInterval(() => void agent.sample(), SAMPLE_MS);
  try {
    await endpoint.open();
    await agent.start(`${agent.logs}/*.log`);
    await pause(3_000);
    await endpoint.close();
    const each = Math.ceil(backlogBytes / LINE_BYTES / count / (rotations + 1));
    for (let nth = 0; nth <= rotations; nth++)
      for (const log of logs) {
        if (nth > 0) log.rotate(1);
        log.write(each);
        // Those who write otherwise go on meanwhile, and the agent is asked how it is.
        await pause(0);
      }
    await pause(downMs);
    const before = { delivered: tally.delivered, at: performance.now(), cpu: agent.usage().cpu };
    const backlog = written() - before.delivered;
    await endpoint.open();
    // What was written in the last two seconds is on its way at any time.
    const isThere = await waitFor(() => written() - tally.delivered <= 2 * linesPerSecond);
    const seconds = (performance.now() - before.at) / 1_000;
    const caught = (tally.delivered - before.delivered) * LINE_BYTES;
    const cpu = agent.usage().cpu - before.cpu;
    await pause(2_000);
    clearInterval(faucet);
    const isComplete = await waitFor(() => tally.delivered >= written());
    const { peakRss } = agent.usage();
    clearInterval(sampler);
    await agent.sample();
    await agent.finish(() => tally.delivered);
    return reportOfMeasurement({
      name: `catching up with ${Math.round((backlog * LINE_BYTES) / 1e6)} MB, the real program`,
      ...agent.record,
      tally,
      written: logs.map((log) => log.written),
      figures: [
        { what: "caught up after", value: seconds, unit: "s" },
        {
          what: "catching up",
          value: caught / seconds / bytesPerSecond,
          unit: "× the rate of writing",
          limit: { least: LEAST_RATIO },
        },
        { what: "processor time while catching up", value: (100 * cpu) / seconds, unit: "% of a core" },
        {
          what: "memory for log data",
          value: agent.peakBufferBytes / MIB,
          unit: "MiB",
          limit: { most: MEMORY_MIB },
        },
        { what: "peak RSS", value: peakRss, unit: "MiB" },
      ],
      failures: [
        ...agent.crashes,
        ...(isThere ? [] : ["the agent did not catch up"]),
        ...(isComplete ? [] : ["something did not arrive after the last line was written"]),
      ],
    });
  } finally {
    clearInterval(faucet);
    clearInterval(sampler);
    await agent.close();
    await endpoint.close();
  }
};

/** Lines that are written at once. */
const CHUNK = 10;
