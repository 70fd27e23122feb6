/** `run --once` and the accounting that it prints. */
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../agent/local/faults.ts";
import { accountingOf, all, Host, lines, startAgent, text, until } from "./agent.ts";

describe.concurrent("run --once", () => {
  it("ships everything, says so, and ships nothing the second time", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/one.log", text(lines(1_200)));
    host.write("app/two.log", "alone\n");
    host.write("app/empty.log", "");
    host.configure([{ file_path: "app/*.log", log_group_name: "/once" }]);

    const first = await host.once();
    expect({ status: first.status, err: first.err }).toEqual({ status: 0, err: "" });
    const size = text(lines(1_200)).length;
    expect(accountingOf(first)).toEqual({
      records: all(1_201),
      bytes: all(size + 6),
      files: expect.toSatisfy((files: unknown[]) => files.length === 3),
    });
    expect(accountingOf(first).files).toEqual(
      expect.arrayContaining([
        {
          path: host.at("app/one.log"),
          log_group_name: "/once",
          log_stream_name: "one.log",
          offset: size,
          size,
        },
        {
          path: host.at("app/two.log"),
          log_group_name: "/once",
          log_stream_name: "two.log",
          offset: 6,
          size: 6,
        },
        {
          path: host.at("app/empty.log"),
          log_group_name: "/once",
          log_stream_name: "empty.log",
          offset: 0,
          size: 0,
        },
      ]),
    );
    expect(await host.messages("/once", "one.log")).toEqual(lines(1_200));
    expect(await host.messages("/once", "two.log")).toEqual(["alone"]);

    const { requests } = host.endpoint.stats();
    const second = await host.once();
    expect(second.status).toBe(0);
    expect(accountingOf(second).records).toEqual(all(0));
    expect(accountingOf(second).files.map(({ offset, size }) => offset === size)).toEqual([true, true, true]);
    expect(host.endpoint.stats().requests).toEqual({ ...requests, GetLogEvents: expect.anything() });
  });

  it("ships the rest when there is more, and a last line without an end as it stands", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished);
    host.write("app.log", "one\ntwo\nthr");
    host.configure([{ file_path: "app.log", log_group_name: "/once" }]);
    expect(accountingOf(await host.once()).records).toEqual(all(3));
    expect(await host.messages("/once", "app.log")).toEqual(["one", "two", "thr"]);
    host.append("app.log", "ee\nfour\n");
    expect(accountingOf(await host.once()).bytes).toEqual(all(8));
    expect(await host.messages("/once", "app.log")).toEqual(["one", "two", "thr", "ee", "four"]);
  });

  it("prints the same for people", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app.log", "one\n\ntwo\n");
    host.configure([{ file_path: "app.log", log_group_name: "/once" }]);
    const agent = await host.start(["--once"]);
    const { status, out } = await agent.ended;
    expect(status).toBe(0);
    expect(out).toMatch(
      /^ +read +=? ?accepted +\+ rejected +\+ dropped +\+ in flight\nrecords +3 +2 +0 +1 +0\nbytes +9 +8 +0 +1 +0\n/,
    );
    expect(out).toContain("dropped: 1 records (1 B) that are empty lines");
    expect(out).toContain("The sums add up.");
  });

  it("needs neither an account nor a Region nor credentials with --local", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    const log = host.write("app.log", "one\n");
    const config = host.write(
      "plain.yaml",
      `logs: {files: [{file_path: ${log}, log_group_name: /try, log_stream_name: "{instance_id}"}]}`,
    );
    const none = Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => name.startsWith("AWS_"))
        .map((name) => [name, undefined]),
    );
    const run = async () => {
      const args = ["run", "--config", config, "--state-dir", host.state, "--local", "--port", "0"];
      const agent = await startAgent(onTestFinished, [...args, "--once", "--json"], { env: none });
      return agent.ended;
    };
    const first = await run();
    expect(first.status, first.err).toBe(0);
    expect(first.err).toMatch(/^CloudWatch Logs endpoint and page: http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(accountingOf(first)).toMatchObject({
      records: all(1),
      files: [{ log_group_name: "/try", log_stream_name: hostname() }],
    });
    expect(accountingOf(await run()).records.read).toBe(0);
  });

  it("does not let a try with --local move the offsets of the real thing", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app.log", "one\n");
    host.configure([{ file_path: "app.log", log_group_name: "/once" }]);
    const config = join(host.folder, "with-state.yaml");
    const logs = {
      files: [{ file_path: host.at("app.log"), log_group_name: "/once", log_stream_name: "a" }],
    };
    writeFileSync(config, JSON.stringify({ region: "us-east-1", state_dir: host.state, logs }));
    const run = async (...args: string[]) =>
      (await startAgent(onTestFinished, ["run", "--config", config, "--once", "--json", ...args])).ended;
    expect(accountingOf(await run("--local", "--port", "0")).records).toEqual(all(1));
    expect(accountingOf(await run("--endpoint-url", host.endpoint.url)).records).toEqual(all(1));
    expect(await host.messages("/once", "a")).toEqual(["one"]);
  });

  it("ends while a file grows all the time", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("busy.log", text(lines(1_000)));
    host.configure([{ file_path: "busy.log", log_group_name: "/once" }]);
    let written = 1_000;
    const writer = setInterval(() => {
      appendFileSync(host.at("busy.log"), text(lines(2_000)));
      written += 2_000;
    }, 5);
    onTestFinished(() => clearInterval(writer));
    const ended = await host.once(["--deadline", "15s"]);
    clearInterval(writer);
    expect(ended.status, ended.err).toBe(0);
    const { records } = accountingOf(ended);
    expect(records.accepted).toBeGreaterThanOrEqual(1_000);
    expect(records.accepted).toBeLessThan(written);
    // What came meanwhile is for the next run: nothing of it is lost, nothing sent twice.
    expect((await host.once()).status).toBe(0);
    expect((await host.messages("/once", "busy.log")).length).toBe(written);
  });

  it("stops at SIGTERM and can be taken up again", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished, {
      rules: [{ match: { operation: "PutLogEvents" }, fault: { hang: { ms: 60_000 } } }],
    });
    host.write("app.log", text(lines(10)));
    host.configure([{ file_path: "app.log", log_group_name: "/once" }]);
    const agent = await host.start(["--once", "--json"]);
    await until(() => host.endpoint.stats().faults > 0, true);
    const ended = await agent.stop();
    expect(ended.status).toBe(75);
    expect(accountingOf(ended).records).toMatchObject({ read: 10, accepted: 0, in_flight: 10 });
    host.endpoint.setFaults({});
    expect((await host.once()).status).toBe(0);
    await host.arrived("/once", "app.log", lines(10));
  });
});

