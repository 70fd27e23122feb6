/** An endpoint that is down, slow, confused, or forbids something: it costs nothing that goes elsewhere, and no line. */
import { mkdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startEndpoint } from "../../agent/io/local-endpoint/start.ts";
import type { FaultScript } from "../../agent/local/faults.ts";
import { accountingOf, all, Host, lines, sleep, text, until } from "./agent.ts";

const put = { operation: "PutLogEvents" };

/** How long each event of a stream has taken, in milliseconds: its message ends with the time of its writing. */
const delays = async (host: Host, group: string, stream: string): Promise<readonly number[]> =>
  (await host.events(group, stream)).map(
    ({ message = "", ingestionTime = 0 }) => ingestionTime - Number(/(\d{13})$/.exec(message)?.[1]),
  );

/** Peak of the memory of a process, in MiB. */
const peak = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

describe.concurrent("one target that is in trouble", () => {
  it.for<[string, FaultScript["rules"]]>([
    ["is denied", [{ match: { log_group: "/ten/3" }, fault: "deny" }]],
    ["is throttled", [{ match: { log_group: "/ten/3" }, fault: "throttle" }]],
    ["hangs", [{ match: { log_group: "/ten/3" }, fault: { hang: { ms: 60_000 } } }]],
    ["answers garbage", [{ match: { log_group: "/ten/3" }, fault: "garbage" }]],
    [
      "is called invalid",
      [
        {
          match: { log_group: "/ten/3" },
          fault: { error: { status: 400, type: "InvalidParameterException" } },
        },
      ],
    ],
  ])(
    "of ten %s: the other nine go on without delay",
    { timeout: 30_000 },
    async ([, rules = []], { onTestFinished }) => {
      const host = await Host.make(onTestFinished, { rules });
      const groups = Array.from({ length: 10 }, (_, group) => `/ten/${group}`);
      for (const group of groups.keys()) host.write(`${group}.log`, text(lines(200)));
      host.configure(
        groups.map((log_group_name, group) => ({
          file_path: `${group}.log`,
          log_group_name,
          log_stream_name: "s",
        })),
      );
      const agent = await host.running(["--json", "--deadline", "1s"]);
      const healthy = groups.filter((group) => group !== "/ten/3");
      await Promise.all(healthy.map((group) => host.arrived(group, "s", lines(200), 8_000)));
      const written: string[] = [];
      for (let round = 0; round < 3; round++) {
        written.push(`round ${round} ${Date.now()}`);
        for (const group of groups.keys()) host.append(`${group}.log`, `${written.at(-1)}\n`);
        await sleep(300);
      }
      await Promise.all(healthy.map((group) => host.arrived(group, "s", [...lines(200), ...written], 8_000)));
      for (const group of healthy) {
        const late = (await delays(host, group, "s")).slice(200);
        expect(Math.max(...late)).toBeLessThan(6_000);
      }
      const status = await host.status();
      const bad = status.files.find(({ log_group_name }) => log_group_name === "/ten/3");
      expect(bad).toMatchObject({ offset: 0 });
      expect(status.files.filter((file) => file !== bad && file.last_error !== null)).toEqual([]);

      // Before all is well again: what was taken in the very moment of the deadline would rightly come twice.
      expect((await agent.stop()).status).toBe(75);
      host.endpoint.setFaults({});
      expect((await host.once()).status).toBe(0);
      await host.arrived("/ten/3", "s", [...lines(200), ...written]);
    },
  );

  it.for<[string, number, number, string, NonNullable<FaultScript["rules"]>[number]["fault"]]>([
    ["more bytes than there is memory", 14, 40_000, "is denied", "deny"],
    ["more bytes than there is memory", 14, 40_000, "is throttled", "throttle"],
    ["more bytes than there is memory", 14, 40_000, "hangs", { hang: { ms: 60_000 } }],
    ["more streams than there are connections", 90, 3, "hangs", { hang: { ms: 60_000 } }],
  ])(
    "with %s (%i of %i lines) stops nobody else when it %s",
    { timeout: 30_000 },
    async ([, streams, count, , fault], { onTestFinished }) => {
      const host = await Host.make(onTestFinished, { rules: [{ match: { log_group: "/many" }, fault }] });
      for (let file = 0; file < streams; file++) host.write(`many/${file}.log`, text(lines(count)));
      mkdirSync(host.at("good"));
      host.configure([
        { file_path: "many/*.log", log_group_name: "/many" },
        { file_path: "good/*.log", log_group_name: "/good" },
      ]);
      await host.running(["--deadline", "500ms"]);
      for (let line = 0; line < 6; line++) {
        await sleep(500);
        host.write(`good/${line}.log`, `good ${Date.now()}\n`);
      }
      await until(async () => host.endpoint.stats().events, 6, 8_000);
      const found = await Promise.all([..."012345"].map((line) => delays(host, "/good", `${line}.log`)));
      expect(Math.max(...found.flat())).toBeLessThan(6_000);
    },
  );
});

