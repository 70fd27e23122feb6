import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { beforeAll, describe, expect, it } from "vitest";
import { buildAll, bundlePath, type Program } from "../../.ci/build.ts";
import { linkBundle } from "../../.ci/link-bundle.ts";
import { VERSION } from "../../agent/base/version.ts";
import { type Ended, ROOT, run, scratch } from "./release.ts";

const dir = scratch("build");
const alone = join(dir, "alone");
const config = join(dir, "agent.yaml");

/** Runs the copy of a bundle that stands by itself. */
const bundle = (program: Program, ...args: readonly string[]): Ended =>
  run(process.execPath, [`${program}.cjs`, ...args], alone);

beforeAll(async () => {
  const built = await buildAll();
  mkdirSync(alone);
  for (const { program, path } of built) copyFileSync(path, join(alone, `${program}.cjs`));
  writeFileSync(
    config,
    `logs:\n  files:\n    - file_path: ${dir}/*.log\n      log_group_name: /build/test\n      log_stream_name: "{file_name}"\n`,
  );
});

describe("a bundle without node_modules", () => {
  it("prints the version", () => {
    for (const program of ["host-agent", "provision"] as const)
      expect(bundle(program, "--version")).toEqual({ status: 0, out: `${VERSION}\n`, err: "" });
  });

  it("prints the help", () => {
    for (const program of ["host-agent", "provision"] as const) {
      const { status, out, err } = bundle(program, "--help");
      expect({ status, err }).toEqual({ status: 0, err: "" });
      expect(out).toContain(`${program} <command>`);
    }
  });

  it("checks a configuration", () => {
    const { status, out, err } = bundle("host-agent", "check", "--config", config);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toContain("is valid: 1 entry");
  });

  it("names the version of Node that it needs when the machine has an older one", () => {
    const older = join(dir, "older.cjs");
    writeFileSync(older, 'Object.defineProperty(process.versions, "node", { value: "20.20.2" });\n');
    const args = ["run", "--config", config, "--local", "--once", "--state-dir", join(dir, "never")];
    const { status, out, err } = run(
      process.execPath,
      ["--require", older, "host-agent.cjs", ...args],
      alone,
    );
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(
      /^host-agent: This is Node 20\.20\.2 \(.*\); Node 24 or newer is needed\.\n {2}.*NODE_TOO_OLD/,
    );
    expect(existsSync(join(dir, "never"))).toBe(false);
  });

  it("ships a real file once, and nothing the second time", () => {
    const log = join(dir, "dpkg.log");
    const lines = Array.from(
      { length: 5_000 },
      (_, line) => `${line} status installed – "ünï" \\ ${"x".repeat(80)}`,
    );
    writeFileSync(log, `${lines.join("\n")}\n`);
    const state = join(dir, "state");
    const once = () =>
      bundle(
        "host-agent",
        "run",
        "--config",
        config,
        "--local",
        "--port",
        "0",
        "--once",
        "--state-dir",
        state,
        "--json",
      );
    const first = once();
    expect(first.status, first.err).toBe(0);
    const shipped = JSON.parse(first.out);
    expect(shipped.records).toEqual({ read: 5_000, accepted: 5_000, rejected: 0, dropped: 0, in_flight: 0 });
    expect(shipped.files).toEqual([expect.objectContaining({ path: log, log_stream_name: "dpkg.log" })]);
    expect(JSON.parse(once().out).records.read).toBe(0);
  });
});

describe("what a command loads", () => {
  const parts = (...args: readonly string[]) => {
    const { out, err } = run(
      process.execPath,
      ["-r", join(import.meta.dirname, "report-parts.cjs"), "host-agent.cjs", ...args],
      alone,
    );
    expect(err).toBe("");
    return JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as {
      bytes: number;
      cached: boolean;
      rejected: boolean;
    }[];
  };
  const bytes = (all: ReturnType<typeof parts>) => all.reduce((sum, part) => sum + part.bytes, 0);

  it("is next to nothing for --version", () => {
    expect(bytes(parts("--version"))).toBeLessThan(40_000);
  });

  it("is neither the SDK nor the endpoint for check", () => {
    const size = readFileSync(bundlePath("host-agent")).length;
    expect(bytes(parts("check", "--config", config))).toBeLessThan(size / 3);
  });

  it.each([["--version"], ["--help"], ["check", "--config", config]])(
    "comes with a code cache that fits: %s",
    (...args) => {
      const loaded = parts(...args);
      expect(loaded.length).toBeGreaterThan(0);
      expect(loaded.filter(({ cached, rejected }) => !cached || rejected)).toEqual([]);
    },
  );
});

describe("the build", () => {
  it("gives the same bytes every time", async () => {
    const read = () =>
      (["host-agent", "provision"] as const).map((program) => readFileSync(bundlePath(program), "latin1"));
    const before = read();
    await buildAll();
    expect(read().map((text, at) => text === before[at])).toEqual([true, true]);
  });

  it("holds nothing of this machine", () => {
    expect(readFileSync(bundlePath("host-agent"), "latin1").includes(ROOT)).toBe(false);
  });
});

describe("linkBundle", () => {
  const started = (code: string): Ended => {
    const { text } = linkBundle(
      "// test",
      [
        { name: "./other.js", code },
        { name: "./main.js", code: 'require("./other.js")' },
      ],
      "./main.js",
      new Map(),
    );
    writeFileSync(join(alone, "linked.cjs"), text);
    return run(process.execPath, ["linked.cjs"], alone);
  };

  it("gives every part back as it was, also lines that are comments, and text over several lines", () => {
    const code = "process.stdout.write(`a\n//b\n////c\n*/ d`)\n// a comment\n//";
    expect(started(code)).toEqual({ status: 0, out: "a\n//b\n////c\n*/ d", err: "" });
  });

  it("names the file and the line where something breaks", () => {
    const { status, err } = started('\n\nthrow new Error("broken")');
    expect(status).toBe(1);
    expect(err).toMatch(/linked\.cjs:5:7\)?$/m);
  });

  it("lets parts require each other and Node", () => {
    expect(
      started('exports.a = 1; process.stdout.write(String(require("node:crypto").randomUUID().length))').out,
    ).toBe("36");
  });

  it.each(["é", "\r"])("refuses what would move the offsets or the line ends", (character) => {
    expect(() => started(`"${character}"`)).toThrow("./other.js holds U+");
  });
});
