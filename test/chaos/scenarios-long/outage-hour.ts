/** An hour without the service, in virtual time: the real data path, and files that take no memory. */
import { balances } from "../../../agent/logs/accounting.ts";
import { emptyHistory } from "../history.ts";
import { Ledger } from "../ledger.ts";
import { createRandom } from "../random.ts";
import { Receiver } from "../receiver.ts";
import type { Report } from "../report.ts";
import { EPOCH, SimulatedAgent } from "../simulated/agent.ts";
import { VirtualClock } from "../simulated/clock.ts";
import { CountingService } from "../simulated/counting-service.ts";
import { EndlessDisk } from "../simulated/endless-disk.ts";
import { reportOfMeasurement } from "./measured.ts";
import { SerialForm } from "./serial-line.ts";
import { Tally } from "./tally.ts";

export interface OutageOptions {
  readonly logs: number;
  readonly bytesPerSecond: number;
  readonly downMs: number;
  /** Each log is renamed and begun anew this often, in milliseconds; all generations are kept. */
  readonly rotateMs: number;
  /** How many times as fast as it is written the backlog must go; a short outage is over before the next try. */
  readonly leastRatio: number;
  readonly seed: number;
}

/** So many logs that a full request of each of them is more than the memory for log data holds. */
export const AN_HOUR: OutageOptions = {
  logs: 96,
  bytesPerSecond: 1_000_000,
  downMs: 3_600_000,
  rotateMs: 900_000,
  leastRatio: 10,
  seed: 1,
};

const LINE_BYTES = 250;
const WRITE_MS = 500;
/** All is well for so long before, in milliseconds. */
const BEFORE_MS = 10_000;
/** The agent is killed in the middle of the outage, and comes back after this, in milliseconds. */
const RESTART_MS = 1_000;
/** Of the agent in the simulation, as by default. */
const MEMORY_BYTES = 64 * 1_048_576;
/** Whoever does not catch up in this time never does, in milliseconds. */
const PATIENCE_MS = 1_200_000;

/** A log that grows and is rotated, for as long as `write` is called. */
class EndlessLog {
  written = 0;
  readonly #path: string;
  readonly #writer: number;
  readonly #disk: EndlessDisk;
  #generations = 0;

  constructor(writer: number, path: string, disk: EndlessDisk) {
    this.#writer = writer;
    this.#path = path;
    this.#disk = disk;
    disk.begin(path, writer, 0);
  }

  get pattern(): string {
    return this.#path;
  }

  write(lines: number): void {
    this.#disk.grow(this.#path, lines);
    this.written += lines;
  }

