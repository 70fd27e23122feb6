import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readFaults } from "../../../agent/io/local-endpoint/read-faults.ts";

const fileOf = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-faults-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "faults.yaml");
  writeFileSync(path, text);
  return path;
};

it("reads YAML and JSON", () => {
  const script = { seed: 3, rules: [{ match: {}, after: 0, fault: "throttle" }] };
  expect(readFaults(fileOf("seed: 3\nrules: [{fault: throttle}]\n"))).toEqual(script);
  expect(readFaults(fileOf('{"seed": 3, "rules": [{"fault": "throttle"}]}'))).toEqual(script);
});

it("names the file that cannot be read or understood", () => {
  expect(() => readFaults("/nowhere/faults.yaml")).toThrow(
    expect.objectContaining({
      code: "FAULTS_INVALID",
      message: expect.stringMatching(/^\/nowhere\/faults\.yaml: ENOENT/),
    }),
  );
  const path = fileOf("rules: [{fault: explode}]");
  expect(() => readFaults(path)).toThrow(
    expect.objectContaining({ code: "FAULTS_INVALID", message: expect.stringContaining(path) }),
  );
});
