/** `status`, asked of agents that run. */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { all, expectBalance, Host, lines, sleep, startAgent, text, until } from "./agent.ts";

/** The example that the reference gives of `status --json`. */
const documented = (): Record<string, unknown> => {
  const page = readFileSync(new URL("../../docs/reference/json.md", import.meta.url), "utf8");
  return JSON.parse(/^## status$.*?^```json$(.*?)^```$/ms.exec(page)?.[1] ?? "");
};

/** All keys, except under those that depend on what happened. */
const keysOf = ({ dropped, skipped, ...rest }: Record<string, unknown>): unknown => [
  typeof dropped,
  typeof skipped,
  ...Object.keys(rest).toSorted(),
  Object.keys((rest.files as readonly object[])[0] ?? {}).toSorted(),
];

describe.concurrent("status", () => {
  it("tells of every file where it goes and how far it is", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/a.log", text(lines(50)));
    host.write("app/b.log", "\nb\n");
    host.configure([{ file_path: "app/*.log", log_group_name: "/status" }]);
    await host.running();
    await until(async () => (await host.status()).records.in_flight, 0);
    await host.arrived("/status", "b.log", ["b"]);
    await until(async () => (await host.status()).records.accepted, 51);
    const status = await host.status();
    const size = text(lines(50)).length;
    expect(status).toMatchObject({
      records: { read: 52, accepted: 51, rejected: 0, dropped: 1, in_flight: 0 },
      bytes: { read: size + 3, accepted: size + 2, rejected: 0, dropped: 1, in_flight: 0 },
      balanced: true,
      skipped: [],
    });
    const [a] = status.files.filter(({ path }) => path === host.at("app/a.log"));
    expect(a).toMatchObject({
      log_group_name: "/status",
      log_stream_name: "a.log",
      size,
      offset: size,
      lag_bytes: 0,
      lag_seconds: 0,
      last_error: null,
      records: all(50),
    });
  });

  it("is one line of JSON, or a table for people", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/a.log", text(lines(5)));
    host.configure([{ file_path: "app/*.log", log_group_name: "/status" }]);
    await host.running();
    await host.arrived("/status", "a.log", lines(5));
    await until(async () => (await host.status()).files[0]?.lag_bytes, 0);
    const json = await host.ask("--json");
    expect(json).toMatchObject({ status: 0, err: "" });
    expect(json.out).toMatch(/^\{.*\}\n$/);
    expect(keysOf(JSON.parse(json.out))).toEqual(keysOf(documented()));
    const table = await host.ask();
    expect(table).toMatchObject({ status: 0, err: "" });
    expect(table.out).toMatch(/^file +log group \/ stream +size +shipped +behind +events\n/);
    expect(table.out).toMatch(/a\.log +\/status \/ a\.log +60 B +60 B +- +5\n/);
    expect(table.out).toContain("The sums add up.\n");
  });

  it("tells for how long and why something waits", { timeout: 40_000 }, async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished, {
      rules: [{ match: { log_group: "/status/denied" }, fault: "deny" }],
    });
    host.write("bad.log", text(lines(7)));
    host.write("good.log", text(lines(7)));
    host.configure([
      { file_path: "bad.log", log_group_name: "/status/denied" },
      { file_path: "good.log", log_group_name: "/status/taken" },
    ]);
    await host.running();
    await until(async () => (await host.status()).records.accepted, 7);
    await until(async () => (await host.status()).records.in_flight, 7);
    const find = async (name: string) =>
      (await host.status()).files.find(({ path }) => path === host.at(name));
    await until(async () => (await find("bad.log"))?.last_error === null, false);
    const early = await find("bad.log");
    expect(early).toMatchObject({ offset: 0, lag_bytes: text(lines(7)).length });
    expect(early?.last_error).toMatch(/AccessDeniedException: .*not authorized to perform: logs:/);
    await sleep(1_100);
    const later = await find("bad.log");
    expect((later?.lag_seconds ?? 0) - (early?.lag_seconds ?? 0)).toBeGreaterThanOrEqual(1);
    expect(later?.lag_seconds).toBeLessThan(10);
    expect(await find("good.log")).toMatchObject({ lag_bytes: 0, lag_seconds: 0, last_error: null });
    expect((await host.ask()).out).toMatch(/^trouble: .*bad\.log: AccessDeniedException/m);

    host.endpoint.setFaults({});
    await host.arrived("/status/denied", "bad.log", lines(7), 30_000);
    await until(async () => (await find("bad.log"))?.last_error, null);
    expect(await find("bad.log")).toMatchObject({ lag_bytes: 0, lag_seconds: 0 });
  });

  it("adds up at every moment while much is shipped", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished, {
      seed: 11,
      rules: [
        { match: { operation: "PutLogEvents" }, probability: 0.2, fault: "throttle" },
        { match: { operation: "PutLogEvents" }, probability: 0.2, fault: { delay: { ms: 120 } } },
        // The first ones find no stream yet, and reject nothing.
        {
          match: { operation: "PutLogEvents" },
          after: 6,
          times: 6,
          fault: { reject: { too_old: 3, too_new: 2 } },
        },
      ],
    });
    for (const name of ["a", "b", "c"]) host.write(`${name}.log`, text(lines(40_000)));
    host.configure([{ file_path: "*.log", log_group_name: "/status" }]);
    await host.running();
    let looks = 0;
    const moving = new Set<number>();
    await until(
      async () => {
        const status = await host.status();
        expectBalance(status);
        for (const file of status.files) {
          expectBalance(file as unknown as typeof status);
          expect(file.offset).toBeLessThanOrEqual(file.size);
        }
        expect(status.balanced).toBe(true);
        looks++;
        moving.add(status.records.accepted);
        return status.records.accepted + status.records.rejected;
      },
      120_000,
      15_000,
    );
    expect(looks).toBeGreaterThan(3);
    expect(moving.size).toBeGreaterThan(2);
    const { records } = await host.status();
    expect(records).toMatchObject({ read: 120_000, dropped: 0, in_flight: 0 });
    expect(records.rejected).toBeGreaterThan(0);
    expect(records.rejected).toBe(host.endpoint.stats().rejected);
  });

  it("tells about files that appear and files that go", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.configure([{ file_path: "app/*.log", log_group_name: "/status" }]);
    await host.running();
    expect((await host.status()).files).toEqual([]);
    host.write("app/late.log", "x\n");
    await until(
      async () => (await host.status()).files.map(({ path, offset }) => ({ path, offset })),
      [{ path: host.at("app/late.log"), offset: 2 }],
      8_000,
    );
  });
});

