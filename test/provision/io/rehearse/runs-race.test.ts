import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, it, onTestFinished } from "vitest";
import { beginRun, removeRun } from "../../../../provision/io/rehearse/runs.ts";

const HOLD = join(import.meta.dirname, "../../../../provision/io/rehearse/hold.ts");

/** Removes what seems to be left, again and again, as every rehearsal does at its start. */
const COLLECTOR = `
const { removeAbandoned } = await import(process.argv[1]);
process.stdout.write("ready");
for (;;) {
  const ids = await removeAbandoned(process.argv[2]);
  if (ids.length > 0) process.stdout.write(" " + ids.join(" "));
  await new Promise((resolve) => setImmediate(resolve));
}`;

it("a run that is just beginning is not taken for one that was left", async () => {
  const state = mkdtempSync(join(tmpdir(), "hostwright-runs-"));
  onTestFinished(() => rmSync(state, { recursive: true, force: true }));
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", COLLECTOR, HOLD, state],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  for (let nth = 0; nth < 300; nth++) {
    const run = beginRun(state, "boot.sh");
    await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(join(run.directory, "owner.json")), `run ${nth}`).toBe(true);
    await removeRun(run);
  }
});