describe.concurrent("a deadline that passes", () => {
  it.for<[string, FaultScript]>([
    ["hangs", { rules: [{ match: { operation: "PutLogEvents" }, fault: { hang: { ms: 60_000 } } }] }],
    ["answers garbage", { rules: [{ fault: "garbage" }] }],
    ["is down", { rules: [{ fault: { error: { status: 503, type: "ServiceUnavailableException" } } }] }],
    ["throttles", { rules: [{ match: { operation: "PutLogEvents" }, fault: "throttle" }] }],
  ])(
    "ends with 75 when the endpoint %s, and a later run completes",
    async ([, faults], { onTestFinished }) => {
      const host = await Host.make(onTestFinished, faults);
      host.write("a.log", text(lines(100)));
      host.write("b.log", text(lines(5)));
      host.configure([{ file_path: "*.log", log_group_name: "/late" }]);
      const startedAt = Date.now();
      const first = await host.once(["--deadline", "1s"]);
      expect(Date.now() - startedAt).toBeLessThan(10_000);
      expect(first.status).toBe(75);
      expect(accountingOf(first).records).toMatchObject({ read: 105, accepted: 0, in_flight: 105 });
      expect(accountingOf(first).files.map(({ offset }) => offset)).toEqual([0, 0]);
      expect(first.err).toContain(`not shipped: ${host.at("a.log")}: ${text(lines(100)).length} bytes`);
      expect(first.err).toContain("Run the same command again to go on from here.\n");

      host.endpoint.setFaults({});
      const second = await host.once();
      expect(second.status).toBe(0);
      expect(accountingOf(second).records).toEqual(all(105));
      expect(await host.messages("/late", "a.log")).toEqual(lines(100));
    },
  );

  it("ends with 75 when nobody listens", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("a.log", text(lines(3)));
    host.configure([{ file_path: "a.log", log_group_name: "/late" }]);
    const first = await host.once(["--deadline", "1s", "--endpoint-url", "http://127.0.0.1:9"]);
    expect(first.status).toBe(75);
    expect(first.err).toContain("ECONNREFUSED");
    expect(accountingOf(first).records).toMatchObject({ read: 3, in_flight: 3 });
    expect(accountingOf(await host.once()).records).toEqual(all(3));
  });
});

