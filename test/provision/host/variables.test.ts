import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDocument } from "../../../agent/config/document.ts";
import { formatProblem } from "../../../agent/config/load.ts";
import { parseHost } from "../../../provision/host/load.ts";
import { fillVariables, type Given, referenceTo } from "../../../provision/host/variables.ts";

const LAUNCH = `launch:
  image: al2023
  security_group_ids: [sg-0123456789abcdef0]
`;

const argument = (name: string, value: string | number | boolean): Given => ({
  name,
  value,
  source: `--var ${name}`,
  deliberate: true,
});

const parse = (text: string, ...given: readonly Given[]) => parseHost(text, "host.yaml", [], given);
const said = (text: string, ...given: readonly Given[]): readonly string[] =>
  parse(text, ...given).problems.map(formatProblem);

const WEB = `name: web-\${var.env}
variables:
  env: {one_of: [test, prod], description: Where it is}
  size: {default: 20}
  public: {type: boolean, default: false}
boot:
  scripts: [boot.sh]
  params: {env: "\${var.env}", literal: "$\${var.env}", home: "\${HOME}"}
${LAUNCH}  instance_type: t3.small
  root_volume: {size_gib: "\${var.size}"}
  public_ip: \${var.public}
  tags: {stage: "\${var.env}-\${var.size}"}
`;

describe("variables of host.yaml", () => {
  it("stand where they are named, as what they are", () => {
    const { host, problems } = parse(WEB, argument("env", "prod"), argument("size", "30"));
    expect(problems).toEqual([]);
    expect(host).toMatchObject({
      name: "web-prod",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what has to be there.
      boot: { params: { env: "prod", literal: "${var.env}", home: "${HOME}" } },
      launch: { root_volume: { size_gib: 30 }, public_ip: false, tags: { stage: "prod-30" } },
    });
  });

  it("takes the last of the values that are given", () => {
    const { host } = parse(WEB, argument("env", "test"), argument("env", "prod"));
    expect(host?.name).toBe("web-prod");
  });

  it("tells a value that is missing where it is declared, and nothing that follows from it", () => {
    expect(said(WEB)).toEqual([
      "host.yaml:3:3: error: variables.env: has no value (give it with --var env=…, or add a default)",
    ]);
  });

  it("tells values that are not what they must be", () => {
    expect(said(WEB, argument("env", "prd"), argument("size", "many"), argument("public", "yes"))).toEqual([
      'host.yaml:3:3: error: variables.env: --var env must be one of test, prod, not "prd" (did you mean prod?)',
      'host.yaml:4:3: error: variables.size: --var size must be a number, not "many"',
      'host.yaml:5:3: error: variables.public: --var public must be true or false, not "yes"',
    ]);
  });

  it("tells names that nobody declared, and none of an environment that serves others too", () => {
    const env = argument("env", "prod");
    expect(said(WEB, env, argument("siez", "3"))).toEqual([
      "host.yaml:3:3: error: variables: --var siez: there is no variable siez (did you mean size?)",
    ]);
    expect(said(WEB, env, { ...argument("siez", "3"), deliberate: false })).toEqual([]);
    expect(said(`name: ${referenceTo("nam")}\n`)).toEqual([
      "host.yaml:1:7: error: name: there is no variable nam (declare it: variables: {nam: {}})",
    ]);
  });

  it("tells what is wrong with a declaration", () => {
    expect(said('name: web\nvariables:\n  a: {type: number, default: "x"}\n  b: {typ: number}\n')).toEqual([
      'host.yaml:3:3: error: variables.a: the default must be a number, not "x"',
      expect.stringContaining("host.yaml:4:7: error: variables.b.typ: unknown key"),
    ]);
    expect(said("name: web\nvariables:\n  a-b: {default: 1}\n")).toEqual([
      expect.stringContaining("host.yaml:3:3: error: variables.a-b: a variable is named with letters"),
    ]);
  });

  it("tells what braces need where YAML reads them itself", () => {
    expect(said(`name: web\nvariables: {a: {}}\nboot: {params: {a: ${referenceTo("a")}}}\n`)).toEqual([
      expect.stringContaining('(put the value in quotes: "…")'),
    ]);
  });

  it("are checked where they end up", () => {
    expect(said(WEB, argument("env", "prod"), argument("size", "0"))).toEqual([
      "host.yaml:13:27: error: launch.root_volume.size_gib: must be a whole number, 1 or more",
    ]);
  });

  it("come from what is extended, and may be given another default above it", () => {
    const base = {
      file: "base.yaml",
      content: `name: b-${referenceTo("env")}\nvariables: {env: {type: string}}\n`,
    };
    const { host } = parseHost("extends: base.yaml\nvariables: {env: {default: dev}}\n", "host.yaml", [base]);
    expect(host?.name).toBe("b-dev");
  });

  it("leave every document without references as it is", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (document) => {
        const { root } = readDocument(JSON.stringify({ a: document }));
        if (root === undefined || JSON.stringify(root.value).includes("var.")) return;
        expect(fillVariables(root, []).root.value).toEqual(root.value);
      }),
    );
  });

  it("arrive as they were given, whatever is in them", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (value, before, after) => {
        if (/[$]/.test(before + after)) return;
        const text = JSON.stringify({
          variables: { x: {} },
          a: referenceTo("x"),
          b: before + referenceTo("x") + after,
        });
        const { root } = readDocument(text);
        if (root === undefined) return;
        expect(fillVariables(root, [argument("x", value)]).root.value).toMatchObject({
          a: value,
          b: `${before}${value}${after}`,
        });
      }),
    );
  });
});

describe("values from outside", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "variables-"));
    writeFileSync(join(folder, "host.yaml"), WEB);
    writeFileSync(join(folder, "boot.sh"), "#!/bin/bash\nset -euo pipefail\nuptime\n");
    writeFileSync(join(folder, "prod.yaml"), 'env: prod\nsize: "40"\n');
    writeFileSync(join(folder, "list.yaml"), "env: [prod]\n");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const provision = (...args: readonly string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", "provision/main.ts", ...args], {
      cwd: join(import.meta.dirname, "../../.."),
      encoding: "utf8",
      env: { PATH: process.env.PATH, PROVISION_VAR_env: "test", PROVISION_VAR_size: "7" },
    });
  const rendered = (...args: readonly string[]) =>
    provision("user-data", "render", join(folder, "host.yaml"), ...args);

  it("are those of the environment, then of files, then of the command line", () => {
    expect(rendered().stdout).toContain("readonly env='test'");
    expect(rendered("--var-file", join(folder, "prod.yaml")).stdout).toContain("readonly env='prod'");
    const all = rendered("--var-file", join(folder, "prod.yaml"), "--var", "size=8", "--var", "env=test");
    expect(all).toMatchObject({ stderr: "", stdout: expect.stringContaining("readonly env='test'") });
  });

  it("are told where they are wrong", () => {
    expect(rendered("--var", "env").stderr).toContain('--var wants NAME=VALUE, not "env"');
    expect(rendered("--var-file", join(folder, "list.yaml")).stderr).toContain(
      "list.yaml:1:1: env must be a text, a number, true or false",
    );
    expect(rendered("--var-file", join(folder, "none.yaml")).stderr).toContain("there is no such file");
  });
});
