import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { systemFiles } from "../../agent/io/files.ts";
import type { Files, OpenFile } from "../../agent/logs/ports.ts";

let folder = "";
let files: Files;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-files-"));
  mkdirSync(join(folder, "state"));
  files = systemFiles(join(folder, "state"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const at = (name: string): string => join(folder, name);
const write = (name: string, content: string | Uint8Array = "x\n"): string => {
  writeFileSync(at(name), content);
  return at(name);
};
const idOf = (path: string) => {
  const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
  return { dev, ino, bornAt: Number(birthtimeNs) / 1e6 };
};
const read = async (file: OpenFile, position: number, length: number): Promise<string> => {
  const into = Buffer.alloc(length + 10, ".");
  const got = await file.read(into, 5, length, position);
  expect(into.toString("latin1").startsWith(".....")).toBe(true);
  return into.toString("latin1", 5, 5 + got);
};
const code = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );

describe("an open file", () => {
  it("is read at any position, and knows its size of the moment", async () => {
    const file = await files.open(write("a.log", "0123456789"));
    expect(file.id).toEqual(idOf(at("a.log")));
    expect([
      await read(file, 0, 4),
      await read(file, 6, 100),
      await read(file, 10, 5),
      await read(file, 99, 5),
    ]).toEqual(["0123", "6789", "", ""]);
    appendFileSync(at("a.log"), "more");
    expect([file.size(), await read(file, 10, 4)]).toEqual([14, "more"]);
    file.close();
  });

  it("stays the same file when its name goes to another one, or away", async () => {
    const file = await files.open(write("a.log", "old"));
    renameSync(at("a.log"), at("b.log"));
    write("a.log", "new content");
    expect([await read(file, 0, 9), file.size()]).toEqual(["old", 3]);
    rmSync(at("b.log"));
    expect(await read(file, 0, 9)).toBe("old");
    file.close();
  });

  it.each([
    ["missing", () => undefined, "ENOENT"],
    ["a dangling link", (path: string) => symlinkSync("nowhere", path), "ENOENT"],
    ["a circle of links", (path: string) => symlinkSync(path, path), "ELOOP"],
  ])("cannot be had when it is %s", async (_, make, expected) => {
    make(at("odd"));
    expect(await code(files.open(at("odd")))).toBe(expected);
  });

  it("does not wait for a writer when it turns out to be a pipe", { timeout: 3_000 }, async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const file = await files.open(at("pipe"));
    file.close();
  });

  it("tells its own path behind links", async () => {
    write("real.log");
    symlinkSync("real.log", at("link.log"));
    expect(await files.realPath(at("link.log"))).toBe(at("real.log"));
    expect(await code(files.realPath(at("missing")))).toBe("ENOENT");
  });
});

describe("a compressed file", () => {
  const lines = Array.from({ length: 60_000 }, (_, line) => `${line} ${"x".repeat(line % 90)}\n`).join("");

  it("is what was compressed, from any position, forward and back", async () => {
    const file = await files.open(write("a.log.gz", gzipSync(lines)));
    expect(file.size()).toBe(lines.length);
    for (const position of [0, 1_000, 2_500_000, 2_400_000, 10, lines.length - 5, lines.length])
      expect(await read(file, position, 2_000)).toBe(lines.slice(position, position + 2_000));
    file.close();
  });

  it("reads on in what it has opened, whatever has its name by now", async () => {
    const lines = Array.from({ length: 300_000 }, (_, at) => `line ${at}\n`).join("");
    const path = write("a.log.1.gz", gzipSync(lines));
    const file = await files.open(path);
    const bytes = Buffer.alloc(1_000);
    await file.read(bytes, 0, 1_000, 2_000_000);
    renameSync(path, `${path.slice(0, -4)}2.gz`);
    write("a.log.1.gz", gzipSync("another file\n".repeat(200_000)));
    // Back to the beginning, for which it is decompressed once more.
    await file.read(bytes, 0, 1_000, 0);
    expect(bytes.toString()).toBe(lines.slice(0, 1_000));
    unlinkSync(`${path.slice(0, -4)}2.gz`);
    await file.read(bytes, 0, 1_000, 2_000_000);
    await file.read(bytes, 0, 1_000, 10);
    expect(bytes.toString()).toBe(lines.slice(10, 1_010));
    file.close();
    await expect(file.read(bytes, 0, 1_000, 0)).rejects.toThrow();
  });

  it("can be closed while it is being read", async () => {
    const file = await files.open(write("a.log.1.gz", gzipSync("line\n".repeat(1_000_000))));
    const reads = Promise.allSettled([file.read(Buffer.alloc(100), 0, 100, 4_000_000)]);
    file.close();
    await reads;
    file.close();
  });

  it.each(["no gzip at all\n", "\x1f no gzip either\n", "n"])(
    "may be none, whatever its name: %j",
    async (text) => {
      const file = await files.open(write("a.gz", text));
      expect([file.size(), await read(file, 0, 99)]).toEqual([text.length, text]);
      file.close();
    },
  );

  it("may consist of several parts", async () => {
    const file = await files.open(write("a.gz", Buffer.concat([gzipSync("one\n"), gzipSync("two\n")])));
    expect([file.size(), await read(file, 0, 99)]).toEqual([8, "one\ntwo\n"]);
    file.close();
  });

  it.each([
    ["cut off", gzipSync("x".repeat(10_000)).subarray(0, 30)],
    ["damaged", Buffer.concat([gzipSync("x").subarray(0, 2), Buffer.from("no gzip at all")])],
    ["empty", Buffer.alloc(0)],
    ["only begun", Buffer.from([0x1f])],
  ])("that is %s cannot be opened", async (_, content) => {
    expect(await code(files.open(write("a.gz", content)))).toMatch(/^Z_|EMPTY|unexpected end/);
  });
});

