import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createListing } from "../../agent/io/listing.ts";
import type { Sweep, Watched } from "../../agent/logs/ports.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-listing-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const at = (name: string): string => join(folder, name);
const write = (name: string, content = "x\n"): string => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
  return at(name);
};
const watched = (pattern: string, ...exclude: string[]): Watched => ({ pattern: at(pattern), exclude });

/** A sweep with names below the folder of the test, in a steady order. */
const plain = ({ changed, gone, troubles }: Sweep) => {
  const own = (path: string): string => path.replace(`${folder}/`, "");
  return {
    changed: changed.map(({ entry, path, size }) => `${entry} ${own(path)} ${size}`).sort(),
    gone: gone.map(({ entry, path }) => `${entry} ${own(path)}`).sort(),
    troubles: Object.fromEntries(troubles.map(({ path, message }) => [own(path), message])),
  };
};
const NOTHING = { changed: [], gone: [], troubles: {} };

describe("a sweep", () => {
  it("tells of every file once, then of what is new about it", async () => {
    write("a.log", "12345");
    write("b.log", "");
    const listing = createListing([watched("*.log")]);
    const sweep = async () => plain(await listing.sweep());
    expect(await sweep()).toEqual({ ...NOTHING, changed: ["0 a.log 5", "0 b.log 0"] });
    expect(await sweep()).toEqual(NOTHING);
    appendFileSync(at("a.log"), "6");
    expect(await sweep()).toEqual({ ...NOTHING, changed: ["0 a.log 6"] });
    truncateSync(at("a.log"), 2);
    expect(await sweep()).toEqual({ ...NOTHING, changed: ["0 a.log 2"] });
    rmSync(at("b.log"));
    expect(await sweep()).toEqual({ ...NOTHING, gone: ["0 b.log"] });
    expect(await sweep()).toEqual(NOTHING);
  });

  it("sees what changes in a directory whose names it has not read again for a while", async () => {
    write("web/a.log", "1");
    write("web/b.log", "1");
    write("web/deep/c.log", "1");
    symlinkSync("nowhere", at("web/dangling.log"));
    const listing = createListing([watched("**/*.log")]);
    const troubles = { "web/dangling.log": "the link points to nothing" };
    const sweep = async () => plain(await listing.sweep());
    await sweep();
    // From the second reading on that is this long after the last change, the names are taken as they were.
    for (let round = 0; round < 3; round++) {
      await sleep(2_600);
      expect(await sweep()).toEqual({ ...NOTHING, troubles });
    }
    appendFileSync(at("web/a.log"), "2");
    appendFileSync(at("web/deep/c.log"), "2");
    expect(await sweep()).toEqual({ changed: ["0 web/a.log 2", "0 web/deep/c.log 2"], gone: [], troubles });
    // Renamed and begun anew, a name that goes, one that comes, in one directory; a file where a directory was.
    renameSync(at("web/a.log"), at("web/a.log.1"));
    write("web/a.log", "");
    rmSync(at("web/b.log"));
    write("web/d.log", "1");
    rmSync(at("web/deep"), { recursive: true });
    symlinkSync("d.log", at("web/e.log"));
    expect(await sweep()).toMatchObject({
      changed: ["0 web/a.log 0", "0 web/d.log 1", "0 web/e.log 1"],
      gone: ["0 web/b.log", "0 web/deep/c.log"],
      troubles,
    });
    rmSync(at("web"), { recursive: true });
    expect(await sweep()).toEqual({
      ...NOTHING,
      gone: ["0 web/a.log", "0 web/d.log", "0 web/e.log"],
    });
  }, 20_000);

  it("tells of a file of the same size that is another one", async () => {
    write("a.log", "one\n");
    const listing = createListing([watched("*.log")]);
    const [first] = (await listing.sweep()).changed;
    write("fresh", "two\n");
    renameSync(at("fresh"), at("a.log"));
    const [second] = (await listing.sweep()).changed;
    expect(second?.size).toBe(first?.size);
    expect(second?.ino).not.toBe(first?.ino);
    // Rewritten in place: only the time tells.
    utimesSync(at("a.log"), 1_000, 1_000);
    expect(plain(await listing.sweep()).changed).toEqual(["0 a.log 4"]);
  });

  it("sees a rename as one path that goes and one that comes, with the same inode", async () => {
    write("a.log");
    const listing = createListing([watched("*")]);
    const [before] = (await listing.sweep()).changed;
    renameSync(at("a.log"), at("a.log.1"));
    const sweep = await listing.sweep();
    expect(plain(sweep)).toEqual({ changed: ["0 a.log.1 2"], gone: ["0 a.log"], troubles: {} });
    expect(sweep.changed[0]?.ino).toBe(before?.ino);
  });

  it("keeps the entries apart", async () => {
    write("a.log");
    write("b.txt");
    const listing = createListing([watched("*"), watched("a.log"), watched("c.log")]);
    expect(plain(await listing.sweep()).changed).toEqual(["0 a.log 2", "0 b.txt 2", "1 a.log 2"]);
    rmSync(at("a.log"));
    expect(plain(await listing.sweep()).gone).toEqual(["0 a.log", "1 a.log"]);
  });

  it("finds directories that come, and misses those that go", async () => {
    const listing = createListing([watched("log/**/*.log")]);
    expect(plain(await listing.sweep())).toEqual(NOTHING);
    write("log/x/y/a.log");
    expect(plain(await listing.sweep()).changed).toEqual(["0 log/x/y/a.log 2"]);
    rmSync(at("log/x"), { recursive: true });
    expect(plain(await listing.sweep()).gone).toEqual(["0 log/x/y/a.log"]);
    write("log/x/a.log");
    await listing.sweep();
    rmSync(at("log"), { recursive: true });
    expect(plain(await listing.sweep())).toEqual({ ...NOTHING, gone: ["0 log/x/a.log"] });
  });

  it("leaves out what is excluded, by name or by path, and what is compressed", async () => {
    for (const name of ["a.log", "b.log", "old/a.log", "old/c.log", "a.log.1.gz", "x.tar", "y.zst"])
      write(name);
    const sweep = async (...entries: Watched[]) => plain(await createListing(entries).sweep()).changed;
    expect(await sweep(watched("**", "b.*"))).toEqual(["0 a.log 2", "0 old/a.log 2", "0 old/c.log 2"]);
    expect(await sweep(watched("**", "**/old/*"))).toEqual(["0 a.log 2", "0 b.log 2"]);
    expect(await sweep(watched("**", at("old/a.log")))).toEqual(["0 a.log 2", "0 b.log 2", "0 old/c.log 2"]);
    expect(await sweep(watched("*.gz"))).toEqual(["0 a.log.1.gz 2"]);
    expect(await sweep(watched("x.tar"))).toEqual(["0 x.tar 2"]);
  });

  it("does not follow links to directories below a glob, and so meets nothing twice", async () => {
    write("log/a.log");
    symlinkSync(".", at("log/self"));
    symlinkSync("..", at("log/up"));
    symlinkSync("a.log", at("log/link.log"));
    const { changed, troubles } = plain(await createListing([watched("log/**/*.log")]).sweep());
    expect(changed).toEqual(["0 log/a.log 2", "0 log/link.log 2"]);
    expect(troubles).toEqual({});
  });

  it("says what matches and cannot be shipped, every time", async () => {
    write("good.log");
    execFileSync("mkfifo", [at("pipe.log")]);
    symlinkSync("nowhere", at("dangling.log"));
    symlinkSync("circle.log", at("circle.log"));
    symlinkSync("/dev/null", at("device.log"));
    mkdirSync(at("folder.log"));
    const expected = {
      "pipe.log": "not a regular file: a FIFO",
      "dangling.log": "the link points to nothing",
      "circle.log": "the links go in a circle",
      "device.log": "not a regular file: a device",
    };
    const listing = createListing([watched("*.log")]);
    expect(plain(await listing.sweep())).toEqual({
      ...NOTHING,
      changed: ["0 good.log 2"],
      troubles: expected,
    });
    expect(plain(await listing.sweep())).toEqual({ ...NOTHING, troubles: expected });
  });

  it("says the same of a path without wildcards, and nothing when it is not there", async () => {
    mkdirSync(at("folder.log"));
    symlinkSync("nowhere", at("dangling.log"));
    symlinkSync("circle.log", at("circle.log"));
    write("file");
    const names = [
      "folder.log",
      "dangling.log",
      "circle.log",
      "missing.log",
      "file/below.log",
      "no/such/folder.log",
    ];
    const { troubles } = plain(await createListing(names.map((name) => watched(name))).sweep());
    expect(troubles).toEqual({
      "folder.log": "not a regular file: a directory",
      "dangling.log": "the link points to nothing",
      "circle.log": "the links go in a circle",
      "file/below.log": "not a directory",
    });
  });

  it("tells a name that is no UTF-8 from a link", async () => {
    execFileSync("sh", ["-c", `printf x > "$1/$(printf 'caf\\351').log"`, "sh", folder]);
    const { changed, troubles } = plain(await createListing([watched("*.log")]).sweep());
    expect(changed).toEqual([]);
    expect(troubles).toEqual({ "caf\ufffd.log": "the name is not valid UTF-8" });
  });

  it.runIf(process.getuid?.() === 0)("does not take what it may not see for gone", async () => {
    write("open/a.log");
    write("shut/b.log");
    for (const name of ["", "open", "shut", "open/a.log", "shut/b.log"]) chmodSync(at(name), 0o755);
    const listing = createListing([watched("*/*.log")]);
    await listing.sweep();
    const shut = { shut: "permission denied" };
    process.seteuid?.(65_534);
    try {
      process.seteuid?.(0);
      chmodSync(at("shut"), 0o000);
      process.seteuid?.(65_534);
      expect(plain(await listing.sweep())).toEqual({ ...NOTHING, troubles: shut });
      process.seteuid?.(0);
      chmodSync(at("shut"), 0o755);
      appendFileSync(at("shut/b.log"), "more");
      process.seteuid?.(65_534);
      expect(plain(await listing.sweep())).toEqual({ ...NOTHING, changed: ["0 shut/b.log 6"] });
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe("a look at some directories", () => {
  it("finds what is new there, and in directories that are new there", async () => {
    write("a/1.log");
    write("b/1.log");
    const listing = createListing([watched("**/*.log")]);
    await listing.sweep();
    write("a/2.log");
    write("b/2.log");
    write("a/new/deep/3.log");
    const look = async (...names: string[]) => plain(await listing.sweep(new Set(names.map(at))));
    expect(await look("a")).toEqual({ ...NOTHING, changed: ["0 a/2.log 2", "0 a/new/deep/3.log 2"] });
    expect(await look("a", "b")).toEqual({ ...NOTHING, changed: ["0 b/2.log 2"] });
    rmSync(at("a/1.log"));
    rmSync(at("b/1.log"));
    expect(await look("b")).toEqual({ ...NOTHING, gone: ["0 b/1.log"] });
    expect(plain(await listing.sweep())).toEqual({ ...NOTHING, gone: ["0 a/1.log"] });
  });

  it("is no look at all where no entry leads", async () => {
    write("a/1.log");
    const listing = createListing([watched("a/*.log")]);
    await listing.sweep();
    write("b/1.log");
    expect(plain(await listing.sweep(new Set([at("b"), folder])))).toEqual(NOTHING);
  });

  it("leaves alone what is not there any more: the next sweep tells", async () => {
    write("a/1.log");
    const listing = createListing([watched("*/*.log")]);
    await listing.sweep();
    rmSync(at("a"), { recursive: true });
    expect(plain(await listing.sweep(new Set([at("a")])))).toEqual(NOTHING);
    expect(plain(await listing.sweep())).toEqual({ ...NOTHING, gone: ["0 a/1.log"] });
  });
});

describe("the directories to watch", () => {
  it("are those that an entry leads through, unless they are large", async () => {
    write("small/a.log");
    for (let file = 0; file < 300; file++) write(`large/${file}.log`);
    const listing = createListing([watched("**/*.log")]);
    await listing.sweep();
    expect([...listing.directories()].sort()).toEqual([folder, at("small")]);
  });

  it("are also larger ones where one file is looked for, within reason", async () => {
    for (let file = 0; file < 300; file++) write(`large/${file}.log`);
    mkdirSync(at("huge"));
    for (let file = 0; file < 5_000; file++)
      writeFileSync(at(`huge/a-file-with-a-long-name-${file}.log`), "");
    const names = ["large/7.log", "huge/a-file-with-a-long-name-7.log", "missing/a.log"];
    const listing = createListing(names.map((name) => watched(name)));
    await listing.sweep();
    expect(listing.directories()).toEqual([at("large")]);
  });
});

describe("what an entry takes", () => {
  it("is told without a look", () => {
    const listing = createListing([watched("*.log", "b.*"), watched("x")]);
    expect(["a.log", "b.log", "a.log.gz", "c/a.log"].map((name) => listing.matches(0, at(name)))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([listing.matches(1, at("x")), listing.matches(2, at("x")), existsSync(at("x"))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
