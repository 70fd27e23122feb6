import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { VERSION } from "../../agent/base/version.ts";

const provision = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", "provision/main.ts", ...args],
    { cwd: join(import.meta.dirname, "..", ".."), encoding: "utf8" },
  );
  return { status, out: stdout, err: stderr };
};

const COMING = ["ami"];

describe("provision as a process", () => {
  it("prints its version", () => {
    expect(provision("--version")).toEqual({ status: 0, out: `${VERSION}\n`, err: "" });
  });

  it("says in --help what is here, and what is coming", () => {
    const { status, out, err } = provision("--help");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toMatch(/Commands:\n(.*\n)* {2}user-data lint /);
    expect(out).toContain(`Coming, not in version ${VERSION}:`);
    for (const name of COMING) expect(out).toContain(`\n  ${name} `);
  });

  it("shows the same on standard error when it is told nothing", () => {
    const { status, out, err } = provision();
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain("Commands:");
  });

  it.each(COMING)("does not pretend to know %s", (name) => {
    const { status, out, err } = provision(name, "host.yaml");
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(`"${name}" is planned, but not part of version ${VERSION}.`);
  });

  it.each([
    ["chekc", "check"],
    ["user-dta", "user-data"],
    ["--hlep", "--help"],
  ])("says what was probably meant by %s", (word, meant) => {
    const { status, err } = provision(word);
    expect(status).toBe(2);
    expect(err).toContain(`There is no command or option "${word}". Did you mean ${meant}?`);
  });

  it("knows a group by its name", () => {
    const { status, err } = provision("user-data");
    expect(status).toBe(2);
    expect(err).toContain('"user-data" is a group of commands: ');
  });

  it("refuses what nobody has planned", () => {
    const { status, err } = provision("frobnicate");
    expect(status).toBe(2);
    expect(err).toContain('There is no command or option "frobnicate".');
  });
});
