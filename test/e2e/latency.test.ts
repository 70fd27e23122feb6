/** From a written line to its acknowledgement: 6 s at the most, whatever happens beside it, and 1 s in the median. */
import { appendFileSync, mkdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Host, lines, sleep, text, until } from "./agent.ts";

const ALWAYS_MS = 6_000;
const MEDIAN_MS = 1_000;

/** The milliseconds between the time in each message and the moment at which the endpoint has taken it. */
const latencies = async (host: Host, group: string, stream: string): Promise<readonly number[]> =>
  (await host.events(group, stream))
    .filter(({ message = "" }) => message.startsWith("at "))
    .map(({ message = "", ingestionTime = 0 }) => ingestionTime - Number(message.slice(3)));

const expectQuick = (all: readonly number[], count: number): void => {
  const sorted = all.toSorted((a, b) => a - b);
  expect(sorted).toHaveLength(count);
  expect(sorted.at(-1), `all: ${sorted.join(" ")}`).toBeLessThanOrEqual(ALWAYS_MS);
  expect(sorted[Math.floor(count / 2)], `all: ${sorted.join(" ")}`).toBeLessThanOrEqual(MEDIAN_MS);
};

/** Writes lines with the time of their writing at moments that nobody can foresee. */
const writeAtRandom = async (path: string, count: number, meanMs: number): Promise<void> => {
  for (let line = 0; line < count; line++) {
    await sleep(Math.random() * 2 * meanMs);
    appendFileSync(path, `at ${Date.now()}\n`);
  }
};

/** Loaded into the agent: a system that has no watches left. */
const NO_WATCHES = `
  const fs = require("node:fs");
  fs.watch = () => { throw Object.assign(new Error("ENOSPC: System limit for number of file watchers reached"), { code: "ENOSPC" }); };
  require("node:module").syncBuiltinESMExports();
`;

/** The same, for a file system that never tells of anything, as many a network one. */
const DEAF_WATCHES = `
  const fs = require("node:fs");
  const { EventEmitter } = require("node:events");
  fs.watch = () => Object.assign(new EventEmitter(), { close() {}, ref() {}, unref() {} });
  require("node:module").syncBuiltinESMExports();
`;

const preload = (host: Host, script: string) => ({
  env: { NODE_OPTIONS: `--require ${host.write("preload.cjs", script)}` },
});

describe.concurrent("a line is acknowledged in time", { timeout: 30_000 }, () => {
  it("in a file of its own each", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    mkdirSync(host.at("log"));
    host.configure([{ file_path: "log/*.log", log_group_name: "/latency", log_stream_name: "one" }]);
    await host.running();
    for (let file = 0; file < 15; file++) {
      await sleep(Math.random() * 600);
      host.write(`log/${file}.log`, `at ${Date.now()}\n`);
    }
    await until(async () => (await latencies(host, "/latency", "one")).length, 15, ALWAYS_MS);
    expectQuick(await latencies(host, "/latency", "one"), 15);
  });

  it("in files that are named one by one", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    mkdirSync(host.at("log"));
    host.configure(
      Array.from({ length: 15 }, (_, file) => ({
        file_path: `log/${file}.log`,
        log_group_name: "/latency",
        log_stream_name: "one",
      })),
    );
    await host.running();
    for (let file = 0; file < 15; file++) {
      await sleep(Math.random() * 600);
      host.write(`log/${file}.log`, `at ${Date.now()}\n`);
    }
    await until(async () => (await latencies(host, "/latency", "one")).length, 15, ALWAYS_MS);
    expectQuick(await latencies(host, "/latency", "one"), 15);
  });

  it("in a directory with more files than are watched", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    for (let file = 0; file < 600; file++) host.write(`log/idle-${file}.log`, "idle\n");
    host.configure([{ file_path: "log/*.log", log_group_name: "/latency", log_stream_name: "one" }]);
    await host.running();
    await until(() => host.endpoint.stats().events, 600, 8_000);
    const busy = setInterval(() => host.append("log/idle-0.log", "busy\n"), 40);
    onTestFinished(() => clearInterval(busy));
    for (let file = 0; file < 12; file++) {
      host.write(`log/new-${file}.log`, `at ${Date.now()}\n`);
      await sleep(430);
    }
    await until(async () => (await latencies(host, "/latency", "one")).length, 12, 8_000);
    const found = await latencies(host, "/latency", "one");
    expect(Math.max(...found), found.join(" ")).toBeLessThanOrEqual(ALWAYS_MS);
  });

  it.for([
    ["cannot be had", NO_WATCHES],
    ["tell nothing", DEAF_WATCHES],
  ] as const)("when watches %s", async ([, script], { onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("log/old.log", "old\n");
    host.configure([{ file_path: "log/*.log", log_group_name: "/latency" }]);
    const agent = await host.running(["--json"], preload(host, script));
    await host.arrived("/latency", "old.log", ["old"]);
    for (let round = 0; round < 6; round++) {
      await sleep(400 + Math.random() * 400);
      host.write(`log/new-${round}.log`, `at ${Date.now()}\n`);
      host.append("log/old.log", `at ${Date.now()}\n`);
    }
    await until(() => host.endpoint.stats().events, 13, 7_000);
    const found = await Promise.all(
      [..."012345"].map((round) => latencies(host, "/latency", `new-${round}.log`)),
    );
    expect(Math.max(...found.flat()), found.join(" ")).toBeLessThanOrEqual(ALWAYS_MS);
    expect(found.flat()).toHaveLength(6);
    // Files that are open are asked for their size: they need no hint.
    const open = await latencies(host, "/latency", "old.log");
    expect(open).toHaveLength(6);
    expect(Math.max(...open), open.join(" ")).toBeLessThanOrEqual(2_500);
    expect((await agent.stop()).status).toBe(0);
  });

  it("with the longest flush interval that can be configured", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("log/a.log", "");
    host.configure([{ file_path: "log/*.log", log_group_name: "/latency" }], { force_flush_interval: 5 });
    await host.running();
    await writeAtRandom(host.at("log/a.log"), 20, 200);
    await until(async () => (await latencies(host, "/latency", "a.log")).length, 20, ALWAYS_MS);
    const found = await latencies(host, "/latency", "a.log");
    expect(Math.max(...found), found.join(" ")).toBeLessThanOrEqual(ALWAYS_MS);
  });
});

// By itself: five agents at a time on a small machine would measure each other.
describe("a line is acknowledged soon", { timeout: 30_000 }, () => {
  it("while another file floods", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("log/quiet.log", "");
    host.write("log/flood.log", "");
    host.configure([{ file_path: "log/*.log", log_group_name: "/latency" }]);
    await host.running();
    const block = text(lines(3_000, "a line of a file that is written to without a pause, number"));
    let flooded = 0;
    const flood = setInterval(() => {
      host.append("log/flood.log", block);
      flooded += 3_000;
    }, 50);
    onTestFinished(() => clearInterval(flood));
    await writeAtRandom(host.at("log/quiet.log"), 40, 140);
    clearInterval(flood);
    await until(async () => (await latencies(host, "/latency", "quiet.log")).length, 40, ALWAYS_MS);
    expectQuick(await latencies(host, "/latency", "quiet.log"), 40);
    await until(() => host.endpoint.stats().events, flooded + 40, 10_000);
  });
});
