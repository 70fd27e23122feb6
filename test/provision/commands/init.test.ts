import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command as check } from "../../../provision/commands/check.ts";
import type { Command } from "../../../provision/commands/command.ts";
import { command as init } from "../../../provision/commands/init.ts";
import { command as diff } from "../../../provision/commands/user-data-diff.ts";
import { command as render } from "../../../provision/commands/user-data-render.ts";
import { toolAvailable } from "../../tools.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-init-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async <Options>(command: Command<Options>, options: Options, ...operands: readonly string[]) => {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string | Uint8Array) => out.push(Buffer.from(text).toString()),
    err: (text: string) => err.push(text),
  };
  const status = await command.run(options, operands, terminal);
  return { status, out: out.join(""), err: err.join("") };
};

/** Nobody says anything of variables. */
const NO_VALUES = { var: [], "var-file": [] };
const CHECKED = { ...NO_VALUES, format: "text", "fail-on": "warning" } as const;

describe.each(["bare", "nginx", "node-app", "docker", "worker"])(
  "provision init --template %s",
  (template) => {
    it("writes a host without a finding, whose user data can be rendered", async () => {
      const directory = join(folder, template);
      const { out } = await run(init, { template }, directory);
      expect(out).toBe(`${join(directory, "boot.sh")}\n${join(directory, "host.yaml")}\n`);
      const host = join(directory, "host.yaml");
      const checked = await run(check, CHECKED, host);
      expect(checked).toMatchObject({
        status: 0,
        err: expect.stringMatching(/user data of \d+ bytes\n$/),
      });
      // Containers are one hop further away, which is worth a word.
      expect(checked.out).toMatch(template === "docker" ? /^\S+ info LT07: [^\n]*\n$/ : /^$/);
      const rendered = await run(render, { ...NO_VALUES, base64: false }, host);
      expect(rendered).toMatchObject({ status: 0, err: "", out: expect.stringMatching(/^#!\/bin\/bash\n/) });
      const encoded = await run(render, { ...NO_VALUES, base64: true }, host);
      expect(Buffer.from(encoded.out, "base64").toString()).toBe(rendered.out);
      if (!toolAvailable("shellcheck", "shellcheck")) return;
      expect(spawnSync("shellcheck", ["-"], { input: rendered.out, encoding: "utf8" }).stdout).toBe("");
    });

    it("never replaces a file", async () => {
      await expect(run(init, { template }, join(folder, template))).rejects.toThrow("it is there already");
    });
  },
);

describe("provision check, render and diff", () => {
  it("point at the key that a rule of launch templates speaks of", async () => {
    const host = join(folder, "launch.yaml");
    writeFileSync(
      host,
      [
        "name: web",
        "launch:",
        "  image: al2023",
        "  instance_type: t3.small",
        "  security_group_ids: [sg-0123456789abcdef0]",
        "  root_volume: {iops: 100}",
        "  volumes:",
        "    - device: /dev/sdf",
        "      size_gib: 1",
        "      throughput: 3000",
        "  tags: {aws:x: y}",
        "",
      ].join("\n"),
    );
    const checked = await run(check, CHECKED, host);
    expect(checked).toMatchObject({ status: 3, err: `3 errors, 1 warning, 0 info\n${host}: no user data\n` });
    const places = checked.out.split("\n").map((line) => line.replace(`${host}:`, "").slice(0, 18));
    expect(places.toSorted()).toEqual([
      "",
      "10:7: error LT10: ",
      "11:3: error LT22: ",
      "2:1: warning LT15:",
      "6:17: error LT10: ",
    ]);
  });

  it("print findings as other programs read them, and end as they are told to", async () => {
    const host = join(folder, "launch.yaml");
    const json = await run(check, { ...CHECKED, format: "json" }, host);
    expect(JSON.parse(json.out).findings).toHaveLength(4);
    expect((await run(check, { ...CHECKED, format: "github" }, host)).out).toContain("::error file=");
    writeFileSync(
      host,
      "name: web\nlaunch: {image: al2023, instance_type: t3.small, security_group_ids: [sg-0123456789abcdef0]}\n",
    );
    expect((await run(check, CHECKED, host)).status).toBe(3);
    expect((await run(check, { ...CHECKED, "fail-on": "error" }, host)).status).toBe(0);
  });

  it("point at what is wrong", async () => {
    const host = join(folder, "wrong.yaml");
    writeFileSync(host, "name: web\nboot: {script: [x]}\n");
    await expect(run(check, CHECKED, host)).rejects.toThrow("has problems, listed above");
    writeFileSync(host, "name: web\nboot: {scripts: [none.sh]}\n");
    await expect(run(render, { ...NO_VALUES, base64: false }, host)).rejects.toThrow("there is no such file");
    writeFileSync(join(folder, "sudo.sh"), "#!/bin/bash\nset -euo pipefail\nsudo true\n");
    writeFileSync(host, "name: web\nboot: {scripts: [sudo.sh]}\n");
    expect(await run(check, CHECKED, host)).toMatchObject({
      status: 3,
      out: expect.stringMatching(/^sudo.sh:3:1: warning UD22/),
    });
  });

  it("compare two files", async () => {
    const one = join(folder, "nginx", "boot.sh");
    expect(await run(diff, { json: false }, one, one)).toEqual({ status: 0, out: "", err: "" });
    const two = join(folder, "two.sh");
    writeFileSync(two, readFileSync(one, "utf8").replace("nginx -t\n", ""));
    const { status, out } = await run(diff, { json: false }, one, two);
    expect(status).toBe(3);
    expect(out).toContain("\n- nginx -t\n");
    expect(JSON.parse((await run(diff, { json: true }, one, two)).out).differences).toHaveLength(2);
  });
});
