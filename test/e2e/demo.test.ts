/** `demo`: all of it, at once, on this machine. */
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { type Agent, accountingOf, startAgent, until } from "./agent.ts";

const address = (agent: Agent): string | undefined =>
  /Open (http:\/\/127\.0\.0\.1:\d+)\/ to see/.exec(agent.err())?.[1];

describe.concurrent("demo", () => {
  it("--seconds N --json ends by itself with an accounting that adds up", async ({ onTestFinished }) => {
    const startedAt = Date.now();
    const agent = await startAgent(onTestFinished, ["demo", "--port", "0", "--seconds", "2", "--json"]);
    const ended = await agent.ended;
    expect(ended.status, ended.err).toBe(0);
    expect(Date.now() - startedAt).toBeGreaterThan(2_000);
    const { records, bytes, files } = accountingOf(ended);
    expect(Object.keys(JSON.parse(ended.out))).toEqual(["records", "bytes", "files"]);
    expect(records).toMatchObject({ rejected: 0, in_flight: 0 });
    expect(bytes.accepted).toBeGreaterThan(0);
    const live = files.find(({ log_group_name }) => log_group_name === "/demo/live");
    expect(live).toMatchObject({ path: expect.stringMatching(/\/live\.log$/) });
    // It has been written to for two seconds, and all of that has arrived.
    expect(live?.offset).toBeGreaterThan(500);
    expect(live?.offset).toBe(live?.size);
    expect(Object.keys(files[0] ?? {})).toEqual([
      "path",
      "log_group_name",
      "log_stream_name",
      "offset",
      "size",
    ]);
    for (const { log_group_name } of files) expect(log_group_name).toMatch(/^\/demo\//);
  });

  it("ends at Ctrl-C with a summary, and takes another port when its own is busy", async ({
    onTestFinished,
  }) => {
    const busy = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void busy.close());
    await until(() => busy.listening, true);
    const port = (busy.address() as { port: number }).port;
    const agent = await startAgent(onTestFinished, ["demo", "--port", String(port)]);
    await until(() => address(agent) === undefined, false, 10_000);
    expect(agent.err()).toContain(
      `Cannot listen on 127.0.0.1:${port}: something already listens there. Taking another port.\n`,
    );
    expect(address(agent)).not.toContain(`:${port}`);
    const page = await fetch(`${address(agent)}/`);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
    // Progress, one line at a time where there is no terminal.
    await until(
      () =>
        /^[\d.]+ m?s: \d+ files?, [\d,]+ events \(.*\) accepted, \d+ in flight, .*\/s$/m.test(agent.err()),
      true,
      8_000,
    );
    expect(agent.err()).not.toContain("\x1b[");
    const ended = await agent.stop("SIGINT");
    expect({ status: ended.status, signal: ended.signal }).toEqual({ status: 0, signal: null });
    expect(ended.out).toMatch(/^ +read +=? ?accepted.*\nrecords .*\nbytes .*\n/);
    expect(ended.out).toContain("The sums add up.\n");
  });

  it("leaves nothing behind", async ({ onTestFinished }) => {
    const agent = await startAgent(onTestFinished, ["demo", "--port", "0", "--json"]);
    await until(() => address(agent) === undefined, false, 10_000);
    await until(() => /\blive\.log\b/.test(readFileSync(`/proc/${agent.pid}/maps`, "utf8")), false);
    const ended = await agent.stop("SIGINT");
    const live = accountingOf(ended).files.find(({ path }) => path.endsWith("/live.log"));
    expect(live).toBeDefined();
    expect(() => readFileSync(live?.path ?? "")).toThrow("ENOENT");
  });

  it.for([
    [["--seconds", "0"], "--seconds takes a number above 0"],
    [["--seconds", "-3"], "--seconds takes a number above 0"],
    [["--seconds", "soon"], "--seconds takes a number above 0"],
    [["--port", "70000"], "--port"],
    [["--port", "x"], "--port"],
  ] as const)("refuses %s", async ([args, says], { onTestFinished }) => {
    const { status, out, err } = await (await startAgent(onTestFinished, ["demo", ...args])).ended;
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(says);
    expect(err).toContain("(USAGE)");
  });
});
