/** Which files a configuration ships, also those that are not there yet. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { accountingOf, all, Host, lines, text, until } from "./agent.ts";

/** Ships once; gives the names below the directory of the host that were shipped. */
const shipped = async (host: Host): Promise<readonly string[]> => {
  const ended = await host.once();
  expect(ended.status, ended.err).toBe(0);
  const { files, records } = accountingOf(ended);
  expect(records).toEqual(all(files.length));
  return files.map(({ path }) => path.replace(`${host.folder}/`, "")).sort();
};

const TREE = [
  "log/app.log",
  "log/app.txt",
  "log/.hidden.log",
  "log/.git/config.log",
  "log/web/access.log",
  "log/web/error.log",
  "log/web/old/access.log",
  "log/db/slow.log",
  "log/db/deep/er/slow.log",
  "log/app.log.1",
  "log/app.log.2.gz",
  "log/dump.tar",
  "log/a.zst",
  "log/b.bz2",
  "log/c.xz",
  "log/d.zip",
];

const withTree = async (...[onTestFinished]: Parameters<typeof Host.make>): Promise<Host> => {
  const host = await Host.make(onTestFinished);
  for (const name of TREE)
    host.write(name, name.endsWith(".gz") ? gzipSync(`${name.padEnd(500)}\n`) : `${name}\n`);
  return host;
};

describe.concurrent("a glob", () => {
  it.for<[string, string[]]>([
    ["log/app.log", ["log/app.log"]],
    ["log/*.log", ["log/app.log"]],
    ["log/a*", ["log/app.log", "log/app.log.1", "log/app.txt"]],
    ["log/app.???", ["log/app.log", "log/app.txt"]],
    ["log/app.[lt]*", ["log/app.log", "log/app.log.1", "log/app.txt"]],
    ["log/*/*.log", ["log/db/slow.log", "log/web/access.log", "log/web/error.log"]],
    [
      "log/**/*.log",
      [
        "log/app.log",
        "log/db/deep/er/slow.log",
        "log/db/slow.log",
        "log/web/access.log",
        "log/web/error.log",
        "log/web/old/access.log",
      ],
    ],
    ["log/**/slow.log", ["log/db/deep/er/slow.log", "log/db/slow.log"]],
    ["log/{web,db}/*.log", ["log/db/slow.log", "log/web/access.log", "log/web/error.log"]],
    ["log/{web/old,db/deep/er}/*.log", ["log/db/deep/er/slow.log", "log/web/old/access.log"]],
    ["log/{web,nothing}/{access,error}.log", ["log/web/access.log", "log/web/error.log"]],
    ["log/*/old/*", ["log/web/old/access.log"]],
    ["log/.*.log", ["log/.hidden.log"]],
    ["log/.git/*.log", ["log/.git/config.log"]],
    ["log/*.gz", ["log/app.log.2.gz"]],
    ["log/app.log*", ["log/app.log", "log/app.log.1"]],
  ])("%s", async ([pattern, expected], { onTestFinished }) => {
    const host = await withTree(onTestFinished);
    host.configure([{ file_path: pattern, log_group_name: "/globs", log_stream_name: "{file_path}" }]);
    expect(await shipped(host)).toEqual(expected);
  });

  it.for<[string, readonly string[], string[]]>([
    ["log/a*", ["*.txt", "*.1"], ["log/app.log"]],
    [
      "log/**/*.log",
      ["access.log"],
      ["log/app.log", "log/db/deep/er/slow.log", "log/db/slow.log", "log/web/error.log"],
    ],
    [
      "log/**/*.log",
      ["**/deep/**", "**/web/*"],
      ["log/app.log", "log/db/slow.log", "log/web/old/access.log"],
    ],
    ["log/.*.log", [".*"], []],
    ["log/*.log", ["{app,web}.log"], []],
  ])("%s without %s", async ([pattern, exclude, expected], { onTestFinished }) => {
    const host = await withTree(onTestFinished);
    host.configure([
      { file_path: pattern, exclude, log_group_name: "/globs", log_stream_name: "{file_path}" },
    ]);
    expect(await shipped(host)).toEqual(expected);
  });

  it("that matches the same file as another entry ships it to both", async ({ onTestFinished }) => {
    const host = await withTree(onTestFinished);
    host.configure([
      { file_path: "log/app.log", log_group_name: "/globs/one" },
      { file_path: "log/app.*", exclude: ["*.txt", "*.1"], log_group_name: "/globs/two" },
    ]);
    expect(accountingOf(await host.once()).records).toEqual(all(2));
    expect(await host.messages("/globs/one", "app.log")).toEqual(["log/app.log"]);
    expect(await host.messages("/globs/two", "app.log")).toEqual(["log/app.log"]);
    expect(accountingOf(await host.once()).records).toEqual(all(0));
  });
});

