import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type Kind, keysOf } from "../../../provision/ami/kind.ts";
import { CHECKS, STEPS } from "../../../provision/ami/kinds.ts";
import { below, namedFiles, type Recipe } from "../../../provision/ami/recipe.ts";
import { parseHost } from "../../../provision/host/load.ts";
import { toolAvailable } from "../../tools.ts";
import { recipeOfHost, runnerOf, withEntry } from "./recipes.ts";

const KINDS: readonly (readonly [string, string, Kind])[] = [
  ...STEPS.map((kind) => ["steps", kind.name, kind] as const),
  ...CHECKS.map((kind) => ["test", kind.name, kind] as const),
];

const errorsOf = (list: string, example: string) =>
  parseHost(withEntry(list, example), "host.yaml").problems.filter(({ severity }) => severity === "error");

/** The recipe of an example; every file that it names is there. */
const recipeOf = (list: string, example: string): Recipe => {
  const text = withEntry(list, example);
  const { host } = parseHost(text, "host.yaml");
  const named = host?.image === undefined ? [] : namedFiles(host.image);
  return recipeOfHost(
    text,
    Object.fromEntries(
      named.map(({ path, use }) => [
        use === "tree" ? below(path, "x") : path,
        use === "script" ? "#!/bin/sh\ntrue\n" : "x",
      ]),
    ),
  );
};

/** The shell that an example becomes, by the name of its file. The runner itself is looked at in its own test. */
const rendered = (list: string, example: string): readonly (readonly [string, string])[] =>
  runnerOf(recipeOf(list, example), { phase: list === "test" ? "test" : "bake" })
    .files.filter(({ name }) => /^(steps|scripts)\/.*\.sh$/.test(name))
    .map(({ name, content }) => [name, new TextDecoder().decode(content)]);

describe.each(KINDS)("%s: %s", (list, name, kind) => {
  it.each(kind.examples.pass)("takes %s", (example) => {
    expect(errorsOf(list, example)).toEqual([]);
  });

  it.each(kind.examples.fail)("refuses %s", (example) => {
    const errors = errorsOf(list, example);
    expect(errors).not.toEqual([]);
    for (const { key } of errors) expect(key).toContain(`image.${list}[0].${name}`);
  });

  it("says what it does, in sentences, and shows it", () => {
    expect(kind.summary).toMatch(/^[A-Z].{10,300}[.]$/);
    expect(Math.min(kind.examples.pass.length, kind.examples.fail.length)).toBeGreaterThan(0);
    for (const short of [kind.short ?? keysOf(kind)[0]]) if (short) expect(keysOf(kind)).toContain(short);
    for (const path of Object.keys(kind.paths)) expect(keysOf(kind)).toContain(path);
  });
});

it("each kind has a name of its own in its list", () => {
  for (const kinds of [STEPS, CHECKS]) expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
});

describe("the shell of all examples", () => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-recipe-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const scripts = KINDS.flatMap(([list, name, { examples }]) =>
    examples.pass.flatMap((example, at) =>
      rendered(list, example).map(([file, text]) => {
        const path = join(folder, `${list}-${name}-${at}-${file.replaceAll("/", "-")}`);
        writeFileSync(path, text);
        return path;
      }),
    ),
  );

  it.each(["dash", "bash"])("is understood by %s", (shell) => {
    if (!toolAvailable(shell, shell)) return;
    expect(scripts.length).toBeGreaterThan(35);
    const each = 'status=0; for f in "$@"; do "$0" -n "$f" || status=1; done; exit "$status"';
    const { status, stderr } = spawnSync("sh", ["-c", each, shell, ...scripts], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it.skipIf(!toolAvailable("shellcheck", "shellcheck"))(
    "gives shellcheck nothing to say",
    { timeout: 120_000 },
    () => {
      const ours = scripts.filter((path) => path.includes("-steps-"));
      const { status, stdout } = spawnSync("shellcheck", ["--format=gcc", ...ours], { encoding: "utf8" });
      expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    },
  );
});
