/** What can lie under a path besides a well-behaved log file: each is told apart, and costs no other file anything. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { accountingOf, all, Host, NOBODY, text, until } from "./agent.ts";

/** The reasons that `status` gives for what it skips, by the name in the directory of the host. */
const skipped = async (host: Host): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    (await host.status()).skipped.map(({ path, message }) => [path.replace(`${host.folder}/`, ""), message]),
  );

const good = ["one", "two"];

describe.concurrent("what is no file", () => {
  it("is skipped with its reason, and the file beside it is shipped", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/good.log", text(good));
    execFileSync("mkfifo", [host.at("app/pipe.log")]);
    symlinkSync("nowhere", host.at("app/dangling.log"));
    symlinkSync("circle-b.log", host.at("app/circle-a.log"));
    symlinkSync("circle-a.log", host.at("app/circle-b.log"));
    symlinkSync("/dev/zero", host.at("app/zero.log"));
    mkdirSync(host.at("app/folder.log"));
    const server = createServer().listen(host.at("app/socket.log"));
    onTestFinished(() => void server.close());
    await until(() => server.listening, true);
    host.configure([
      { file_path: "app/*.log", log_group_name: "/bad" },
      { file_path: "app/folder.log", log_group_name: "/bad" },
    ]);

    const agent = await host.running();
    await host.arrived("/bad", "good.log", good);
    expect(await skipped(host)).toEqual({
      "app/pipe.log": "not a regular file: a FIFO",
      "app/socket.log": "not a regular file: a socket",
      "app/zero.log": "not a regular file: a device",
      "app/dangling.log": "the link points to nothing",
      "app/circle-a.log": "the links go in a circle",
      "app/circle-b.log": "the links go in a circle",
      "app/folder.log": "not a regular file: a directory",
    });
    const { out } = await host.ask();
    expect(out).toContain(`skipped: ${host.at("app/pipe.log")}: not a regular file: a FIFO\n`);
    // Once each, however often it is looked at.
    const notes = agent
      .err()
      .split("\n")
      .filter((line) => line.startsWith("{"));
    expect(notes).toHaveLength(7);
    for (const line of notes) expect(JSON.parse(line)).toMatchObject({ event: "path.skipped", level: 40 });
    expect((await agent.stop()).status).toBe(0);
  });

  it("does not keep --once from its end", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/good.log", text(good));
    execFileSync("mkfifo", [host.at("app/pipe.log")]);
    symlinkSync("dangling", host.at("app/link.log"));
    host.configure([{ file_path: "app/*.log", log_group_name: "/bad" }]);
    const ended = await host.once();
    expect(ended.status).toBe(0);
    expect(accountingOf(ended)).toMatchObject({
      records: all(2),
      files: [{ path: host.at("app/good.log") }],
    });
  });

  it("is shipped as soon as it is a file", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    symlinkSync("target", host.at("late.log"));
    host.configure([{ file_path: "late.log", log_group_name: "/bad" }]);
    await host.running();
    expect(await skipped(host)).toEqual({ "late.log": "the link points to nothing" });
    host.write("target", text(good));
    await host.arrived("/bad", "late.log", good);
    await until(() => skipped(host), {}, 6_000);
  });

  it("that takes the place of a file while the agent runs stops nothing", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/a.log", text(good));
    host.write("app/b.log", text(good));
    host.configure([{ file_path: "app/*.log", log_group_name: "/bad" }]);
    await host.running();
    await host.arrived("/bad", "a.log", good);
    await host.arrived("/bad", "b.log", good);
    execFileSync("sh", ["-c", 'rm "$1" && mkfifo "$1"', "sh", host.at("app/a.log")]);
    host.append("app/b.log", "three\n");
    await host.arrived("/bad", "b.log", [...good, "three"]);
    await until(() => skipped(host), { "app/a.log": "not a regular file: a FIFO" }, 7_000);
  });
});

