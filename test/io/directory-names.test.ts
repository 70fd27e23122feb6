import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDirectoryNames } from "../../agent/io/directory-names.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "directory-names-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const write = (...names: readonly string[]): void => {
  for (const name of names) writeFileSync(at(name), "");
};
/** As if nothing had happened in the directory for a while. */
const settle = (): void => utimesSync(folder, new Date(), new Date(Date.now() - 10_000));

describe("the names in a directory", () => {
  it("are those that begin with the prefix", async () => {
    const name = fc.stringMatching(/^[a-c.\-1]{1,5}$/).filter((text) => !/^\.+$/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 12 }), name, async (names, prefix) => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        write(...names);
        const expected = names.filter((one) => one.startsWith(prefix)).sort();
        expect(await createDirectoryNames()(folder, prefix)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("are read once more for all who ask while they are read, and with what came meanwhile", async () => {
    write("app.log");
    const namesIn = createDirectoryNames();
    const first = namesIn(folder, "app");
    const others = Array.from({ length: 100 }, () => namesIn(folder, "app"));
    write("app.log.1");
    await first;
    for (const names of await Promise.all(others)) expect(names).toEqual(["app.log", "app.log.1"]);
    expect(await namesIn(folder, "app")).toEqual(["app.log", "app.log.1"]);
  });

  it("are read again when one comes, goes, or becomes another", async () => {
    const namesIn = createDirectoryNames();
    write("app.log");
    settle();
    expect(await namesIn(folder, "app")).toEqual(["app.log"]);
    write("app.log.1");
    expect(await namesIn(folder, "app")).toEqual(["app.log", "app.log.1"]);
    settle();
    expect(await namesIn(folder, "app")).toEqual(["app.log", "app.log.1"]);
    renameSync(at("app.log.1"), at("app.log.2"));
    expect(await namesIn(folder, "app")).toEqual(["app.log", "app.log.2"]);
    rmSync(at("app.log"));
    expect(await namesIn(folder, "app")).toEqual(["app.log.2"]);
  });

  it("are never taken from memory right after a change: the next one could bear the same time", async () => {
    const namesIn = createDirectoryNames();
    const now = new Date();
    write("a");
    utimesSync(folder, now, now);
    expect(await namesIn(folder, "a")).toEqual(["a"]);
    write("ab");
    utimesSync(folder, now, now);
    expect(await namesIn(folder, "a")).toEqual(["a", "ab"]);
  });

  it("are none where there is no directory", async () => {
    expect(await createDirectoryNames()(at("missing"), "a")).toEqual([]);
  });
});
