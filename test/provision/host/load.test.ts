import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatProblem } from "../../../agent/config/load.ts";
import { parseHost } from "../../../provision/host/load.ts";

const said = (text: string): readonly string[] => parseHost(text, "host.yaml").problems.map(formatProblem);

describe("host.yaml", () => {
  it("needs no more than a name", () => {
    const { host, problems } = parseHost("name: web\n", "host.yaml");
    expect(problems).toEqual([]);
    expect(host).toEqual({ name: "web", boot: { params: {}, scripts: [], compression: "auto" } });
  });

  it("is checked with line, column and the key that was meant", () => {
    expect(said("name: web\nboot:\n  script: [x]\n")).toEqual([
      "host.yaml:3:3: error: boot.script: unknown key (did you mean scripts?)",
    ]);
    expect(said("boot: {}\n")).toEqual(["host.yaml:1:1: error: name: is required"]);
    expect(said("name: [a\n")[0]).toMatch(/^host.yaml:\d+:\d+: error: not valid YAML/);
    expect(said("")).toEqual([expect.stringContaining("the file is empty")]);
  });

  it("refuses parameters that a shell could not take, or would get changed", () => {
    expect(
      said("name: web\nboot:\n  params:\n    PATH: /x\n    a-b: 1\n    port: 0x10\n    ok: 80\n"),
    ).toEqual([
      "host.yaml:4:5: error: boot.params.PATH: the shell uses this name itself",
      expect.stringMatching(/^host.yaml:5:5: error: boot.params.a-b: a parameter is named/),
      'host.yaml:6:11: error: boot.params.port: would arrive as 16 (put it in quotes: "0x10")',
    ]);
  });

  it("holds the agent's own configuration, checked by the agent's own rules", () => {
    const text = "name: web\nagent:\n  logs:\n    files:\n      - file_pth: /var/log/messages\n";
    expect(said(text)).toContain(
      "host.yaml:5:9: error: agent.logs.files[0].file_pth: unknown key (did you mean file_path?)",
    );
  });

  it("asks for that configuration when the agent is to be installed", () => {
    const text = `name: web\nboot:\n  install_agent: {url: "https://example.com/x", sha256: ${"a".repeat(64)}}\n`;
    expect(said(text)).toEqual([expect.stringContaining("there is no configuration for the agent")]);
  });

  it("says which keys nothing reads yet", () => {
    expect(said("name: web\nimage:\n  base: al2023\n  output: {keep: 5}\n")).toEqual([
      "host.yaml:4:3: warning: image.output: is not read by this version",
    ]);
  });

  it.each([
    ["instance_type: t3.small", ["host.yaml:2:1: error: launch: says nothing of the image"]],
    ["image: al2023", ["host.yaml:2:1: error: launch: says nothing of the instances"]],
    [
      "image: al2023\n  instance_type: t3.small\n  instance_requirements: {vcpu: {min: 2}, memory_mib: {min: 512}}",
      ["host.yaml:6:26: error: launch.instance_requirements: excludes instance_type"],
    ],
    ["image: windows\n  instance_type: t3.small", ["host.yaml:4:10: error: launch.image: must be al2023"]],
    [
      "image: {id: ami-123}\n  instance_type: t3.small",
      ["host.yaml:4:15: error: launch.image.id: must be an id as ami-0123456789abcdef0"],
    ],
    [
      "image: al2023\n  instance_type: t3.small\n  volumes: [{device: /dev/sdf}]",
      ["host.yaml:6:13: error: launch.volumes[0]: has neither size_gib nor snapshot_id"],
    ],
    [
      "image: al2023\n  instance_typ: t3.small",
      [
        "host.yaml:2:1: error: launch: says nothing of the instances",
        "host.yaml:5:3: error: launch.instance_typ: unknown key (did you mean instance_type?)",
      ],
    ],
  ])("points at what is wrong with a launch template: %s", (keys, expected) => {
    const text = `name: web\nlaunch:\n  security_group_ids: [sg-0123456789abcdef0]\n  ${keys}\n`;
    const found = said(text);
    expect(found).toHaveLength(expected.length);
    for (const [at, line] of expected.entries()) expect(found[at]).toContain(line);
  });

  it("is described by its JSON Schema", () => {
    const schema = JSON.parse(readFileSync("templates/host.schema.json", "utf8"));
    expect(Object.keys(schema.properties).toSorted()).toEqual([
      ...["agent", "boot", "extends", "image", "launch", "name", "variables"],
    ]);
    expect(schema.properties.agent.properties.logs).toBeDefined();
  });
});