  /** Numbers move up, as logrotate does it. */
  rotate(): void {
    const name = (nth: number): string => (nth === 0 ? this.#path : `${this.#path}.${nth}`);
    for (let nth = this.#generations++; nth >= 0; nth--) this.#disk.rename(name(nth), name(nth + 1));
    this.#disk.begin(this.#path, this.#writer, this.written);
  }
}

export const outageHour = async (options: OutageOptions): Promise<Report> => {
  const { logs: count, bytesPerSecond, downMs, rotateMs, leastRatio, seed } = options;
  const form = new SerialForm(LINE_BYTES);
  const tally = new Tally(form);
  const clock = new VirtualClock();
  const random = createRandom(seed).fork("outage");
  const history = emptyHistory();
  const watch = { peak: 0, samples: 0, unbalanced: [] as string[] };
  const look = (): void => {
    const status = agent.status();
    if (status === undefined) return;
    watch.samples++;
    watch.peak = Math.max(watch.peak, status.memory_bytes);
    if (!balances(status.records) || !balances(status.bytes))
      watch.unbalanced.push(`at ${Math.round(clock.now)} ms: ${JSON.stringify(status.records)}`);
  };
  // Memory is taken before a read, grows by it, and is at its largest when the request is sent or has failed.
  const disk = new EndlessDisk(() => EPOCH + clock.now, form, look);
  const service = new CountingService(
    (...event) => void tally.take(...event),
    look,
    history,
    new Receiver(new Ledger()),
    () => clock.now,
    random.fork("service"),
  );
  const logs = Array.from({ length: count }, (_, nth) => new EndlessLog(nth, `/logs/${nth}/app.log`, disk));
  const crashes: string[] = [];
  const agent = new SimulatedAgent({
    clock,
    disk,
    service,
    history,
    random: random.fork("agent"),
    plan: {
      seed,
      seconds: 0,
      mode: "default",
      writers: [],
      flushInterval: 1,
      compression: "gzip",
      actions: [],
    },
    patterns: logs.map(({ pattern }) => pattern),
    report: ({ level, event, detail }) => {
      if (level === "error" && !event.startsWith("stream."))
        crashes.push(`${event} ${JSON.stringify(detail)}`);
    },
  });
  const written = (): number => logs.reduce((sum, log) => sum + log.written, 0);
  const linesPerSecond = bytesPerSecond / LINE_BYTES;
  let owed = 0;
  const write = (): void => {
    owed += (linesPerSecond * WRITE_MS) / 1_000;
    const each = Math.floor(owed / count);
    owed -= each * count;
    for (const log of logs) log.write(each);
  };
  const rotations = logs.map((log, nth) => {
    let stop: (() => void) | undefined;
    // Not all in the same second.
    clock.after((rotateMs * (nth + 1)) / count, () => {
      log.rotate();
      stop = clock.every(rotateMs, () => log.rotate());
    });
    return () => stop?.();
  });

  const until = async (done: () => boolean, limitMs: number): Promise<boolean> => {
    for (const from = clock.now; clock.now - from < limitMs; await clock.pause(100)) if (done()) return true;
    return done();
  };

  const story = async () => {
    await agent.start();
    const stopWriting = clock.every(WRITE_MS, write);
    await clock.pause(BEFORE_MS);
    service.isDown = true;
    await clock.pause(downMs / 2);
    // Whoever begins in front of a backlog reads a full request of each log, and not just what one second brings.
    await agent.down("SIGKILL", clock.pause(RESTART_MS));
    await clock.pause(downMs / 2);
    service.isDown = false;
    const [back, deliveredBefore, backlog] = [clock.now, tally.delivered, written() - tally.delivered];
    // What was written in the last two seconds is on its way at any time.
    const caughtUp = await until(() => written() - tally.delivered <= 2 * linesPerSecond, PATIENCE_MS);
    const [catchUpMs, caught] = [clock.now - back, tally.delivered - deliveredBefore];
    await clock.pause(5_000);
    for (const stop of [stopWriting, ...rotations]) stop();
    const complete = await until(() => tally.delivered >= written(), 60_000);
    look();
    await agent.end("SIGTERM");
    return { caughtUp, complete, backlog, catchUpMs, caught };
  };

  const { caughtUp, complete, backlog, catchUpMs, caught } = await clock.run(story());
  const rate = (caught * LINE_BYTES) / (catchUpMs / 1_000);
  return reportOfMeasurement({
    name: `${amountOfTime(downMs)} without the service, in virtual time`,
    seconds: Math.round(clock.now / 1_000),
    tally,
    written: logs.map((log) => log.written),
    figures: [
      { what: "backlog", value: (backlog * LINE_BYTES) / 1e6, unit: "MB" },
      {
        what: "memory for log data",
        value: watch.peak / 1_048_576,
        unit: "MiB",
        limit: { most: MEMORY_BYTES / 1_048_576 },
      },
      { what: "caught up after", value: catchUpMs / 1_000, unit: "s" },
      {
        what: "catching up, in virtual time",
        value: rate / bytesPerSecond,
        unit: "× the rate of writing",
        limit: { least: leastRatio },
      },
    ],
    failures: [
      ...crashes,
      ...agent.crashes.map(({ at, what }) => `crash at ${Math.round(at)} ms: ${what}`),
      ...(caughtUp ? [] : ["the agent did not catch up"]),
      ...(complete ? [] : ["something did not arrive after the last line was written"]),
    ],
    unbalanced: watch.unbalanced,
    samples: watch.samples,
    peakBufferBytes: watch.peak,
  });
};

const amountOfTime = (ms: number): string => (ms === 3_600_000 ? "an hour" : `${ms / 1_000} s`);