describe.concurrent("a link", () => {
  it("to a file is followed, and named as it is", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("elsewhere/real.txt", text(good));
    mkdirSync(host.at("app"));
    symlinkSync("../elsewhere/real.txt", host.at("app/link.log"));
    host.configure([{ file_path: "app/*.log", log_group_name: "/link" }]);
    expect(accountingOf(await host.once()).records).toEqual(all(2));
    expect(await host.messages("/link", "link.log")).toEqual(good);
  });

  it("in the directory part of a path is followed", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("v1/app.log", text(good));
    symlinkSync("v1", host.at("current"));
    host.configure([
      { file_path: "current/app.log", log_group_name: "/link/plain" },
      { file_path: "current/*.log", log_group_name: "/link/glob" },
    ]);
    expect((await host.once()).status).toBe(0);
    expect(await host.messages("/link/plain", "app.log")).toEqual(good);
    expect(await host.messages("/link/glob", "app.log")).toEqual(good);
  });

  it("from a directory into itself is no endless walk", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/a.log", text(good));
    symlinkSync(".", host.at("app/self"));
    symlinkSync("..", host.at("app/up"));
    host.configure([{ file_path: "app/**/*.log", log_group_name: "/link" }]);
    const ended = await host.once();
    expect(ended.status).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(2));
  });

  it("beside its file makes no second copy", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/app-1.log", text(good));
    symlinkSync("app-1.log", host.at("app/app.log"));
    host.configure([{ file_path: "app/*.log", log_group_name: "/link", log_stream_name: "all" }]);
    const ended = await host.once();
    expect(ended.status).toBe(0);
    expect(accountingOf(ended).records).toEqual(all(2));
    expect(await host.messages("/link", "all")).toEqual(good);
  });
});

describe.concurrent("without permission", () => {
  it("others go on, status says so, and it is tried again", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/good.log", text(good));
    chmodSync(host.write("app/secret.log", "hidden\n"), 0o000);
    host.configure([{ file_path: "app/*.log", log_group_name: "/closed" }]);
    const agent = await host.running([], NOBODY);
    await host.arrived("/closed", "good.log", good);
    const secret = async () => (await host.status()).files.find(({ path }) => path.endsWith("secret.log"));
    await until(async () => (await secret())?.last_error ?? "", expect.stringMatching(/permission denied/i));
    expect(await secret()).toMatchObject({ offset: 0, size: 7, lag_bytes: 7 });
    expect((await host.ask()).out).toMatch(/^trouble: .*secret\.log: .*permission denied/m);
    host.append("app/good.log", "three\n");
    await host.arrived("/closed", "good.log", [...good, "three"]);
    // Reported, but not again and again.
    await sleep(1_500);
    const reports = agent
      .err()
      .split("\n")
      .filter((line) => line.includes("secret.log"));
    expect(reports).toHaveLength(1);

    chmodSync(host.at("app/secret.log"), 0o644);
    await host.arrived("/closed", "secret.log", ["hidden"], 8_000);
    await until(async () => (await secret())?.last_error, null);
  });

  it("in a directory, its neighbours go on, and it is found when it opens", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/open/good.log", text(good));
    host.write("app/shut/secret.log", "hidden\n");
    chmodSync(host.at("app/shut"), 0o000);
    host.configure([{ file_path: "app/*/*.log", log_group_name: "/closed" }]);
    await host.running([], NOBODY);
    await host.arrived("/closed", "good.log", good);
    await until(() => skipped(host), { "app/shut": "permission denied" });
    chmodSync(host.at("app/shut"), 0o755);
    await host.arrived("/closed", "secret.log", ["hidden"], 8_000);
    await until(() => skipped(host), {}, 7_000);
  });

  it("--once ships the rest, names it, and ends with 75", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/good.log", text(good));
    chmodSync(host.write("app/secret.log", "hidden\n"), 0o000);
    host.configure([{ file_path: "app/*.log", log_group_name: "/closed" }]);
    const ended = await host.once(["--deadline", "5s"], NOBODY);
    expect(ended.status).toBe(75);
    expect(accountingOf(ended).records).toEqual(all(2));
    expect(ended.err).toMatch(/^not shipped: .*secret\.log: 7 bytes \(.*permission denied.*\)$/m);
    chmodSync(host.at("app/secret.log"), 0o644);
    const second = await host.once([], NOBODY);
    expect(second.status).toBe(0);
    expect(accountingOf(second).records).toEqual(all(1));
  });

  it("taken away from a file that is open already, the rest of it is shipped all the same", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished);
    host.write("a.log", text(good));
    host.configure([{ file_path: "a.log", log_group_name: "/closed" }]);
    chmodSync(host.at("a.log"), 0o644);
    await host.running([], NOBODY);
    await host.arrived("/closed", "a.log", good);
    chmodSync(host.at("a.log"), 0o000);
    host.append("a.log", "three\n");
    await host.arrived("/closed", "a.log", [...good, "three"]);
  });
});

