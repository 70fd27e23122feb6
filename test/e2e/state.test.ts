/** The state directory, and the end of an agent: whose it is, who may read it, and what is kept when a signal comes. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { accountingOf, all, type Ended, Host, lines, NOBODY, sleep, text, until } from "./agent.ts";

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

const simple = async (...[onTestFinished, faults]: Parameters<typeof Host.make>): Promise<Host> => {
  const host = await Host.make(onTestFinished, faults);
  host.write("app.log", text(lines(3)));
  host.configure([{ file_path: "app.log", log_group_name: "/state" }]);
  return host;
};

const refusal = ({ status, out, err }: Ended) => ({
  status,
  out,
  code: /\((\w+)\)\n$/.exec(err)?.[1],
});

describe.concurrent("the state directory", () => {
  it("is made for its owner alone, and so is all that is in it", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    const deep = join(host.state, "a", "b");
    host.state = deep;
    await host.running();
    expect(mode(deep)).toBe("700");
    expect(mode(join(deep, ".."))).toBe("700");
    const files = readdirSync(deep);
    expect(files).toEqual(expect.arrayContaining(["checkpoints.db", "control.sock"]));
    expect(Object.fromEntries(files.map((name) => [name, mode(join(deep, name))]))).toEqual(
      Object.fromEntries(files.map((name) => [name, "600"])),
    );
  });

  it("serves one agent at a time", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    const first = await host.running();
    const second = await host.once();
    expect(refusal(second)).toEqual({ status: 1, out: "", code: "STATE_LOCKED" });
    expect(second.err).toContain(`${host.state} is in use by another host-agent`);
    // The refused one has left the other its socket.
    expect((await host.status()).files).toHaveLength(1);
    expect((await first.stop()).status).toBe(0);
    expect((await host.once()).status).toBe(0);
    expect(await host.messages("/state", "app.log")).toEqual(lines(3));
  });

  it("is free again after a kill, with what was committed", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    const agent = await host.running();
    await host.arrived("/state", "app.log", lines(3));
    // Durable within 200 ms.
    await until(async () => (await host.status()).files[0]?.lag_bytes, 0);
    await sleep(300);
    expect((await agent.stop("SIGKILL")).signal).toBe("SIGKILL");
    expect(existsSync(join(host.state, "control.sock"))).toBe(true);
    host.append("app.log", "more\n");
    expect(accountingOf(await host.once()).records).toEqual(all(1));
    expect(await host.messages("/state", "app.log")).toEqual([...lines(3), "more"]);
  });

  it("is refused when it is a file, and the file stays", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    writeFileSync(host.state, "mine");
    const ended = await host.once();
    expect(refusal(ended)).toEqual({ status: 1, out: "", code: "STATE_UNUSABLE" });
    expect(ended.err).toContain(host.state);
    expect(statSync(host.state).size).toBe(4);
  });

  it("is refused when a part of its path is a file", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    const ended = await host.once(["--state-dir", host.at("app.log", "state")]);
    expect(refusal(ended)).toEqual({ status: 1, out: "", code: "STATE_UNUSABLE" });
    expect(ended.err).toContain(host.at("app.log", "state"));
  });

  it("is refused when it cannot be written", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    chmodSync(host.at("app.log"), 0o644);
    mkdirSync(host.state, { mode: 0o555 });
    chmodSync(host.state, 0o555);
    const ended = await host.once([], NOBODY);
    expect(refusal(ended)).toEqual({ status: 1, out: "", code: "STATE_UNUSABLE" });
    expect(ended.err).toContain(`host-agent: ${host.state}`);
    expect(readdirSync(host.state)).toEqual([]);
    expect(host.endpoint.stats().requests).toEqual({});
  });

  it("is refused when it cannot be made", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    mkdirSync(host.at("closed"), { mode: 0o555 });
    const ended = await host.once(["--state-dir", host.at("closed", "state")], NOBODY);
    expect(refusal(ended)).toEqual({ status: 1, out: "", code: "STATE_UNUSABLE" });
    expect(ended.err).toContain("permission denied");
  });

  it("is refused when its path is too long for the name of a socket", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    const ended = await host.once(["--state-dir", host.at("s".repeat(120))]);
    expect(refusal(ended)).toEqual({ status: 1, out: "", code: "STATE_UNUSABLE" });
    expect(ended.err).toContain("too long for the name of a socket");
  });

  it.for([
    [
      "no database",
      Buffer.from("this is no database, and too long to be taken for an empty one ".repeat(100)),
    ],
    ["a torn one", Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(8_192, 0xff)])],
  ] as const)(
    "whose checkpoints are %s is used all the same; the damaged file is kept, and somebody is told",
    async ([, content], { onTestFinished }) => {
      const host = await simple(onTestFinished);
      mkdirSync(host.state);
      writeFileSync(join(host.state, "checkpoints.db"), content);
      const ended = await host.once();
      expect(ended.status, ended.err).toBe(0);
      expect(accountingOf(ended).records).toEqual(all(3));
      expect(ended.err).toMatch(/"level":50,.*"event":"checkpoints\.damaged"/);
      const kept = readdirSync(host.state).filter((name) => /^checkpoints\.db\.damaged/.test(name));
      expect(kept.map((name) => readFileSync(join(host.state, name)).equals(content))).toEqual([true]);
      expect(accountingOf(await host.once()).records.read).toBe(0);
    },
  );

  it("may be given relative to where the agent is started", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    // The processes of these tests are started in `/`.
    expect((await host.once(["--state-dir", host.state.slice(1)])).status).toBe(0);
    expect(existsSync(join(host.state, "checkpoints.db"))).toBe(true);
  });
});

describe.concurrent("a signal", () => {
  it.for(["SIGTERM", "SIGINT"] as const)(
    "%s: what is there is shipped, then it ends with 0",
    async (signal, { onTestFinished }) => {
      const host = await simple(onTestFinished);
      const agent = await host.running(["--json"]);
      await host.arrived("/state", "app.log", lines(3));
      host.append("app.log", "last words\n");
      const ended = await agent.stop(signal);
      expect({ status: ended.status, signal: ended.signal }).toEqual({ status: 0, signal: null });
      expect(accountingOf(ended).records).toEqual(all(4));
      expect(await host.messages("/state", "app.log")).toEqual([...lines(3), "last words"]);
      expect(existsSync(join(host.state, "control.sock"))).toBe(false);
      expect(accountingOf(await host.once()).records.read).toBe(0);
    },
  );

  it("during a long start ends the start", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    const agent = await host.start();
    const ended = await agent.stop();
    // Before the program has taken the signal over, it is the system's default.
    expect([0, null]).toContain(ended.status);
  });

  it("leaves what cannot be shipped within the deadline for the next run", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished, {
      rules: [{ match: { operation: "PutLogEvents" }, fault: { hang: { ms: 60_000 } } }],
    });
    const agent = await host.running(["--json", "--deadline", "700ms"]);
    await until(() => host.endpoint.stats().faults, 1);
    const startedAt = Date.now();
    const ended = await agent.stop();
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(ended.status).toBe(75);
    expect(accountingOf(ended).records).toMatchObject({ read: 3, in_flight: 3 });
    host.endpoint.setFaults({});
    expect(accountingOf(await host.once()).records).toEqual(all(3));
    expect(await host.messages("/state", "app.log")).toEqual(lines(3));
  });

  it("that comes a second time ends it at once", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished, {
      rules: [{ match: { operation: "PutLogEvents" }, fault: { hang: { ms: 60_000 } } }],
    });
    const agent = await host.running(["--json"]);
    await until(() => host.endpoint.stats().faults, 1);
    const startedAt = Date.now();
    void agent.stop("SIGINT");
    await sleep(100);
    const ended = await agent.stop("SIGINT");
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(ended.status).toBe(75);
    accountingOf(ended);
  });

  it("does not cut a line that is being written", async ({ onTestFinished }) => {
    const host = await simple(onTestFinished);
    host.append("app.log", "half a li");
    const agent = await host.running(["--json"]);
    await host.arrived("/state", "app.log", lines(3));
    const ended = await agent.stop();
    expect(ended.status).toBe(0);
    expect(await host.messages("/state", "app.log")).toEqual(lines(3));
    host.append("app.log", "ne\n");
    await host.once();
    expect(await host.messages("/state", "app.log")).toEqual([...lines(3), "half a line"]);
  });
});

/** Loaded into the agent: as long as a file is there, the state is on a disk without a free byte. */
const fullWhile = (flag: string): string => `
  const { existsSync } = require("node:fs");
  const { DatabaseSync } = require("node:sqlite");
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === "BEGIN" && existsSync(${JSON.stringify(flag)})) throw new Error("database or disk is full");
    return exec.call(this, sql);
  };
`;

