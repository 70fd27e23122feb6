/** Log groups and streams that the agent makes, and those that it finds. */
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { accountingOf, all, Host, lines, sleep, text, until } from "./agent.ts";

const kept30 = async (...[onTestFinished]: Parameters<typeof Host.make>) => {
  const host = await Host.make(onTestFinished);
  const logGroupName = "/there";
  await host.client.send(new CreateLogGroupCommand({ logGroupName }));
  await host.client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
  return { host, logGroupName };
};

describe.concurrent("log groups", () => {
  it("are made with their class and their retention, before the first event", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    for (const name of ["a", "b", "c"]) host.write(`${name}.log`, "x\n");
    host.configure([
      { file_path: "a.log", log_group_name: "/made/kept", retention_in_days: 14 },
      { file_path: "b.log", log_group_name: "/made/seldom", log_group_class: "INFREQUENT_ACCESS" },
      { file_path: "c.log", log_group_name: "/made/plain", retention_in_days: -1 },
    ]);
    expect((await host.once()).status).toBe(0);
    const groups = (await host.groups()).map(({ logGroupName, logGroupClass, retentionInDays }) => ({
      logGroupName,
      logGroupClass,
      retentionInDays,
    }));
    expect(groups).toEqual([
      { logGroupName: "/made/kept", logGroupClass: "STANDARD", retentionInDays: 14 },
      { logGroupName: "/made/plain", logGroupClass: "STANDARD", retentionInDays: undefined },
      { logGroupName: "/made/seldom", logGroupClass: "INFREQUENT_ACCESS", retentionInDays: undefined },
    ]);
    expect(host.endpoint.stats().requests).toMatchObject({ CreateLogGroup: 3, PutRetentionPolicy: 1 });
  });

  it("that many streams need at once are made once", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    for (let file = 0; file < 40; file++) host.write(`log/${file}.log`, `${file}\n`);
    host.configure([{ file_path: "log/*.log", log_group_name: "/made/once", retention_in_days: 1 }]);
    const ended = await host.once();
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(40));
    const { requests } = host.endpoint.stats();
    expect(requests).toMatchObject({ CreateLogGroup: 1, PutRetentionPolicy: 1 });
    expect(await host.streams("/made/once")).toHaveLength(40);
  });

  it("that exist are not touched when the retention is -1", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    const logGroupName = "/there";
    await host.client.send(new CreateLogGroupCommand({ logGroupName, tags: { owner: "somebody" } }));
    await host.client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
    host.write("a.log", "x\n");
    host.configure([{ file_path: "a.log", log_group_name: logGroupName, log_group_class: "STANDARD" }]);
    const before = host.endpoint.stats().requests;
    expect((await host.once()).status).toBe(0);
    expect(await host.groups()).toMatchObject([{ logGroupName, retentionInDays: 30 }]);
    const after = host.endpoint.stats().requests;
    expect(after.CreateLogGroup).toBe(before.CreateLogGroup);
    expect(after.PutRetentionPolicy).toBe(before.PutRetentionPolicy);
  });

  it("that exist get a retention that is asked for, once for all their streams", async ({
    onTestFinished,
  }) => {
    const { host, logGroupName } = await kept30(onTestFinished);
    for (const name of ["a", "b", "c"]) host.write(`${name}.log`, `${name}\n`);
    host.configure([{ file_path: "*.log", log_group_name: logGroupName, retention_in_days: 7 }]);
    expect((await host.once()).status).toBe(0);
    expect(await host.groups()).toMatchObject([{ logGroupName, retentionInDays: 7 }]);
    expect(host.endpoint.stats().requests.PutRetentionPolicy).toBe(2);
  });

  it("that exist take events all the same where nobody may set their retention", async ({
    onTestFinished,
  }) => {
    const { host, logGroupName } = await kept30(onTestFinished);
    host.endpoint.setFaults({ rules: [{ match: { operation: "PutRetentionPolicy" }, fault: "deny" }] });
    for (const name of ["a", "b"]) host.write(`${name}.log`, text(lines(3)));
    host.configure([{ file_path: "*.log", log_group_name: logGroupName, retention_in_days: 7 }]);
    const ended = await host.once();
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(6));
    expect(ended.err.match(/retention\.not_set/g)).toHaveLength(1);
    expect(await host.groups()).toMatchObject([{ logGroupName, retentionInDays: 30 }]);
  });

  it("that exist take events while the call for their retention hangs", async ({ onTestFinished }) => {
    const { host, logGroupName } = await kept30(onTestFinished);
    host.endpoint.setFaults({
      rules: [{ match: { operation: "PutRetentionPolicy" }, fault: { hang: { ms: 60_000 } } }],
    });
    host.write("a.log", text(lines(3)));
    host.configure([{ file_path: "*.log", log_group_name: logGroupName, retention_in_days: 7 }]);
    const ended = await host.once(["--deadline", "10s"]);
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(3));
  });

  it("and streams that exist cost no call besides the events", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    await host.client.send(new CreateLogGroupCommand({ logGroupName: "/there" }));
    await host.client.send(new CreateLogStreamCommand({ logGroupName: "/there", logStreamName: "a.log" }));
    host.write("a.log", "x\n");
    host.configure([{ file_path: "a.log", log_group_name: "/there" }]);
    expect((await host.once()).status).toBe(0);
    expect(host.endpoint.stats().requests).toEqual({
      CreateLogGroup: 1,
      CreateLogStream: 1,
      PutLogEvents: 1,
    });
  });

  it("that are deleted while the agent runs are made again, and nothing is lost", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished);
    host.write("a.log", text(lines(3)));
    host.write("b.log", text(lines(3)));
    host.configure([{ file_path: "*.log", log_group_name: "/gone", retention_in_days: 7 }]);
    const agent = await host.running(["--json"]);
    await host.arrived("/gone", "a.log", lines(3));
    await host.arrived("/gone", "b.log", lines(3));
    await host.client.send(new DeleteLogGroupCommand({ logGroupName: "/gone" }));
    host.append("a.log", text(lines(5, "again")));
    await host.arrived("/gone", "a.log", lines(5, "again"));
    expect(await host.groups()).toMatchObject([{ logGroupName: "/gone", retentionInDays: 7 }]);
    host.append("b.log", text(lines(5, "again")));
    await host.arrived("/gone", "b.log", lines(5, "again"));
    const ended = await agent.stop();
    expect(ended.status).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(16));
  });

  it("and streams: a stream that is deleted is made again", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("a.log", "one\n");
    host.configure([{ file_path: "*.log", log_group_name: "/gone" }]);
    await host.running();
    await host.arrived("/gone", "a.log", ["one"]);
    await host.client.send(new DeleteLogStreamCommand({ logGroupName: "/gone", logStreamName: "a.log" }));
    host.append("a.log", "two\n");
    await host.arrived("/gone", "a.log", ["two"]);
  });

  it("that vanish under load are made again without a line lost", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished, {
      seed: 5,
      rules: [
        { match: { operation: "PutLogEvents" }, after: 3, probability: 0.3, times: 6, fault: "not_found" },
      ],
    });
    host.write("a.log", text(lines(60_000)));
    host.configure([{ file_path: "*.log", log_group_name: "/gone" }]);
    const ended = await host.once();
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(60_000));
    expect((await host.messages("/gone", "a.log")).join("\n") === lines(60_000).join("\n")).toBe(true);
  });

  it("may be denied in part: no right to set the retention is a trouble that status shows", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished, {
      rules: [{ match: { operation: "PutRetentionPolicy" }, fault: "deny" }],
    });
    host.write("a.log", "one\n");
    host.configure([{ file_path: "a.log", log_group_name: "/half", retention_in_days: 7 }]);
    const agent = await host.running();
    await until(() => (host.endpoint.stats().requests.PutRetentionPolicy ?? 0) > 0, true);
    // Whether the events wait for it is not promised; that somebody hears of it is.
    await until(() => /PutRetentionPolicy/.test(agent.err()), true, 8_000);
    await host.arrived("/half", "a.log", ["one"], 8_000);
  });

  it("get their retention also when the call for it fails at first", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished, {
      rules: [{ match: { operation: "PutRetentionPolicy" }, times: 2, fault: "throttle" }],
    });
    for (const name of ["a", "b", "c"]) host.write(`${name}.log`, `${name}\n`);
    host.configure([{ file_path: "*.log", log_group_name: "/late", retention_in_days: 7 }]);
    const ended = await host.once();
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(3));
    expect(await host.groups()).toMatchObject([{ logGroupName: "/late", retentionInDays: 7 }]);
    expect(host.endpoint.stats().requests).toMatchObject({ CreateLogGroup: 1, PutRetentionPolicy: 3 });
  });

  it("with a name that the service refuses hurt only themselves", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    // The file name becomes part of the group, and makes it too long.
    const long = "n".repeat(200);
    host.write(`${long}.log`, "x\n");
    host.write("good.log", "x\n");
    host.configure([
      { file_path: `${"n".repeat(3)}*.log`, log_group_name: `/${"g".repeat(400)}/{file_name}` },
      { file_path: "good.log", log_group_name: "/good" },
    ]);
    const ended = await host.once(["--deadline", "3s"]);
    expect(await host.messages("/good", "good.log")).toEqual(["x"]);
    accountingOf(ended);
    expect([0, 75]).toContain(ended.status);
  });
});

