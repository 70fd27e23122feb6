/** Rehearsals as users hold them: the built program, real containers, and a base that is made once for all tests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, onTestFinished } from "vitest";
import { buildAll, bundlePath } from "../../.ci/build.ts";
import { layersPermitted, namespacesPermitted, toolAvailable } from "../tools.ts";

/** Stays there: to make a base takes a minute or two. */
const SHARED = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "hostwright", "rehearse");

/** The keys of what the base is made of. */
const keysAvailable = (): boolean => {
  if (existsSync("/usr/share/keyrings/debian-archive-keyring.gpg")) return true;
  const missing = "the keys of Debian are not installed: apt-get install debian-archive-keyring";
  if (process.env.CI) throw new Error(missing);
  process.stderr.write(`SKIPPED: ${missing}\n`);
  return false;
};

/** Whether they can be held here. */
export const rehearsalsPermitted =
  toolAvailable("systemd-nspawn", "systemd-container") &&
  toolAvailable("debootstrap", "debootstrap") &&
  keysAvailable() &&
  toolAvailable("openssl", "openssl") &&
  toolAvailable("ip", "iproute2") &&
  namespacesPermitted("holding rehearsals") &&
  layersPermitted(SHARED, "holding rehearsals");

/** Runs of one test file, with the bases and packages of all: other files hold rehearsals at the same time. */
const ownState = (): string => {
  mkdirSync(SHARED, { recursive: true });
  for (const name of ["bases", "packages"]) mkdirSync(join(SHARED, name), { recursive: true });
  const state = mkdtempSync(join(SHARED, "test-"));
  // Others than root download packages.
  chmodSync(state, 0o755);
  for (const name of ["bases", "packages"]) symlinkSync(join(SHARED, name), join(state, name));
  afterAll(async () => {
    // What a test that has failed has left.
    await provision(["rehearse", "gc", "--state-dir", state]);
    rmSync(state, { recursive: true, force: true });
  });
  return state;
};

export const STATE = rehearsalsPermitted ? ownState() : SHARED;

export interface Said {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

export interface Problem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly within: string | null;
  readonly command: string | null;
  readonly output: readonly string[];
}

export interface RecipeReport {
  readonly ms: number;
  readonly steps: readonly {
    readonly name: string;
    readonly state: string;
    readonly status: number | null;
    readonly ms: number | null;
  }[];
}

/** What `--json` prints. */
export interface Report {
  readonly outcome: "passed" | "findings" | "failed";
  readonly bake: RecipeReport | null;
  readonly test: RecipeReport | null;
  readonly deployment: {
    readonly id: string;
    readonly commands: readonly {
      readonly name: string;
      readonly state: string;
      readonly deliveries: number;
      readonly code: number | null;
      readonly message: string | null;
    }[];
  } | null;
  readonly episodes: readonly {
    readonly name: string;
    readonly ms: number;
    readonly address: string;
    readonly scripts: readonly string[];
    readonly agent: {
      readonly active: boolean;
      readonly restarts: number;
      readonly said: readonly { readonly ms: number; readonly text: string }[];
    } | null;
  }[];
  readonly boot: {
    readonly end: string;
    readonly ready_ms: number;
    readonly datasource: string | null;
    readonly scripts: readonly {
      readonly name: string;
      readonly file: string;
      readonly status: number | null;
      readonly state: string;
      readonly ms: number | null;
    }[];
  } | null;
  readonly problems: readonly Problem[];
  readonly shipped: readonly {
    readonly group: string;
    readonly stream: string;
    readonly events: number;
    readonly last: readonly string[];
  }[];
  readonly calls: readonly {
    readonly service: string;
    readonly action: string;
    readonly parameters: Readonly<Record<string, string>>;
    readonly taken: boolean;
  }[];
  readonly fetches: readonly { readonly url: string; readonly status: number }[];
  readonly changes?: readonly { readonly kind: string; readonly path: string }[];
  readonly output: string;
}

/** Starts the program; whoever does so waits for it. */
export const startProvision = (args: readonly string[], cwd?: string) =>
  spawn(process.execPath, [bundlePath("provision"), ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });

export const provision = async (args: readonly string[], cwd?: string): Promise<Said> => {
  const began = performance.now();
  const child = startProvision(args, cwd);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status, out, err, ms: performance.now() - began };
};

/** A directory with these files, gone after the test. */
export const folderWith = (files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-rehearsal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
};

/** Rehearses a file of a folder, and gives the report. */
export const rehearse = async (
  folder: string,
  file: string,
  ...more: readonly string[]
): Promise<Said & { readonly report: Report }> => {
  const said = await provision(
    ["rehearse", file, "--state-dir", STATE, "--base", "debian-12", "--json", ...more],
    folder,
  );
  if (!said.out.startsWith("{")) throw new Error(`no report: ${said.out}${said.err}`);
  return { ...said, report: JSON.parse(said.out) as Report };
};

/** Builds the programs, and the base, which takes a minute or two the first time: give the hook 400 seconds. */
export const prepare = async (): Promise<void> => {
  await buildAll();
  const folder = mkdtempSync(join(tmpdir(), "hostwright-rehearsal-"));
  try {
    writeFileSync(join(folder, "boot.sh"), "#!/bin/sh\ntrue\n");
    const { report, err } = await rehearse(folder, "boot.sh");
    if (report.outcome !== "passed")
      throw new Error(`nothing can be rehearsed: ${JSON.stringify(report.problems)}${err}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
