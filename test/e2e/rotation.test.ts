/** What a writer does to a file that was moved aside under it. */
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { describe, expect, it } from "vitest";
import { Host, sleep, until } from "./agent.ts";

const GROUP = "/rotation";

const messages = async (host: Host): Promise<readonly string[]> =>
  (await host.events(GROUP, "app")).map(({ message = "" }) => message);

const start = async (onTestFinished: Parameters<typeof Host.make>[0]): Promise<Host> => {
  const host = await Host.make(onTestFinished);
  mkdirSync(host.at("log"));
  host.configure([{ file_path: "log/app.log", log_group_name: GROUP, log_stream_name: "app" }]);
  await host.running();
  return host;
};

describe.concurrent("a file that was moved aside in the middle of a line", { timeout: 30_000 }, () => {
  it("gets the rest of it, though the new file has lines already: one event, before those", async ({
    onTestFinished,
  }) => {
    const host = await start(onTestFinished);
    const path = host.at("log/app.log");
    const writer = openSync(path, "a");
    writeSync(writer, "first\n");
    await until(async () => (await messages(host)).length, 1, 6_000);
    writeSync(writer, "second, as fa");
    renameSync(path, `${path}.1`);
    appendFileSync(path, "third\n");
    // Long enough that both files were looked at.
    await sleep(900);
    writeSync(writer, "r as it goes\n");
    closeSync(writer);
    await until(async () => (await messages(host)).length, 3, 8_000);
    expect(await messages(host)).toEqual(["first", "second, as far as it goes", "third"]);
  });

  it("keeps the lines of the new file waiting for no longer than a moment when there is no rest", async ({
    onTestFinished,
  }) => {
    const host = await start(onTestFinished);
    const path = host.at("log/app.log");
    appendFileSync(path, "first\nsecond without an end");
    await until(async () => (await messages(host)).length, 1, 6_000);
    renameSync(path, `${path}.1`);
    const at = Date.now();
    appendFileSync(path, "third\n");
    await until(async () => (await messages(host)).length, 3, 8_000);
    expect(Date.now() - at).toBeLessThan(4_000);
    expect(await messages(host)).toEqual(["first", "second without an end", "third"]);
  });
});

describe.concurrent("a link that leads to another file while no agent is there", { timeout: 30_000 }, () => {
  it("has the rest of what it led to before sent first", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    mkdirSync(host.at("log"));
    mkdirSync(host.at("data"));
    host.configure([{ file_path: "log/app.log", log_group_name: GROUP, log_stream_name: "app" }]);
    symlinkSync("../data/run-00001", host.at("log/app.log"));
    appendFileSync(host.at("data/run-00001"), "first\n");
    const agent = await host.running();
    await until(async () => (await messages(host)).length, 1, 6_000);
    await agent.stop();
    appendFileSync(host.at("data/run-00001"), "second\n");
    unlinkSync(host.at("log/app.log"));
    symlinkSync("../data/run-00002", host.at("log/app.log"));
    appendFileSync(host.at("data/run-00002"), "third\n");
    await host.running();
    await until(async () => (await messages(host)).length, 3, 8_000);
    expect(await messages(host)).toEqual(["first", "second", "third"]);
  });
});