describe.concurrent("placeholders", () => {
  it("are filled for every file", async ({ onTestFinished }) => {
    const { hostname } = await import("node:os");
    const host = await Host.make(onTestFinished);
    host.write("log/a.log", "x\n");
    host.write("log/b c.log", "x\n");
    host.configure([
      {
        file_path: "log/*.log",
        log_group_name: "/{aws_region}/{file_name}",
        log_stream_name: "{hostname}-{local_hostname}-{instance_id}-{file_name}",
      },
    ]);
    expect((await host.once()).status).toBe(0);
    const own = hostname();
    expect((await host.groups()).map(({ logGroupName }) => logGroupName)).toEqual([
      "/us-east-1/a.log",
      "/us-east-1/b_c.log",
    ]);
    expect(await host.streams("/us-east-1/a.log")).toEqual([`${own}-${own}-${own}-a.log`]);
  });
});

describe.concurrent("one stream for several files", () => {
  it("takes each file in order, and all of every file", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    for (const name of ["a", "b", "c"]) host.write(`${name}.log`, text(lines(4_000, name)));
    host.configure([{ file_path: "*.log", log_group_name: "/shared", log_stream_name: "all" }]);
    const agent = await host.running(["--json"]);
    for (let round = 0; round < 3; round++) {
      for (const name of ["a", "b", "c"]) host.append(`${name}.log`, text(lines(100, `${name}${round}`)));
      await sleep(150);
    }
    const ended = await agent.stop();
    expect(ended.status).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(3 * 4_300));
    const messages = await host.messages("/shared", "all");
    for (const name of ["a", "b", "c"])
      expect(messages.filter((message) => message.startsWith(name))).toEqual([
        ...lines(4_000, name),
        ...[0, 1, 2].flatMap((round) => lines(100, `${name}${round}`)),
      ]);
  });

  it("has times that never go back", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    for (const name of ["a", "b"]) host.write(`${name}.log`, text(lines(15_000, name)));
    host.configure([{ file_path: "*.log", log_group_name: "/shared", log_stream_name: "all" }]);
    const before = Date.now();
    expect((await host.once()).status).toBe(0);
    const times = (await host.events("/shared", "all")).map(({ timestamp = 0 }) => timestamp);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(before);
    expect(times.at(-1)).toBeLessThanOrEqual(Date.now());
  });
});
