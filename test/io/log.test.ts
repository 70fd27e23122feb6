import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** The log writes to standard error of its process, so it takes one. */
const logged = (script: string, shell = "") => {
  const program = `import { createLog } from "./agent/io/log.ts"; const log = createLog(); ${script}`;
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", program];
  const [command = "", ...args] = shell === "" ? node : ["bash", "-c", `"$@" ${shell}`, "bash", ...node];
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  return { status, stdout, lines: stderr.split("\n").slice(0, -1) };
};

describe("the log of the agent", () => {
  it("is one JSON object a line, on standard error", () => {
    const { status, stdout, lines } = logged(`
      log({ level: "warn", event: "path.skipped", detail: { path: "/a\\nb", count: 2 } });
      log({ level: "error", event: "second", detail: {} });
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 40,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        event: "path.skipped",
        path: "/a\nb",
        count: 2,
      },
      { level: 50, time: expect.any(String), event: "second" },
    ]);
  });

  it("is written before the process can die", () => {
    const { lines } = logged(
      `log({ level: "info", event: "last", detail: {} }); process.kill(process.pid, "SIGKILL");`,
    );
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["last"]);
  });

  it.each([
    ["a reader that went away", "2> >(exec 0<&-; sleep 0.05)"],
    ["a descriptor that is closed", "2>&-"],
    ["a disk that is full", "2>/dev/full"],
  ])("does not end the agent: %s", (_, shell) => {
    const { status, stdout } = logged(
      `for (let n = 0; n < 5; n++) { log({ level: "info", event: "x", detail: {} }); await new Promise((done) => setTimeout(done, 20)); }
       process.stdout.write("went on");`,
      shell,
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: "went on" });
  });
});