describe.concurrent("what is changed on the way", () => {
  it("is counted: lines that were cut, and records that were repaired", async ({ onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write("long.log", `${"x".repeat(5_000_000)}\nshort\n`);
    host.write("latin.log", Buffer.from("caf\xe9\nna\xefve\nplain\n", "latin1"));
    host.configure([{ file_path: "*.log", log_group_name: "/altered" }]);
    await host.running();
    await until(async () => (await host.status()).records.accepted, 5 + 1 + 3, 8_000);
    expect((await host.status()).altered).toEqual({ cuts: 4, repaired: 2 });
    const { out } = await host.ask();
    expect(out).toContain("cut: 4 times");
    expect(out).toContain("repaired: 2 records");
  });
});

const A_MEGABYTE = 1_048_550;

describe.concurrent("odd content", () => {
  const ship = async (
    content: string | Uint8Array,
    ...[onTestFinished]: Parameters<typeof Host.make>
  ): Promise<{ host: Host; accounting: ReturnType<typeof accountingOf>; messages: readonly string[] }> => {
    const host = await Host.make(onTestFinished);
    host.write("odd.log", content);
    host.write("good.log", text(good));
    host.configure([
      { file_path: "odd.log", log_group_name: "/odd" },
      { file_path: "good.log", log_group_name: "/good" },
    ]);
    const ended = await host.once();
    expect(ended.status, ended.err).toBe(0);
    expect(await host.messages("/good", "good.log")).toEqual(good);
    const accounting = accountingOf(ended);
    expect(accounting.bytes.read).toBe(Buffer.from(content).length + text(good).length);
    return { host, accounting, messages: await host.messages("/odd", "odd.log") };
  };

  it("an empty file: nothing to send, not even a group", async ({ onTestFinished }) => {
    const { host, accounting } = await ship("", onTestFinished);
    expect(accounting.records).toEqual(all(2));
    expect((await host.groups()).map(({ logGroupName }) => logGroupName)).toEqual(["/good"]);
  });

  it("no newline at the end", async ({ onTestFinished }) => {
    expect((await ship("one\nlast", onTestFinished)).messages).toEqual(["one", "last"]);
  });

  it("NUL bytes, controls and escapes arrive as they are", async ({ onTestFinished }) => {
    const odd = ["\0", "a\0b\0", "\u001b[31mred\u001b[0m", '\\ "quoted" \t \u007f', "\u2028\ufeff"];
    expect((await ship(text(odd), onTestFinished)).messages).toEqual(odd);
  });

  it("a hole in the file is a line of NUL bytes", async ({ onTestFinished }) => {
    const { messages } = await ship(
      Buffer.concat([Buffer.from("one\n"), Buffer.alloc(100_000), Buffer.from("\ntwo\n")]),
      onTestFinished,
    );
    expect(messages).toEqual(["one", "\0".repeat(100_000), "two"]);
  });

  it("invalid UTF-8 is replaced, and only where it is invalid", async ({ onTestFinished }) => {
    const odd = Buffer.concat([
      Buffer.from("good é\n"),
      Buffer.from([0xff, 0xfe, 0x41, 10]),
      Buffer.from("cut off \xc3\nsurrogate \xed\xa0\x80\n", "latin1"),
      Buffer.from("fine 日本\n"),
    ]);
    const { messages } = await ship(odd, onTestFinished);
    expect(messages).toEqual(new TextDecoder().decode(odd).trimEnd().split("\n"));
    expect(messages).toHaveLength(5);
  });

  it("carriage returns belong to the line", async ({ onTestFinished }) => {
    expect((await ship("dos\r\nmid\rdle\r\n\r\n", onTestFinished)).messages).toEqual([
      "dos\r",
      "mid\rdle\r",
      "\r",
    ]);
  });

  it("empty lines are counted as dropped, since the service takes no empty message", async ({
    onTestFinished,
  }) => {
    const { accounting, messages } = await ship("\n\none\n\n\n\ntwo\n\n", onTestFinished);
    expect(messages).toEqual(["one", "two"]);
    expect(accounting.records).toMatchObject({ read: 10, accepted: 4, dropped: 6 });
    expect(accounting.bytes).toMatchObject({ dropped: 6 });
  });

  it("nothing but empty lines: all is accounted for", async ({ onTestFinished }) => {
    const { accounting, messages } = await ship("\n".repeat(25_000), onTestFinished);
    expect(messages).toEqual([]);
    expect(accounting.records).toMatchObject({ read: 25_002, accepted: 2, dropped: 25_000 });
  });

  it("a line of 5 MB is cut where it must be, without a byte lost", async ({ onTestFinished }) => {
    const long = Array.from({ length: 500_000 }, (_, at) => `${at}é`.padStart(9)).join("");
    const { messages, accounting, host } = await ship(`before\n${long}\nafter\n`, onTestFinished);
    expect(messages[0]).toBe("before");
    expect(messages.at(-1)).toBe("after");
    const pieces = messages.slice(1, -1);
    expect(pieces.length).toBe(Math.ceil(Buffer.byteLength(long) / A_MEGABYTE));
    for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(A_MEGABYTE);
    expect(pieces.join("") === long).toBe(true);
    // A record is an event: the line counts as often as it was cut.
    expect(accounting.records).toEqual(all(2 + 2 + pieces.length));
    expect(accounting.bytes).toEqual(all(Buffer.byteLength(`before\n${long}\nafter\n`) + text(good).length));
    expect(host.endpoint.stats().rejected).toBe(0);
  });

  it("a line of 5 MB without an end waits for no other file", async ({ onTestFinished }) => {
    const { messages } = await ship("x".repeat(5_242_880), onTestFinished);
    expect(messages.join("").length).toBe(5_242_880);
    expect(new Set(messages.join(""))).toEqual(new Set("x"));
  });

  it("5 MB of invalid bytes in one line are repaired piece by piece", async ({ onTestFinished }) => {
    const { messages } = await ship(
      Buffer.concat([Buffer.alloc(5_000_000, 0xff), Buffer.from("\n")]),
      onTestFinished,
    );
    expect(messages.join("").length).toBe(5_000_000);
    expect(new Set(messages.join(""))).toEqual(new Set("\ufffd"));
  });

  it("the longest message that the service takes is sent whole, one byte more is cut", async ({
    onTestFinished,
  }) => {
    const { messages } = await ship(
      `${"a".repeat(A_MEGABYTE)}\n${"b".repeat(A_MEGABYTE + 1)}\nshort\n`,
      onTestFinished,
    );
    expect(messages.map(({ length }) => length)).toEqual([A_MEGABYTE, A_MEGABYTE, 1, 5]);
  });
});

describe.concurrent("names", () => {
  it.for([
    "with space.log",
    "with 'quotes\" & $x `id`.log",
    "ünï-日本.log",
    "a*b?[c].log",
    "back\\slash.log",
  ])("of a file are names, whatever is in them: %s", async (name, { onTestFinished }) => {
    const host = await Host.make(onTestFinished);
    host.write(`app/${name}`, text(good));
    host.configure([{ file_path: "app/*.log", log_group_name: "/names", log_stream_name: "all" }]);
    expect(accountingOf(await host.once())).toMatchObject({
      records: all(2),
      files: [{ path: host.at("app", name) }],
    });
  });

  it("that are no UTF-8 are skipped with a reason, not shipped under another name for ever", async ({
    onTestFinished,
  }) => {
    const host = await Host.make(onTestFinished);
    host.write("app/good.log", text(good));
    execFileSync("sh", ["-c", `printf 'x\\n' > "$1/$(printf 'caf\\351').log"`, "sh", host.at("app")]);
    host.configure([{ file_path: "app/*.log", log_group_name: "/names", log_stream_name: "{file_name}" }]);
    const agent = await host.running();
    await host.arrived("/names", "good.log", good);
    expect(Object.values(await skipped(host))).toEqual(["the name is not valid UTF-8"]);
    expect((await agent.stop()).status).toBe(0);
  });
});