describe.concurrent("a signal while the state cannot be written", { timeout: 60_000 }, () => {
  const begin = async (onTestFinished: Parameters<typeof Host.make>[0]) => {
    const host = await simple(onTestFinished);
    const flag = host.at("full");
    const agent = await host.running(["--deadline", "3s"], {
      env: { NODE_OPTIONS: `--require ${host.write("preload.cjs", fullWhile(flag))}` },
    });
    const events = async () => (await host.events("/state", "app.log")).length;
    await until(events, 3, 6_000);
    // What was taken until now is remembered.
    await sleep(300);
    writeFileSync(flag, "");
    host.append("app.log", text(lines(2)));
    await until(events, 5, 6_000);
    return { host, flag, agent, events };
  };

  it("is waited with until there is room again: nothing is sent twice", async ({ onTestFinished }) => {
    const { host, flag, agent, events } = await begin(onTestFinished);
    const ended = agent.stop();
    await sleep(1_000);
    rmSync(flag);
    expect((await ended).status).toBe(0);
    expect((await host.once()).status).toBe(0);
    expect(await events()).toBe(5);
  });

  it("ends with 75 when the time is up", async ({ onTestFinished }) => {
    const { agent } = await begin(onTestFinished);
    const { status, err } = await agent.stop();
    expect(err).toContain("What was shipped last is not remembered, and will be shipped again");
    expect(status).toBe(75);
  });
});
