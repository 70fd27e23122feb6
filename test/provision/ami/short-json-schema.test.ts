import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readDocument } from "../../../agent/config/document.ts";
import { CHECKS, STEPS } from "../../../provision/ami/kinds.ts";
import { toolAvailable } from "../../tools.ts";
import { withEntry } from "./recipes.ts";

/** Nobody here wrote it, and editors work as it does. */
const VALIDATE = `
import json, sys
import jsonschema
schema, hosts = json.load(sys.stdin)
validator = jsonschema.Draft7Validator(schema)
print(json.dumps([[error.json_path for error in validator.iter_errors(host)] for host in hosts]))
`;

const schema: unknown = JSON.parse(readFileSync("templates/host.schema.json", "utf8"));

const verdicts = (hosts: readonly string[]): readonly (readonly string[])[] => {
  const values = hosts.map((text) => readDocument(text).root?.value);
  const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", VALIDATE], {
    input: JSON.stringify([schema, values]),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
};

/** Its package brings the module for JSON Schema. */
it.skipIf(!toolAvailable("cloud-init", "cloud-init"))(
  "editors take every example of a step and of a check, and refuse an entry of another form",
  () => {
    const examples = [
      ...STEPS.flatMap(({ examples }) => examples.pass.map((one) => withEntry("steps", one))),
      ...CHECKS.flatMap(({ examples }) => examples.pass.map((one) => withEntry("test", one))),
    ];
    expect(examples.length).toBeGreaterThan(30);
    const found = verdicts(examples).flatMap((errors, at) => (errors.length > 0 ? [examples[at]] : []));
    expect(found).toEqual([]);

    const wrong = [
      "packages: 5",
      "packages: {instal: [x]}",
      "{}",
      "rebot",
      "{file: {}, user: x}",
      "user: [a]",
    ];
    for (const errors of verdicts(wrong.map((one) => withEntry("steps", one))))
      expect(errors).not.toEqual([]);
  },
);
