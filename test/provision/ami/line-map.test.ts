import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { originOf, placeOf } from "../../../provision/ami/line-map.ts";
import { namedFiles, recipeOf } from "../../../provision/ami/recipe.ts";
import type { Runner } from "../../../provision/ami/runner.ts";
import { parseHost } from "../../../provision/host/load.ts";
import { runnerOf } from "./recipes.ts";

const HOST = `name: web
image:
  base: debian-12
  steps:
    - packages: [nginx]
    - shell: {run: scripts/set up.sh, params: {port: 80, text: "a\\nb"}}
    - shell: make
    - shell: |
        cd /opt
        make
    - shell:
        params: {x: 1}
        script: |
          #!/bin/sh -e
          echo one
          echo two
    - reboot
  validate:
    - port: 80
`;
const SCRIPT = "#!/bin/bash\nset -eu\necho first\n\necho last\n";

const { host, positionOf } = parseHost(HOST, "host.yaml");
if (host?.image === undefined) throw new Error("the example is wrong");
const { image } = host;
const recipe = recipeOf(
  host,
  image,
  new Map(
    namedFiles(image).map(({ path }) => [
      path,
      { bytes: new TextEncoder().encode(SCRIPT), executable: true },
    ]),
  ),
);

/** The place of the line in a file of the runner that holds a text, as `FILE:LINE`. */
const placeOfText = (runner: Runner, file: RegExp, text: string): string => {
  const found = runner.files.find(
    ({ name, content }) => file.test(name) && String(Buffer.from(content)).includes(text),
  );
  const lines = String(Buffer.from(found?.content ?? [])).split("\n");
  const origin = originOf(
    runner.lines,
    found?.name ?? "",
    lines.findIndex((line) => line.includes(text)) + 1,
  );
  if (origin === undefined) return "nowhere";
  const { file: path, line } = placeOf(origin, positionOf);
  return `${path}:${line}`;
};

describe.each([
  ["as they are", []],
  ["with a trap in front of them", ["trap 'echo 2\nlines' ERR", "true"]],
])("the lines of scripts %s", (_, trap) => {
  const runner = runnerOf(recipe, { prologue: () => trap });

  it.each([
    ["of a file", /scripts/, "echo first", "scripts/set up.sh:3"],
    ["of a file, at its end", /scripts/, "echo last", "scripts/set up.sh:5"],
    ["of a file, in front of it", /scripts/, "readonly port", "host.yaml:6"],
    ["of one line beside its key", /shell\.sh/, "make", "host.yaml:7"],
    ["of a block", /scripts/, "cd /opt", "host.yaml:9"],
    ["of a block that says which shell", /scripts/, "echo two", "host.yaml:16"],
    ["of a step", /steps/, "apt install", "host.yaml:5"],
    ["of a check", /steps/, "/proc/net/tcp", "host.yaml:19"],
    ["of the runner", /run\.sh/, "restart 6 ", "host.yaml:17"],
    ["of the runner that belong to nobody", /run\.sh/, "set -u", "nowhere"],
    ["of the cleanup", /clean\.sh/, "cloud-init clean", "nowhere"],
  ])("belong to what the user knows: %s", (_name, file, text, place) => {
    expect(placeOfText(runner, file, text)).toBe(place);
  });

  it("are all known, each once, and no body is changed", () => {
    for (const { name, content } of runner.files.filter((one) => /^(scripts|steps)\//.test(one.name))) {
      const lines = String(Buffer.from(content)).split("\n").length - 1;
      for (let line = 1; line <= lines; line += 1) {
        const owners = runner.lines.filter(
          (one) => one.file === name && one.first <= line && line <= one.last,
        );
        expect(owners, `${name}:${line}`).toHaveLength(1);
      }
      expect(originOf(runner.lines, name, lines + 1)).toBeUndefined();
    }
    const script = runner.files.find(({ name }) => name.includes("set_up.sh"));
    expect(String(Buffer.from(script?.content ?? [])).endsWith(SCRIPT.slice(SCRIPT.indexOf("\n") + 1))).toBe(
      true,
    );
  });
});

it("the line that bash reports is the line of the user", () => {
  const prologue = ["trap 'echo \"failed at $LINENO\"' ERR"];
  const bytes = new TextEncoder().encode("#!/bin/bash\nset -e\necho ok\nfalse\n");
  const failing = new Map([["scripts/set up.sh", { bytes, executable: true }]]);
  const runner = runnerOf(recipeOf(host, image, failing), {
    prologue: () => prologue,
  });
  const script = runner.files.find(({ name }) => name.includes("set_up.sh"));
  const { stdout } = spawnSync("bash", { input: Buffer.from(script?.content ?? []), encoding: "utf8" });
  const line = Number(/failed at (\d+)/.exec(stdout)?.[1]);
  const origin = originOf(runner.lines, script?.name ?? "", line);
  expect(origin).toEqual({ kind: "file", path: "scripts/set up.sh", line: 4 });
});