describe.concurrent("a compressed file that is asked for by name", () => {
  const packed = async (content: Uint8Array, ...[onTestFinished]: Parameters<typeof Host.make>) => {
    const host = await Host.make(onTestFinished);
    host.write("app.log.1.gz", content);
    host.configure([{ file_path: "*.gz", log_group_name: "/packed" }]);
    return { host, ended: await host.once(["--deadline", "3s"]) };
  };

  it("is shipped unpacked, once", async ({ onTestFinished }) => {
    const { host, ended } = await packed(gzipSync(text(lines(5_000))), onTestFinished);
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(5_000));
    expect(await host.messages("/packed", "app.log.1.gz")).toEqual(lines(5_000));
    expect(accountingOf(await host.once()).records).toEqual(all(0));
  });

  it("is shipped as it is when it is only called so", async ({ onTestFinished }) => {
    const { host, ended } = await packed(Buffer.from(text(lines(50))), onTestFinished);
    expect(ended.status, ended.err).toBe(0);
    expect(await host.messages("/packed", "app.log.1.gz")).toEqual(lines(50));
    expect(accountingOf(await host.once()).records).toEqual(all(0));
  });

  it("may be empty", async ({ onTestFinished }) => {
    const { ended } = await packed(Buffer.alloc(0), onTestFinished);
    expect(ended.status, ended.err).toBe(0);
  });

  it("may be larger than what is in it", async ({ onTestFinished }) => {
    const { ended } = await packed(gzipSync("a\n"), onTestFinished);
    expect(ended.status, ended.err).toBe(0);
    expect(accountingOf(ended)).toMatchObject({ records: all(1), files: [{ offset: 2, size: 2 }] });
  });
});

describe.concurrent("what appears while the agent runs", () => {
  const running = async (pattern: string, ...[onTestFinished]: Parameters<typeof Host.make>) => {
    const host = await Host.make(onTestFinished);
    mkdirSync(host.at("log"));
    host.configure([{ file_path: pattern, log_group_name: "/late" }]);
    await host.running();
    return host;
  };

  it("a file in a directory that is watched", async ({ onTestFinished }) => {
    const host = await running("log/*.log", onTestFinished);
    host.write("log/a.log", "a\n");
    await host.arrived("/late", "a.log", ["a"], 9_000);
    host.write("log/b.log", "b\n");
    await host.arrived("/late", "b.log", ["b"], 6_000);
  });

  it("a file under a plain path", async ({ onTestFinished }) => {
    const host = await running("log/a.log", onTestFinished);
    host.write("log/a.log", "a\n");
    await host.arrived("/late", "a.log", ["a"], 9_000);
  });

  it("the directory of a plain path", async ({ onTestFinished }) => {
    const host = await running("log/new/a.log", onTestFinished);
    host.write("log/new/a.log", "a\n");
    await host.arrived("/late", "a.log", ["a"], 9_000);
  });

  it("the base directory of a glob", async ({ onTestFinished }) => {
    const host = await running("later/app/*.log", onTestFinished);
    host.write("later/app/a.log", "a\n");
    await host.arrived("/late", "a.log", ["a"], 9_000);
    // Once it is known, it is watched.
    await host.status();
    host.append("later/app/a.log", "b\n");
    await host.arrived("/late", "a.log", ["a", "b"], 6_000);
  });

  it("directories below **", async ({ onTestFinished }) => {
    const host = await running("log/**/*.log", onTestFinished);
    host.write("log/x/y/z/a.log", "a\n");
    await host.arrived("/late", "a.log", ["a"], 9_000);
  });

  it("a directory that went away and came back", async ({ onTestFinished }) => {
    const host = await running("log/app/*.log", onTestFinished);
    host.write("log/app/a.log", "a\n");
    await host.arrived("/late", "a.log", ["a"], 9_000);
    rmSync(host.at("log/app"), { recursive: true });
    host.write("log/app/a.log", "b\n");
    await host.arrived("/late", "a.log", ["a", "b"], 6_000);
  });

  it("a file that is moved in from elsewhere", async ({ onTestFinished }) => {
    const host = await running("log/*.log", onTestFinished);
    renameSync(host.write("elsewhere", text(["a", "b"])), host.at("log/a.log"));
    await host.arrived("/late", "a.log", ["a", "b"], 6_000);
  });
});

describe.concurrent("from_beginning: false", () => {
  it("begins at the end of what is there, and at the beginning of what comes later", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished);
    host.write("log/old.log", "old\n");
    host.configure([{ file_path: "log/*.log", log_group_name: "/tail", from_beginning: false }]);
    const agent = await host.running();
    await until(async () => (await host.status()).files[0]?.offset, 4);
    host.append("log/old.log", "new\n");
    host.write("log/later.log", "later\n");
    await host.arrived("/tail", "old.log", ["new"], 6_000);
    await host.arrived("/tail", "later.log", ["later"], 6_000);
    await agent.stop();
    host.append("log/old.log", "while away\n");
    expect(accountingOf(await host.once()).records).toEqual(all(1));
    expect(await host.messages("/tail", "old.log")).toEqual(["new", "while away"]);
  });

  it("ships nothing with --once the first time, and what came since the second time", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished);
    host.write("old.log", "old\n");
    host.configure([{ file_path: "old.log", log_group_name: "/tail", from_beginning: false }]);
    expect(accountingOf(await host.once())).toMatchObject({
      records: all(0),
      files: [{ offset: 4, size: 4 }],
    });
    host.append("old.log", "new\n");
    expect(accountingOf(await host.once()).records).toEqual(all(1));
    expect(await host.messages("/tail", "old.log")).toEqual(["new"]);
  });
});
