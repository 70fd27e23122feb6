/** Thousands of files, a hundred of them rotated every second, and one that grows as fast as programs can write. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { amount, type Figure } from "../figure.ts";
import type { HostOptions } from "../host.ts";
import { createRandom } from "../random.ts";
import type { Report } from "../report.ts";
import { CountingEndpoint } from "./counting-endpoint.ts";
import { reportOfMeasurement } from "./measured.ts";
import { MeasuredAgent } from "./measured-agent.ts";
import { SerialForm } from "./serial-line.ts";
import { SerialLog } from "./serial-log.ts";
import { Tally } from "./tally.ts";

export interface ScaleOptions {
  readonly files: number;
  readonly rotationsPerSecond: number;
  /** So many files take turns in being rotated. */
  readonly rotatedFiles: number;
  /** Lines of the one busy file. */
  readonly linesPerSecond: number;
  /** Lines to quiet files, each to another one, beside those that rotation brings. */
  readonly quietLinesPerSecond: number;
  readonly seconds: number;
  /** Files in a directory of its own: one that is too large is not watched. */
  readonly perDirectory: number;
  /** The longest that a line of a quiet file may be on its way, in seconds; where it is but shown, undefined. */
  readonly mostSeconds: number | undefined;
}

export const TEN_THOUSAND: ScaleOptions = {
  files: 10_000,
  rotationsPerSecond: 100,
  rotatedFiles: 9_999,
  linesPerSecond: 50_000,
  quietLinesPerSecond: 100,
  seconds: 60,
  perDirectory: 100,
  // As for files that nobody writes to most of the time: a sweep, and the way of a request.
  mostSeconds: 6,
};

/**
 * Five generations of each come and go between two sweeps, and sixty lie beside it in the end, all with another name
 * each second. Nothing may be missing; how long it takes says as much about the processors as about the agent.
 */
export const THE_SAME_HUNDRED: ScaleOptions = { ...TEN_THOUSAND, rotatedFiles: 100, mostSeconds: undefined };

const LINE_BYTES = 120;
const TICK_MS = 10;
/** The status of ten thousand files is work for the agent, too. */
const SAMPLE_MS = 10_000;

