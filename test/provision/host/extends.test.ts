import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatProblem } from "../../../agent/config/load.ts";
import { loadHost, readSources } from "../../../provision/commands/load-host.ts";
import { parseHost } from "../../../provision/host/load.ts";

const BASE = {
  file: "shared/base.yaml",
  content: `name: base
boot:
  params: {team: platform, env: prod}
  scripts: [harden.sh, /opt/abs.sh]
launch:
  image: al2023
  instance_type: t3.small
  security_group_ids: [sg-0123456789abcdef0]
  tags: {team: platform, cost: "12"}
`,
};

const parse = (text: string) => parseHost(text, "hosts/host.yaml", [BASE]);
const said = (text: string): readonly string[] => parse(text).problems.map(formatProblem);

describe("a host that extends another one", () => {
  it("puts mappings together and replaces all else", () => {
    const { host } = parse(
      "extends: ../shared/base.yaml\nname: web\nboot: {params: {env: test}}\nlaunch: {instance_type: t3.large, tags: {cost: '13'}}\n",
    );
    expect(host).toMatchObject({
      name: "web",
      boot: {
        params: { team: "platform", env: "test" },
        // As seen from the file that is asked for.
        scripts: ["../shared/harden.sh", "/opt/abs.sh"],
      },
      launch: {
        image: "al2023",
        instance_type: "t3.large",
        security_group_ids: ["sg-0123456789abcdef0"],
        tags: { team: "platform", cost: "13" },
      },
    });
  });

  it("keeps paths of its own as they are, and a list takes the place of another one", () => {
    expect(parse("extends: x\nboot: {scripts: [own.sh]}\n").host?.boot.scripts).toEqual(["own.sh"]);
  });

  it("points at the file that is wrong", () => {
    expect(said("extends: x\nname: web\nlaunch: {instance_type: 3}\n")).toEqual([
      expect.stringContaining("hosts/host.yaml:3:25: error: launch.instance_type"),
    ]);
    const wrong = { file: "shared/wrong.yaml", content: "boot:\n  script: [a.sh]\n" };
    expect(
      parseHost("extends: x\nname: web\n", "hosts/host.yaml", [wrong]).problems.map(formatProblem),
    ).toEqual([
      expect.stringContaining(
        "shared/wrong.yaml:2:3: error: boot.script: unknown key (did you mean scripts?)",
      ),
    ]);
    const broken = { file: "shared/broken.yaml", content: "name: [\n" };
    expect(parseHost("extends: x\nname: web\n", "hosts/host.yaml", [broken]).problems[0]).toMatchObject({
      file: "shared/broken.yaml",
      severity: "error",
    });
  });

  it("knows where each key is", () => {
    const { positionOf } = parse("extends: x\nname: web\nlaunch:\n  instance_type: t3.large\n");
    expect(positionOf(["launch", "instance_type"])).toEqual({ file: "hosts/host.yaml", line: 4, column: 3 });
    expect(positionOf(["launch", "tags", "cost"])).toEqual({ file: "shared/base.yaml", line: 9, column: 26 });
    expect(positionOf(["launch", "key_name"])).toEqual({ file: "hosts/host.yaml", line: 3, column: 1 });
  });
});

describe("a chain of files", () => {
  let folder = "";
  const terminal = { out: () => undefined, err: () => undefined };
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hostwright-extends-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is read from the file system, each path as seen from its file", async () => {
    write("org/base.yaml", "name: org\nboot: {scripts: [harden.sh]}\n");
    write("org/harden.sh", "#!/bin/sh\ntrue\n");
    write("team/base.yaml", "extends: ../org/base.yaml\nboot: {params: {team: web}}\n");
    const path = write("team/web/host.yaml", "extends: ../base.yaml\nname: web\n");
    const host = await loadHost(path, [], terminal);
    expect(host).toMatchObject({ name: "web", boot: { params: { team: "web" } } });
    expect((await readSources(host, path)).scripts.map(({ text }) => text)).toEqual(["#!/bin/sh\ntrue\n"]);
  });

  it("must end", async () => {
    const path = write("a.yaml", "extends: b.yaml\nname: a\n");
    write("b.yaml", "extends: ./a.yaml\n");
    await expect(loadHost(path, [], terminal)).rejects.toThrow("leads back to where it began");
    await expect(loadHost(write("c.yaml", "extends: none.yaml\nname: c\n"), [], terminal)).rejects.toThrow(
      "there is no such file",
    );
  });
});
