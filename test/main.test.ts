import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERSION } from "../agent/base/version.ts";

const ROOT = join(import.meta.dirname, "..");

interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

const start = (...args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(process.execPath, ["--import", "tsx", "agent/main.ts", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });

const outcome = (child: ReturnType<typeof start>): Promise<Outcome> =>
  new Promise((resolve) => {
    const output = { out: "", err: "" };
    child.stdout.on("data", (chunk) => (output.out += chunk));
    child.stderr.on("data", (chunk) => (output.err += chunk));
    child.on("close", (status, signal) => resolve({ status, signal, ...output }));
  });

const hostAgent = (...args: readonly string[]): Promise<Outcome> => outcome(start(...args));

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "hostwright-main-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("host-agent as a process", () => {
  it("prints its version", async () => {
    expect(await hostAgent("--version")).toEqual({ status: 0, signal: null, out: `${VERSION}\n`, err: "" });
  });

  it("lists every command in --help", async () => {
    const { status, out, err } = await hostAgent("--help");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    for (const name of ["run", "check", "status", "local", "demo"])
      expect(out).toContain(`host-agent ${name}`);
  });

  it("shows the options of one command", async () => {
    const { status, out } = await hostAgent("check", "--help");
    expect(status).toBe(0);
    expect(out).toMatch(/^host-agent check \[options\]/);
    expect(out).toContain("--config");
    expect(out).not.toContain("--state-dir");
  });

  it("shows the list on standard error when it is told nothing", async () => {
    const { status, out, err } = await hostAgent();
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain("host-agent check");
  });

  it.each([
    { args: ["chekc"], says: 'There is no command "chekc". Did you mean check?' },
    { args: ["frobnicate"], says: 'There is no command "frobnicate".' },
    { args: ["toString"], says: 'There is no command "toString".' },
    { args: ["--frobnicate"], says: "Unknown argument: frobnicate" },
    { args: ["--verson"], says: "Unknown argument: verson. Did you mean --version?" },
    { args: ["check", "--confg", "x"], says: "Unknown argument: confg. Did you mean --config?" },
    { args: ["run", "--state-dri=x"], says: "Unknown argument: state-dri. Did you mean --state-dir?" },
    {
      args: ["run", "--onec", "--deadlin=5s", "--frobnicate"],
      says: "Unknown arguments: onec, deadlin, frobnicate. Did you mean --once and --deadline?",
    },
    { args: ["check", "agent.yaml"], says: "A command takes options only" },
    { args: ["check", "--config"], says: "Not enough arguments following: config" },
    { args: ["run", "--config", "no/such.yaml"], says: "no/such.yaml: there is no such file" },
  ])("ends with 2 and says why: $args", async ({ args, says }) => {
    const { status, out, err } = await hostAgent(...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(says);
    expect(err).toMatch(/^host-agent: .*\n {2}\S.* \((USAGE|CONFIG_UNREADABLE)\)\n$/);
  });

  it("takes the last of an option that is given twice", async () => {
    const { err } = await hostAgent("check", "--config", "first.yaml", "--config", "second.yaml");
    expect(err).toContain("second.yaml");
    expect(err).not.toContain("first.yaml");
  });

  it("ends with 1 when what it asks for is not there", async () => {
    const { status, err } = await hostAgent("status", "--state-dir", join(dir, "nobody"));
    expect(status).toBe(1);
    expect(err).toContain("(NOT_RUNNING)");
  });

  it("survives a reader that goes away", async () => {
    const child = start("--help");
    child.stdout.destroy();
    const { status, signal, err } = await outcome(child);
    expect({ status, signal, err }).toEqual({ status: 0, signal: null, err: "" });
  });

  it("ends by itself at SIGTERM, with the accounting", async () => {
    writeFileSync(join(dir, "app.log"), "one\ntwo\n");
    const config = join(dir, "agent.yaml");
    writeFileSync(
      config,
      `logs:\n  files:\n    - file_path: ${dir}/app.log\n      log_group_name: /main/test\n`,
    );
    const child = start("run", "--config", config, "--local", "--port", "0", "--state-dir", dir, "--json");
    const finished = outcome(child);
    await new Promise((resolve) => child.stderr.once("data", resolve));
    child.kill("SIGTERM");
    const { status, signal, out } = await finished;
    expect({ status, signal }).toEqual({ status: 0, signal: null });
    expect(JSON.parse(out)).toHaveProperty("records.read");
  });
});
