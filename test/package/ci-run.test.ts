import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { toolAvailable } from "../tools.ts";
import { ROOT, run, scratch } from "./release.ts";

const SCRIPT = join(ROOT, ".ci", "run");
const dir = scratch("ci-run");

describe(".ci/run", () => {
  it.skipIf(!toolAvailable("shellcheck", "shellcheck"))(
    "is a script that shellcheck has nothing to say about",
    () => {
      const beside = ["package/systemd-boot.sh", "chaos/scenarios/journald.sh"];
      for (const script of [SCRIPT, ...beside.map((path) => join(ROOT, "test", path))])
        expect(run("shellcheck", [script])).toEqual({ status: 0, out: "", err: "" });
    },
  );

  it("installs every package that a test asks for, and no other", () => {
    const tests = globSync("test/**/*.ts", { cwd: ROOT }).map((file) =>
      readFileSync(join(ROOT, file), "utf8"),
    );
    const asked = tests.flatMap((text) =>
      [...text.matchAll(/toolAvailable\([^)]*, "([^"]+)"\)/g)].map(([, name]) => name),
    );
    // What is no program on PATH is asked for in words.
    for (const file of [
      "test/python-tools.ts",
      "test/provision/user-data/schema-generated.test.ts",
      "test/e2e/rehearsal.ts",
    ]) {
      const text = readFileSync(join(ROOT, file), "utf8");
      asked.push(...[...text.matchAll(/apt-get install ([\w-]+)/g)].map(([, name]) => name));
    }
    const [, list = ""] = /packages=\(\n([^)]*)\n\)/.exec(readFileSync(SCRIPT, "utf8")) ?? [];
    const installed = list.split("\n").map((line) => line.trim().split(/\s+/)[0]);
    const invented = ["its-package"]; // of the test of toolAvailable itself
    expect([...new Set(asked)].filter((name) => !invented.includes(name ?? "")).sort()).toEqual(installed);
  });
});

describe("the closing line", () => {
  const line = (report: object): string => {
    const path = join(dir, "report.json");
    writeFileSync(path, JSON.stringify(report));
    return run(process.execPath, [join(ROOT, ".ci", "closing-line.cjs"), path]).out;
  };
  const counts = {
    numPassedTests: 12,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  };

  it("counts what has passed, failed and was skipped", () => {
    expect(line(counts)).toBe("12 passed, 0 failed, 0 skipped\n");
    expect(line({ ...counts, numFailedTests: 3, numPendingTests: 2, numTodoTests: 1 })).toBe(
      "12 passed, 3 failed, 3 skipped\n",
    );
  });

  it("counts a file that could not be loaded as one that has failed", () => {
    const unloaded = { status: "failed", assertionResults: [] };
    const failing = { status: "failed", assertionResults: [{ status: "failed" }] };
    expect(line({ ...counts, numFailedTests: 1, testResults: [unloaded, failing] })).toBe(
      "12 passed, 2 failed, 0 skipped\n",
    );
  });
});
