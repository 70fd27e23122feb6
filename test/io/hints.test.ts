import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createHints } from "../../agent/io/hints.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-hints-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const at = (...names: readonly string[]): string => join(folder, ...names);

/** Watches; gives what was hinted at. */
const watching = async (...names: readonly string[]) => {
  const hinted: string[] = [];
  const hints = createHints((directory) => hinted.push(directory));
  onTestFinished(() => hints.close());
  for (const name of names) mkdirSync(at(name), { recursive: true });
  hints.watch(names.map((name) => at(name)));
  await listening(hinted, ...names);
  return {
    hints,
    hinted,
    names: () => new Set(hinted.map((directory) => directory.replace(`${folder}/`, ""))),
  };
};

/** A watch is set up a moment after it was asked for, and later on a busy machine: until each has told something. */
const listening = async (hinted: string[], ...names: readonly string[]): Promise<void> => {
  const deaf = () => names.filter((name) => !hinted.includes(at(name)));
  for (let round = 0; deaf().length > 0; round++) {
    expect(round, `no hint from ${deaf()}`).toBeLessThan(50);
    for (const name of deaf()) {
      mkdirSync(at(name, "probe"));
      rmdirSync(at(name, "probe"));
    }
    await sleep(100);
  }
  // What these have caused must not be taken for what is tested.
  await sleep(100);
  hinted.length = 0;
};

const told = (names: () => ReadonlySet<string>, expected: readonly string[]): Promise<void> =>
  vi.waitFor(() => expect([...names()].sort()).toEqual(expected), { timeout: 3_000, interval: 10 });

describe("hints", () => {
  it("say in which directory something happened, and in no other", async () => {
    const { names } = await watching("a", "b", "c");
    writeFileSync(at("a", "x.log"), "x");
    appendFileSync(at("c", "y.log"), "y");
    await told(names, ["a", "c"]);
  });

  it.each<[string, (path: string) => void]>([
    ["a line more", (path) => appendFileSync(path, "more\n")],
    ["another name", (path) => renameSync(path, `${path}.1`)],
    ["its end", (path) => rmSync(path)],
    ["another content", (path) => writeFileSync(path, "new\n")],
  ])("tell of a file that was there: %s", async (_, change) => {
    mkdirSync(at("a"));
    writeFileSync(at("a", "x.log"), "old\n");
    const { names } = await watching("a");
    change(at("a", "x.log"));
    await told(names, ["a"]);
  });

  it("tell of a new directory", async () => {
    const { names } = await watching("a");
    mkdirSync(at("a", "new"));
    await told(names, ["a"]);
  });

  it("do not tell what happens deeper, which has watches of its own or none", async () => {
    mkdirSync(at("a", "deep"), { recursive: true });
    const { names } = await watching("a", "b");
    writeFileSync(at("a", "deep", "x.log"), "x");
    await sleep(200);
    writeFileSync(at("b", "x.log"), "x");
    await told(names, ["b"]);
  });

  it("come soon, but not for each of a thousand writes", async () => {
    const { hinted, names } = await watching("a");
    writeFileSync(at("a", "x.log"), "x");
    await told(names, ["a"]);
    const before = hinted.length;
    for (let line = 0; line < 1_000; line++) appendFileSync(at("a", "x.log"), "x\n");
    await sleep(700);
    expect(hinted.length - before).toBeGreaterThan(0);
    expect(hinted.length - before).toBeLessThan(10);
  });

  it("follow the list of directories: new ones are told about, old ones are not any more", async () => {
    const { hints, hinted, names } = await watching("a", "b");
    mkdirSync(at("c"));
    hints.watch([at("b"), at("c")]);
    await listening(hinted, "c");
    writeFileSync(at("a", "x.log"), "x");
    writeFileSync(at("c", "x.log"), "x");
    writeFileSync(at("b", "x.log"), "x");
    await told(names, ["b", "c"]);
  });

  it("do without a directory that is not there, and without one that goes away", async () => {
    const { hints, hinted, names } = await watching("a");
    hints.watch([at("a"), at("missing")]);
    rmSync(at("a"), { recursive: true });
    mkdirSync(at("b"));
    hints.watch([at("b")]);
    await listening(hinted, "b");
    writeFileSync(at("b", "x.log"), "x");
    await vi.waitFor(() => expect(names()).toContain("b"), 3_000);
  });

  it.each<[string, () => void]>([
    ["made anew", () => rmSync(at("a"), { recursive: true })],
    ["replaced", () => renameSync(at("a"), at("a.old"))],
  ])("go on in a directory that was %s, once they are asked for again", async (_, away) => {
    const { hints, hinted, names } = await watching("a", "b");
    away();
    mkdirSync(at("a"));
    await sleep(150);
    // What each sweep does.
    hints.watch([at("a"), at("b")]);
    await listening(hinted, "a");
    writeFileSync(at("a", "x.log"), "x");
    await told(names, ["a"]);
  });

  it("look at a busy directory each second instead of listening, twice as long each time", async () => {
    const { hinted } = await watching("a");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const hears = async (): Promise<boolean> => {
      hinted.length = 0;
      writeFileSync(at("a", "x.log"), "x");
      await sleep(200);
      return hinted.length > 0;
    };
    const flood = async (): Promise<void> => {
      for (let line = 0; line < 60; line++) {
        appendFileSync(at("a", "x.log"), "x\n");
        // What happens at once is told once.
        await sleep(3);
      }
      await sleep(100);
      vi.advanceTimersByTime(500);
    };
    expect(await hears()).toBe(true);
    for (const minutes of [1, 2, 4]) {
      await flood();
      expect(await hears()).toBe(false);
      vi.advanceTimersByTime(minutes * 60_000 - 2_000);
      expect(hinted.length).toBe(minutes * 60 - 2);
      expect(await hears()).toBe(false);
      // From here on it is listened to again, and the test whether it is as busy as before begins.
      vi.advanceTimersByTime(2_000);
      await sleep(200);
    }
    vi.advanceTimersByTime(500);
    expect(await hears()).toBe(true);
  });

  it("end", async () => {
    const { hints, hinted } = await watching("a");
    await hints.close();
    writeFileSync(at("a", "x.log"), "x");
    await sleep(100);
    expect(hinted).toEqual([]);
  });
});