describe.concurrent("the CloudWatch agent's configuration", () => {
  it("works as it is, with a warning for what is not done", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    const log = host.write("var/log/app.log", "one\ntwo\n");
    const config = host.write(
      "amazon-cloudwatch-agent.json",
      JSON.stringify({
        agent: { region: "us-east-1", metrics_collection_interval: 60 },
        metrics: { metrics_collected: { mem: { measurement: ["mem_used_percent"] } } },
        logs: {
          force_flush_interval: 5,
          logs_collected: {
            files: {
              collect_list: [
                {
                  file_path: log,
                  log_group_name: "cwagent",
                  log_stream_name: "{hostname}-{file_name}",
                  retention_in_days: 7,
                  timestamp_format: "%H:%M:%S",
                },
              ],
            },
          },
        },
      }),
    );
    const ended = await host.once(["--config", config]);
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(2));
    expect(ended.err).toMatch(/metrics.*warning|warning.*metrics/i);
    expect(ended.err).toContain("timestamp_format");
    expect(await host.messages("cwagent", `${hostname()}-app.log`)).toEqual(["one", "two"]);
    expect(await host.groups()).toMatchObject([{ logGroupName: "cwagent", retentionInDays: 7 }]);
  });
});

describe.concurrent("a configuration that cannot be used", () => {
  it.for([
    ["is not there", undefined, "CONFIG_UNREADABLE", /no-such\.yaml: there is no such file/],
    [
      "has an unknown key",
      "logs: {files: [{file_path: /a.log, log_group: x}]}",
      "CONFIG_INVALID",
      /:1:36: .*log_group: unknown key \(did you mean log_group_name\?\)/,
    ],
    [
      "has a wrong type",
      "logs: {files: [{file_path: 5, log_group_name: x}]}",
      "CONFIG_INVALID",
      /:1:\d+: .*file_path/,
    ],
    [
      "has a bad glob",
      'logs: {files: [{file_path: "/var/log/[a", log_group_name: x}]}',
      "CONFIG_INVALID",
      /file_path/,
    ],
    ["is no YAML", "logs: [", "CONFIG_INVALID", /:\d+:\d+: /],
  ] as const)("%s", async ([, content, code, says], { onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    const config = content === undefined ? host.at("no-such.yaml") : host.write("bad.yaml", content);
    const { status, out, err } = await host.once(["--config", config]);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(`(${code})`);
    expect(err).toMatch(says);
    expect(existsSync(host.state)).toBe(false);
  });

  it("takes no deadline that is none, and no endpoint beside --local", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.configure([{ file_path: "a.log", log_group_name: "/x" }]);
    const late = await host.once(["--deadline", "soon"]);
    expect(late.err).toContain('--deadline takes a duration like 60s or 5m, not "soon"');
    const both = await host.once(["--local"]);
    expect(both.err).toContain("leave out one of --local and --endpoint-url");
    expect([late.status, both.status]).toEqual([2, 2]);
  });

  it("says which Region is missing", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("a.yaml", `logs: {files: [{file_path: ${host.at("a.log")}, log_group_name: /x}]}`);
    const { status, err } = await (
      await host.start(["--once", "--config", host.at("a.yaml")], { env: { AWS_REGION: undefined } })
    ).ended;
    expect(status).toBe(2);
    expect(err).toContain("(NO_REGION)");
  });
});

describe("a group that is there already", () => {
  it("is found, and not made again", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    await host.client.send(new CreateLogGroupCommand({ logGroupName: "/there" }));
    host.write("a.log", "one\n");
    host.configure([{ file_path: "a.log", log_group_name: "/there" }]);
    expect((await host.once()).status).toBe(0);
    expect(host.endpoint.stats().requests.CreateLogGroup).toBe(1);
  });
});