describe.concurrent("an endpoint that comes back", () => {
  it.for<[string, FaultScript["rules"]]>([
    ["down", [{ times: 4, fault: { error: { status: 503, type: "ServiceUnavailableException" } } }]],
    ["broken", [{ times: 4, fault: { error: { status: 500, type: "InternalFailure" } } }]],
    ["throttling", [{ match: put, times: 4, fault: "throttle" }]],
    ["talking garbage", [{ times: 4, fault: "garbage" }]],
    ["cutting connections", [{ match: put, times: 4, fault: "reset_before" }]],
    ["slow", [{ match: put, times: 4, fault: { delay: { ms: 700 } } }]],
    ["refusing expired credentials", [{ match: put, times: 2, fault: "expired_token" }]],
  ])("from %s gets everything once and in order", async ([, rules = []], { onTestFinished }) => {
    const host = await Host.make(onTestFinished, { rules });
    host.write("a.log", text(lines(12_000)));
    host.configure([{ file_path: "a.log", log_group_name: "/back" }]);
    const ended = await host.once(["--deadline", "18s"]);
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(12_000));
    expect((await host.messages("/back", "a.log")).join("\n") === lines(12_000).join("\n")).toBe(true);
  });

  it("after it was not there at all gets everything", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    const { port } = host.endpoint;
    await host.endpoint.close();
    host.write("a.log", text(lines(300)));
    host.configure([{ file_path: "a.log", log_group_name: "/back" }]);
    await host.running();
    await until(
      async () => (await host.status()).files[0]?.last_error ?? "",
      expect.stringContaining("ECONNREFUSED"),
    );
    host.append("a.log", "more\n");
    const second = await startEndpoint({ port });
    onTestFinished(() => second.close());
    await until(() => second.stats().events, 301, 15_000);
    await until(async () => (await host.status()).files[0]?.last_error, null);
  });

  it("and had taken what it never answered for gets that twice, and counts it once", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished, {
      rules: [{ match: put, after: 1, times: 1, fault: "reset_after_accept" }],
    });
    host.write("a.log", text(lines(100)));
    host.configure([{ file_path: "a.log", log_group_name: "/twice" }]);
    const ended = await host.once();
    expect(ended.status).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(100));
    expect(await host.messages("/twice", "a.log")).toEqual([...lines(100), ...lines(100)]);
  });
});

describe.concurrent("events that the service refuses", () => {
  it("by their time are counted as rejected, and passed over", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished, {
      rules: [{ match: put, after: 1, fault: { reject: { too_old: 2, expired: 3, too_new: 1 } } }],
    });
    host.write("a.log", text(lines(10)));
    host.configure([{ file_path: "a.log", log_group_name: "/refused" }]);
    const ended = await host.once();
    expect(ended.status).toBe(0);
    const accepted = lines(10).slice(3, 9);
    expect(accountingOf(ended)).toMatchObject({
      records: { read: 10, accepted: 6, rejected: 4 },
      bytes: { read: text(lines(10)).length, accepted: text(accepted).length },
      files: [{ offset: text(lines(10)).length }],
    });
    expect(ended.err).toMatch(/"event":"events\.refused".*"too_old":2,"expired":1,"too_new":1/);
    expect(await host.messages("/refused", "a.log")).toEqual(accepted);
    expect(accountingOf(await host.once()).records.read).toBe(0);
  });

  it.for([
    ["known", 25],
    ["new", 0],
  ] as const)(
    "as invalid are found one by one in a %s stream; all others arrive, in order",
    {
      timeout: 30_000,
    },
    async ([, before], { onTestFinished }) => {
      const host = await Host.make(onTestFinished, {
        rules: [{ fault: { invalid_parameter: { contains: "poison" } } }],
      });
      host.write("a.log", text(lines(before)));
      host.write("b.log", text(lines(5)));
      host.configure([{ file_path: "*.log", log_group_name: "/poison" }]);
      expect((await host.once()).status).toBe(0);
      const content = lines(3_000).map((line, at) => (at % 1_000 === 500 ? `${line} poison` : line));
      host.append("a.log", text(content));
      host.append("b.log", text(lines(5)));
      const ended = await host.once(["--deadline", "15s"]);
      expect(ended.status, ended.err).toBe(0);
      const clean = content.filter((line) => !line.includes("poison"));
      expect(await host.messages("/poison", "a.log")).toEqual([...lines(before), ...clean]);
      expect(accountingOf(ended)).toMatchObject({
        records: { read: 3_005, accepted: 3_002, dropped: 3 },
        bytes: { read: text(content).length + text(lines(5)).length },
      });
      expect(await host.messages("/poison", "b.log")).toEqual([...lines(5), ...lines(5)]);
    },
  );
});

describe("a backlog that nobody takes", () => {
  it("waits in the files, not in memory", { timeout: 30_000 }, async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished, { rules: [{ fault: "throttle" }] });
    const block = text(lines(80_000));
    for (let file = 0; file < 40; file++) host.write(`log/${file}.log`, block);
    host.configure([{ file_path: "log/*.log", log_group_name: "/backlog" }]);
    const agent = await host.running(["--deadline", "500ms", "--json"]);
    await sleep(3_000);
    const { bytes, files } = await host.status();
    expect(files).toHaveLength(40);
    expect(bytes.accepted).toBe(0);
    // The promise for the worst case of the benchmark.
    expect(peak(agent.pid)).toBeLessThan(120);
    const ended = await agent.stop();
    expect(ended.status).toBe(75);
    accountingOf(ended);
  });
});
