/** Scripts that really run, with what a rehearsal has bash look at, in a directory of their own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { additions, FAILED_COMMANDS, type Surroundings } from "../../../provision/rehearse/additions.ts";
import { type FailedCommand, failedCommands } from "../../../provision/rehearse/cloud-init-log.ts";

/** Where cloud-init has the scripts of an instance. */
export const SCRIPTS = "/var/lib/cloud/instance/scripts";

export const SURROUNDINGS: Surroundings = {
  endpoints: { logs: "http://100.64.0.1:4586", others: "http://100.64.0.1:4580", region: "eu-west-1" },
  address: "172.31.20.7",
  hostname: "ip-172-31-20-7.eu-west-1.compute.internal",
  hosts: new Map([["files.example", "100.64.0.1"]]),
  authority: undefined,
  network: "none",
  more: [],
};

export interface RanScript {
  readonly status: number | null;
  /** Standard output and standard error, in the order in which they were written. */
  readonly output: string;
  /** The path that the script was called by, as it would be on an instance. */
  readonly path: string;
  /** As bash has written them down. */
  readonly records: string;
  readonly failed: readonly FailedCommand[];
}

/** The file that bash reads before a script, with its records and its scripts where a test can have them. */
const traceFor = (folder: string): string => {
  const found = additions(SURROUNDINGS).find(({ path }) => path.endsWith("/trace.bash"));
  return String(found?.content)
    .replaceAll(FAILED_COMMANDS, join(folder, "failed"))
    .replaceAll("/var/lib/cloud/", `${folder}/cloud/`);
};

/** Runs the text of a script as cloud-init does: by its first line. */
export const runScript = (text: string, isTraced = true): RanScript => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-trace-"));
  try {
    const trace = join(folder, "trace.bash");
    const path = join(folder, "cloud", "part-001");
    mkdirSync(join(folder, "cloud"));
    writeFileSync(trace, traceFor(folder));
    writeFileSync(path, text.replaceAll(FAILED_COMMANDS, join(folder, "failed")), { mode: 0o755 });
    const { status, stdout } = spawnSync("/bin/sh", ["-c", 'exec "$0" 2>&1', path], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", ...(isTraced ? { BASH_ENV: trace } : {}) },
    });
    const written = join(folder, "failed");
    const inside = (text: string): string =>
      text.replaceAll(join(folder, "cloud"), SCRIPTS).replaceAll(folder, "");
    const records = existsSync(written) ? inside(readFileSync(written, "utf8")) : "";
    return {
      status,
      output: inside(stdout),
      path: `${SCRIPTS}/part-001`,
      records,
      failed: failedCommands(records),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
