import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { atMost, LIMITS, type Limit } from "./limits.ts";
import { SAFE_ENV } from "./measure.ts";
import { median } from "./statistics.ts";

export interface RehearsalRow {
  readonly what: string;
  readonly runs: number;
  /** From the start of the program to its end: the median; of several at once the slowest. */
  readonly ms: number;
  readonly limits: readonly Limit[];
}

/** The same state as that of the tests: bases take minutes to make. */
const STATE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "hostwright", "rehearse");

const SCRIPT = join(import.meta.dirname, "..", "test", "fixtures", "ten-lines.sh");

const AT_ONCE = 4;

/** The programs side by side, as they are installed: one starts the other. */
const installed = (
  directory: string,
  bundles: { readonly agent: string; readonly provision: string },
): string => {
  copyFileSync(bundles.agent, join(directory, "host-agent.cjs"));
  copyFileSync(bundles.provision, join(directory, "provision.cjs"));
  return join(directory, "provision.cjs");
};

const timeOf = async (program: string, script: string): Promise<number> => {
  const began = performance.now();
  const args = [program, "rehearse", script, "--base", "debian-12", "--state-dir", STATE, "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"], env: SAFE_ENV });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`the rehearsal has ended with ${status}: ${said}`);
  return performance.now() - began;
};

/** Rehearses a script of ten lines on a base that is there, alone and four at once. For root, on Linux. */
export const rehearsals = async (
  bundles: { readonly agent: string; readonly provision: string },
  runs: number,
): Promise<readonly RehearsalRow[]> => {
  if (process.getuid?.() !== 0) {
    process.stderr.write("SKIPPED: rehearsals need root\n");
    return [];
  }
  const directory = mkdtempSync(join(tmpdir(), "hostwright-bench-"));
  try {
    const program = installed(directory, bundles);
    // Makes the base, if need be.
    await timeOf(program, SCRIPT);
    const alone: number[] = [];
    for (let nth = 0; nth < runs; nth++) alone.push(await timeOf(program, SCRIPT));
    const together: number[] = [];
    for (let nth = 0; nth < runs; nth++)
      together.push(
        Math.max(...(await Promise.all(Array.from({ length: AT_ONCE }, () => timeOf(program, SCRIPT))))),
      );
    const row = (what: string, ms: number, most: number): RehearsalRow => ({
      what,
      runs,
      ms,
      limits: [atMost(`rehearse: ${what}, ms`, ms, most)],
    });
    return [
      row("a script of ten lines", median(alone), LIMITS.rehearsalMs),
      row(`${AT_ONCE} at once, the slowest`, median(together), LIMITS.rehearsalsMs),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