describe.concurrent("status without an agent", () => {
  it.for([
    ["there is no state directory", undefined],
    ["a killed agent has left its socket", "socket"],
    ["something else lies there", "file"],
  ] as const)("fails with NOT_RUNNING when %s", async ([, left], { onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    if (left === "socket") {
      host.configure([{ file_path: "a.log", log_group_name: "/status" }]);
      await (await host.running()).stop("SIGKILL");
    }
    if (left === "file") writeFileSync(join(host.write("state/x", ""), "../control.sock"), "");
    for (const args of [[], ["--json"]]) {
      const { status, out, err } = await host.ask(...args);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toContain("(NOT_RUNNING)");
      expect(err).toContain(`host-agent: ${host.state}/control.sock: `);
    }
  });

  it("fails with NOT_RUNNING when whoever listens there is no host-agent", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("state/x", "");
    const server = createServer((_, response) => response.end("<html>")).listen(
      join(host.state, "control.sock"),
    );
    onTestFinished(() => void server.close());
    await until(() => server.listening, true);
    const { status, out, err } = await host.ask();
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toContain("(NOT_RUNNING)");
  });

  it("fails with NOT_RUNNING when nobody answers in five seconds", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("state/x", "");
    const server = createServer(() => undefined).listen(join(host.state, "control.sock"));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await until(() => server.listening, true);
    const { status, err } = await host.ask();
    expect(status).toBe(1);
    expect(err).toContain("no answer");
    expect(err).toContain("(NOT_RUNNING)");
  });

  it("asks the default directory when none is given", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    const { err } = await (
      await startAgent(onTestFinished, ["status"], {
        uid: 65_534,
        gid: 65_534,
        env: { XDG_STATE_HOME: host.folder },
      })
    ).ended;
    expect(err).toContain(join(host.folder, "host-agent", "control.sock"));
  });
});
