import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lintUserData } from "../../../provision/lint/lint.ts";
import { report } from "../../../provision/lint/report.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/user-data");

// To see what a change of a rule does to user data as people write it: vitest -u writes the file anew, git diff tells.
it("user data as people write it has the findings that are written down, and no others", async () => {
  const files = globSync("*", { cwd: FIXTURES }).sort();
  expect(files.length).toBeGreaterThanOrEqual(60);
  const findings = files.flatMap((name) => lintUserData(readFileSync(join(FIXTURES, name)), name).findings);
  await expect(report("text", findings, "0")).toMatchFileSnapshot("../../fixtures/user-data.findings.txt");
});
