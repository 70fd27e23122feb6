import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { build, transform } from "esbuild";

/** Where corpora and whatever else can be made again are kept. */
export const CACHE = join(import.meta.dirname, "..", ".cache", "bench");

/** A script without its types: to take them away at each start would count for what the script costs. */
export const transpiled = async (script: string): Promise<string> => {
  const path = join(CACHE, `${basename(script, ".ts")}.mjs`);
  const { code } = await transform(readFileSync(script, "utf8"), { loader: "ts", target: "node24" });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(path, code);
  return path;
};

/** A script and all that it imports, put together as the programs are. */
export const bundled = async (script: string): Promise<string> => {
  const path = join(CACHE, `${basename(script, ".ts")}.mjs`);
  await build({
    entryPoints: [script],
    outfile: path,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    logLevel: "warning",
    // Packages that are CommonJS ask for it.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return path;
};

/** What a process cost from its start to its end. */
export interface Cost {
  readonly seconds: number;
  /** User and system time of the whole process, all threads, in seconds. */
  readonly cpu: number;
  /** Peak resident set, in MiB. */
  readonly rss: number;
  readonly stdout: string;
}

/** Asks the kernel for what the child used: Node itself does not tell. */
const WRAPPER = `
import json, os, resource, subprocess, sys, time
began = time.monotonic()
child = subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": time.monotonic() - began, "cpu": used.ru_utime + used.ru_stime, "rss": used.ru_maxrss / 1024}), flush=True)
sys.exit(child.returncode)
`;

/** No account, no metadata service, nothing but loopback. */
export const SAFE_ENV: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLEEXAMPLE00",
  AWS_SECRET_ACCESS_KEY: "not-a-secret",
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
};

/** Runs a command to its end. Rejects when it fails. */
export const costOf = (command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Cost> =>
  new Promise((resolve, reject) => {
    const child = spawn("python3", ["-c", WRAPPER, ...command], {
      env: { ...SAFE_ENV, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      const lines = stdout.trimEnd().split("\n");
      if (status !== 0) reject(new Error(`${command.join(" ")} ended with ${status}`));
      else
        resolve({
          ...(JSON.parse(lines.at(-1) ?? "") as Omit<Cost, "stdout">),
          stdout: lines.slice(0, -1).join("\n"),
        });
    });
  });

export interface Served {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts a program that prints its address and serves until it is ended. */
export const serve = (script: string, ...args: readonly string[]): Promise<Served> =>
  new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", script, ...args], {
      env: SAFE_ENV,
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.on("error", reject);
    child.stdout?.once("data", (line: Buffer) => {
      const { port } = JSON.parse(line.toString()) as { readonly port: number };
      const stop = (): Promise<void> =>
        new Promise((ended) => {
          child.once("exit", () => ended());
          child.kill();
        });
      resolve({ url: `http://127.0.0.1:${port}`, stop });
    });
  });