/** Writes for so long, and looks at what arrives and what the agent takes meanwhile. */
export const scale = async (options: HostOptions, size: ScaleOptions): Promise<Report> => {
  const { files, rotatedFiles, seconds, perDirectory, mostSeconds } = size;
  const form = new SerialForm(LINE_BYTES);
  const tally = new Tally(form);
  const latencies = { quiet: [] as number[], busy: [] as number[] };
  let isMeasuring = false;
  const endpoint = new CountingEndpoint((stream, message, stamp) => {
    const writer = Number.parseInt(stream, 10);
    const serial = tally.take(writer, message, stamp);
    if (isMeasuring && serial !== undefined)
      latencies[writer === BUSY ? "busy" : "quiet"].push(Date.now() - serial.at);
  });
  const agent = new MeasuredAgent(options, () => endpoint.url);
  const logs = Array.from({ length: files }, (_, nth) => {
    const directory = join(agent.logs, String(Math.floor(nth / perDirectory)));
    if (nth % perDirectory === 0) mkdirSync(directory);
    const log = new SerialLog(nth, join(directory, `${nth}.log`), form);
    log.write(1);
    return log;
  });
  const written = (): number => logs.reduce((sum, log) => sum + log.written, 0);
  const waitFor = async (done: () => boolean): Promise<boolean> => {
    for (const from = Date.now(); !done() && Date.now() - from < options.patienceMs; ) await pause(50);
    return done();
  };
  const load = new Load(logs, size);
  const sampler = setInterval(() => void agent.sample(), SAMPLE_MS);
  try {
    await endpoint.open();
    const began = performance.now();
    await agent.start(`${agent.logs}/**/*.log`);
    const hasBegun = await waitFor(() => tally.delivered >= written());
    const startSeconds = (performance.now() - began) / 1_000;
    const before = agent.usage();
    isMeasuring = true;
    await load.run();
    const after = agent.usage();
    const waiting = written() - tally.delivered;
    const isComplete = await waitFor(() => tally.delivered >= written());
    const { peakRss } = agent.usage();
    clearInterval(sampler);
    await agent.sample();
    await agent.finish(() => tally.delivered);
    const longest = (of: readonly number[]): number => of.reduce((most, ms) => Math.max(most, ms), 0) / 1_000;
    const median = (of: readonly number[]): number =>
      (of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0) / 1_000;
    const figures: readonly Figure[] = [
      { what: "first look at all files, shipped", value: startSeconds, unit: "s" },
      // Whoever writes less than was promised has measured something else.
      { what: "rotations", ...reached(load.rotations / seconds, size.rotationsPerSecond) },
      { what: "lines to the busy file", ...reached(load.busyLines / seconds, size.linesPerSecond) },
      {
        what: "longest way of a line of a quiet file",
        value: longest(latencies.quiet),
        unit: "s",
        ...(mostSeconds === undefined ? {} : { limit: { most: mostSeconds } }),
      },
      { what: "median of them", value: median(latencies.quiet), unit: "s" },
      { what: "longest way of a line of the busy file", value: longest(latencies.busy), unit: "s" },
      { what: "not there at the end of the writing", value: waiting, unit: "lines" },
      { what: "in requests without an answer", value: agent.cutOff, unit: "lines" },
      { what: "processor time", value: (100 * (after.cpu - before.cpu)) / seconds, unit: "% of a core" },
      { what: "peak RSS", value: peakRss, unit: "MiB" },
      { what: "open files", value: after.descriptors, unit: "" },
    ];
    return reportOfMeasurement({
      name: `${amount(files)} files, ${rotatedFiles > size.rotationsPerSecond ? "" : "the same "}${size.rotationsPerSecond} rotated every second`,
      ...agent.record,
      tally,
      written: logs.map((log) => log.written),
      figures,
      failures: [
        ...agent.crashes,
        ...(hasBegun ? [] : ["the agent did not ship what was there at the start"]),
        ...(isComplete ? [] : ["something did not arrive after the last line was written"]),
      ],
    });
  } finally {
    load.stop();
    clearInterval(sampler);
    await agent.close();
    await endpoint.close();
  }
};

const reached = (value: number, promised: number): Omit<Figure, "what"> => ({
  value,
  unit: "per second",
  limit: { least: 0.98 * promised },
});

/** The first file is the busy one. */
const BUSY = 0;

/** What happens to the files, a little at a time. */
class Load {
  rotations = 0;
  busyLines = 0;
  readonly #logs: readonly SerialLog[];
  readonly #size: ScaleOptions;
  readonly #random = createRandom("scale");
  #quietLines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(logs: readonly SerialLog[], size: ScaleOptions) {
    this.#logs = logs;
    this.#size = size;
  }

  async run(): Promise<void> {
    const began = performance.now();
    this.#timer = setInterval(() => this.#step((performance.now() - began) / 1_000), TICK_MS);
    await pause(this.#size.seconds * 1_000);
    this.stop();
    this.#step(this.#size.seconds);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #step(seconds: number): void {
    const { rotationsPerSecond, rotatedFiles, linesPerSecond, quietLinesPerSecond } = this.#size;
    const busy = Math.floor(seconds * linesPerSecond) - this.busyLines;
    this.#logs[BUSY]?.write(busy);
    this.busyLines += busy;
    // One after the other, so that each rests for as long as possible before it is rotated again.
    for (; this.rotations < Math.floor(seconds * rotationsPerSecond); this.rotations++) {
      const log = this.#quiet(this.rotations % rotatedFiles);
      log?.write(1);
      log?.rotate(this.#random.chance(0.5) ? 1 : 0);
      log?.write(1);
    }
    for (; this.#quietLines < Math.floor(seconds * quietLinesPerSecond); this.#quietLines++)
      this.#quiet(this.#random.int(0, this.#logs.length))?.write(1);
  }

  #quiet(nth: number): SerialLog | undefined {
    return this.#logs[1 + (nth % (this.#logs.length - 1))];
  }
}