describe("a file that is closed", () => {
  it("is closed once, whoever says so, and never answers for the file that got its number", async () => {
    write("a.log", "first\n");
    write("b.log", "second\n");
    const first = await files.open(at("a.log"));
    const bytes = Buffer.alloc(8);
    const underWay = first.read(bytes, 0, 6, 0);
    first.close();
    first.close();
    expect([await underWay, bytes.toString("utf8", 0, 6)]).toEqual([6, "first\n"]);
    const second = await files.open(at("b.log"));
    first.close();
    await expect(first.read(bytes, 0, 6, 0)).rejects.toThrow("closed");
    expect(() => first.size()).toThrow("closed");
    expect(await second.read(bytes, 0, 7, 0)).toBe(7);
    second.close();
  });
});

describe("siblings", () => {
  it("are what rotation may have made of a file, newest first", async () => {
    const names = [
      "app.log",
      "app.log.1",
      "app.log.2.gz",
      "app-20261124.log",
      "app.log-20261123",
      "other.log",
      "ap.log",
    ];
    names.forEach((name, age) => {
      write(name, name);
      utimesSync(at(name), 2_000_000 - age, 2_000_000 - age);
    });
    mkdirSync(at("app.log.d"));
    symlinkSync("nowhere", at("app.log.broken"));
    const found = await files.siblings(at("app.log"));
    expect(found.map(({ path }) => basename(path))).toEqual([
      "app.log.1",
      "app.log.2.gz",
      "app-20261124.log",
      "app.log-20261123",
    ]);
    expect(found[0]).toMatchObject({ ...idOf(at("app.log.1")), size: 9, modifiedAt: 1_999_999_000 });
    expect(found[0]?.bornAt).toBeGreaterThan(Date.now() - 60_000);
  });

  it("are all there while numbers move up", { timeout: 20_000 }, async () => {
    const numbers = [1, 2, 3, 4, 5, 6];
    for (const number of numbers) write(`app.log.${number}`, String(number));
    const inodes = numbers.map((number) => statSync(at(`app.log.${number}`), { bigint: true }).ino);
    // One process, so that nothing goes on in the directory once it is killed.
    const moves = `const { renameSync } = require("node:fs");
      const wait = new Int32Array(new SharedArrayBuffer(4));
      for (let from = 1; ; from++) {
        for (let number = 5; number >= 0; number--) {
          renameSync("app.log." + (from + number), "app.log." + (from + number + 1));
          Atomics.wait(wait, 0, 0, 1);
        }
        Atomics.wait(wait, 0, 0, 1 + 10 * (from % 3));
      }`;
    const moving = spawn(process.execPath, ["-e", moves], { cwd: folder, stdio: "ignore" });
    onTestFinished(async () => {
      moving.kill("SIGKILL");
      await once(moving, "exit");
    });
    for (let looks = 0; looks < 300; looks++) {
      const found = (await files.siblings(at("app.log"))).map(({ ino }) => ino);
      expect(inodes.filter((ino) => !found.includes(ino))).toEqual([]);
      await pause(looks % 7);
    }
  });

  it("are none where the directory is gone", async () => {
    expect(await files.siblings(at("missing/app.log"))).toEqual([]);
  });
});

describe("a second name", () => {
  it("keeps a file that everybody else has deleted, until it is released", async () => {
    const path = write("a.log", "kept");
    const id = idOf(path);
    const held = await files.hold(path, id);
    rmSync(path);
    expect(readFileSync(held, "utf8")).toBe("kept");
    expect(await files.held(path, id)).toBe(held);
    await files.release(held);
    expect([existsSync(held), await files.held(path, id)]).toEqual([false, undefined]);
  });

  it("is in a directory for its owner alone", async () => {
    const path = write("a.log");
    const held = await files.hold(path, idOf(path));
    expect(held.startsWith(join(folder, "state", "held"))).toBe(true);
    expect((statSync(join(folder, "state", "held")).mode & 0o777).toString(8)).toBe("700");
  });

  it("may be asked for twice", async () => {
    const path = write("a.log");
    expect(await files.hold(path, idOf(path))).toBe(await files.hold(path, idOf(path)));
  });

  it("is of that file only", async () => {
    const path = write("a.log");
    await files.hold(path, idOf(path));
    expect(await files.held(path, idOf(write("b.log")))).toBeUndefined();
  });

  it("cannot be had of what is gone", async () => {
    const path = write("a.log");
    const id = idOf(path);
    rmSync(path);
    expect(await code(files.hold(path, id))).toBe("ENOENT");
  });

  it("is not mistaken when another file bears it", async () => {
    const path = write("a.log");
    const id = idOf(path);
    mkdirSync(at("state/held"));
    linkSync(write("b.log"), join(folder, "state", "held", `${id.dev}-${id.ino}`));
    expect(await files.held(path, id)).toBeUndefined();
  });
});

describe("free space", () => {
  it("is told for any path, and not for one that is not there", () => {
    chmodSync(folder, 0o700);
    expect(files.freeBytes(folder)).toBeGreaterThan(0);
    expect(files.freeBytes(at("missing"))).toBeUndefined();
  });
});
