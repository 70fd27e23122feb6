import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { command } from "../../../provision/commands/check.ts";
import type { Terminal } from "../../../provision/commands/command.ts";
import { loadRecipe } from "../../../provision/commands/load-recipe.ts";
import { parseHost } from "../../../provision/host/load.ts";

const dir = mkdtempSync(join(tmpdir(), "hostwright-recipe-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let said = "";
let printed = "";
const terminal: Terminal = {
  out: (text) => {
    printed += String(text);
  },
  err: (text) => {
    said += text;
  },
};
beforeEach(() => {
  said = "";
  printed = "";
});

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};

const load = (steps: string) => {
  const text = `name: web\nimage:\n  steps:\n    - ${steps}\n`;
  const file = write("host.yaml", text);
  const { host, positionOf } = parseHost(text, file);
  if (host === undefined) throw new Error("the example is wrong");
  return loadRecipe({ host, positionOf }, file, terminal);
};

describe("the files of a recipe", () => {
  it("are read as seen from host.yaml, byte for byte", async () => {
    mkdirSync(join(dir, "files"), { recursive: true });
    write("files/data", new Uint8Array([0, 255, 10]));
    const recipe = await load("file: {from: files/data, to: /etc/data}");
    expect([...(recipe?.files ?? [])].map(([path, { bytes }]) => [path, [...bytes]])).toEqual([
      ["files/data", [0, 255, 10]],
    ]);
    expect(said).toBe("");
  });

  it.each([
    [
      "file: {from: none, to: /etc/x}",
      ":4:14: error: image.steps[0].file.from: Cannot read",
      "there is no such file",
    ],
    [
      "file: {from: files, to: /etc/x}",
      ":4:14: error: image.steps[0].file.from: Cannot read",
      "it is a directory",
    ],
    [
      "service: {unit: no.service}",
      ":4:17: error: image.steps[0].service.unit: Cannot read",
      "there is no such file",
    ],
    ["shell: {run: no.sh}", ":4:15: error: image.steps[0].shell.run: Cannot read", "there is no such file"],
  ])("that cannot be read are told with their place: %s", async (steps, place, reason) => {
    await expect(load(steps)).rejects.toThrow("has problems, listed above");
    expect(said).toContain(`${join(dir, "host.yaml")}${place}`);
    expect(said).toContain(reason);
  });

  it.each([
    ["py.sh", "#!/usr/bin/python3\n", "does not begin with #! and sh, dash or bash"],
    ["plain.sh", "echo\n", "does not begin with #! and sh, dash or bash"],
    ["crlf.sh", "#!/bin/sh\r\necho\r\n", "has CRLF line ends"],
    ["binary.sh", new Uint8Array([35, 33, 255, 254]), "is not valid UTF-8"],
  ])("that are no scripts are told by name: %s", async (name, content, reason) => {
    write(name, content);
    await expect(load(`shell: {run: ${name}}`)).rejects.toThrow("has problems, listed above");
    expect(said).toMatch(new RegExp(`^${name}:1:1: error: ${reason}.*image.steps\\[0\\].shell.run\n$`));
  });

  it("in a directory are read all of them, with what may be executed, and without .git", async () => {
    mkdirSync(join(dir, "tree", "sub"), { recursive: true });
    mkdirSync(join(dir, "tree", ".git"), { recursive: true });
    for (const name of ["b", "sub/run", "sub/.hidden", ".git/config"]) write(`tree/${name}`, name);
    chmodSync(join(dir, "tree/sub/run"), 0o755);
    const recipe = await load("directory: {path: /srv, from: tree/}");
    expect([...(recipe?.files ?? [])].map(([path, { executable }]) => [path, executable])).toEqual([
      ["tree/b", false],
      ["tree/sub/.hidden", false],
      ["tree/sub/run", true],
    ]);
  });

  it("in a directory that holds a link are refused, and so is a file in its place", async () => {
    mkdirSync(join(dir, "linked"));
    symlinkSync("/etc/passwd", join(dir, "linked", "x"));
    await expect(load("directory: {path: /srv, from: linked}")).rejects.toThrow();
    expect(said).toContain("image.steps[0].directory.from: Cannot read");
    expect(said).toContain("x is neither a file nor a directory");
    await expect(load("directory: {path: /srv, from: host.yaml}")).rejects.toThrow();
    expect(said).toContain("a part of its path is not a directory");
  });

  it("are all told at once", async () => {
    await expect(load("shell: {run: a.sh}\n    - shell: {run: b.sh}")).rejects.toThrow();
    expect(said.trim().split("\n")).toHaveLength(2);
  });
});

describe("provision check", () => {
  const check = async (image: string): Promise<number> => {
    const options = {
      var: [],
      "var-file": [],
      format: "text",
      "fail-on": "warning",
    } as unknown as Parameters<typeof command.run>[0];
    return command.run(options, [write("host.yaml", `name: web\nimage:\n  ${image}\n`)], terminal);
  };

  it("passes a host that is nothing but an image", async () => {
    expect(await check("steps: [{packages: [nginx]}]")).toBe(0);
    expect({ printed, said }).toMatchObject({ printed: "" });
    expect(said).toContain("no user data");
  });

  it("applies the rules of scripts to those of the recipe, each once", async () => {
    write("setup.sh", "#!/bin/bash\nset -euo pipefail\ndnf install nginx\n");
    expect(await check("steps: [{shell: {run: setup.sh}}, {shell: {run: setup.sh}}]")).toBe(3);
    expect(printed).toBe("setup.sh:3:1: error UD23: dnf install asks for confirmation; add -y\n");
  });
});
