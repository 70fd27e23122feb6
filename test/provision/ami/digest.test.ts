import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recipeDigest } from "../../../provision/ami/digest.ts";
import { recipeFrom, recipeOfHost } from "./recipes.ts";

const IMAGE = `
steps:
  - packages: {install: [nginx, git], update: security}
  - file: {from: a.conf, to: /etc/a, mode: "0600"}
  - shell: {run: b.sh, params: {x: 1, y: two}}
validate: [{shell: nginx -t}]
test: [{port: 80}]`;
const PACKAGES = "  - packages: {install: [nginx, git], update: security}\n";
const FILES = { "a.conf": "a", "b.sh": "#!/bin/sh\n" };
const BASE = "ami-0123456789abcdef0";

const digest = (image = IMAGE, files: Readonly<Record<string, string>> = FILES, base = BASE): string =>
  recipeDigest(recipeFrom(image, files), base);

describe("the digest of a recipe", () => {
  it("is the same for the same input, also in another program", () => {
    expect(digest()).toBe(digest());
    // Whoever changes this number makes every image anew.
    expect(digest()).toBe("adb3bd4c11e848f949d1b5066f06848999e120107f8dbcadff8c709e4668c69d");
  });

  it("does not depend on the order of keys, on short forms, or on comments", () => {
    expect(
      digest(`
test: [port: {number: 80}]   # the same
validate:
  - shell: {script: nginx -t}
steps:
  - packages: {update: security, install: [nginx, git]}
  - file: {mode: "0600", to: /etc/a, from: a.conf}
  - shell: {params: {y: two, x: 1}, run: b.sh}`),
    ).toBe(digest());
  });

  it("depends on everything that could make another image, or test it otherwise", () => {
    const others = [
      digest(IMAGE.replace("[nginx, git]", "[git, nginx]")),
      digest(IMAGE.replace("0600", "0640")),
      digest(IMAGE.replace("x: 1", "x: 2")),
      digest(IMAGE.replace("nginx -t", "nginx -T")),
      digest(IMAGE.replace("port: 80", "port: 81")),
      digest(IMAGE.replace(PACKAGES, "").replace("\nvalidate", `\n${PACKAGES}validate`)),
      digest(`${IMAGE}\ncleanup: {profile: none}`),
      digest(IMAGE, { ...FILES, "a.conf": "b" }),
      digest(IMAGE, { ...FILES, "b.sh": "#!/bin/sh\n\n" }),
      digest(IMAGE, FILES, "ami-0123456789abcdef1"),
    ];
    expect(new Set([...others, digest()]).size).toBe(others.length + 1);
  });

  it("depends on what may be executed", () => {
    const recipe = recipeFrom("steps: [{directory: {path: /srv, from: tree}}]", { "tree/run": "x" });
    const files = new Map([...recipe.files].map(([path, file]) => [path, { ...file, executable: true }]));
    expect(recipeDigest({ ...recipe, files }, BASE)).not.toBe(recipeDigest(recipe, BASE));
  });

  it("depends on the configuration of the agent exactly when that goes into the image", () => {
    const host = (steps: string, path: string) =>
      recipeDigest(
        recipeOfHost(
          `name: web\nagent: {logs: {files: [{file_path: ${path}, log_group_name: x}]}}\nimage: {steps: [${steps}]}\n`,
        ),
        BASE,
      );
    const agent = `{host_agent: {url: "s3://b/x", sha256: ${"ab".repeat(32)}}}`;
    expect(host(agent, "/var/log/a")).not.toBe(host(agent, "/var/log/b"));
    expect(host("reboot", "/var/log/a")).toBe(host("reboot", "/var/log/b"));
  });

  it("does not depend on the order of the parameters of a script", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.nat()), {
          selector: ([name]) => name,
          minLength: 1,
        }),
        (params) => {
          const image = (entries: readonly (readonly [string, number])[]) =>
            `steps: [{shell: {script: x, params: {${entries.map(([name, value]) => `"${name}": ${value}`).join(", ")}}}}]`;
          expect(digest(image(params.toReversed()), {})).toBe(digest(image(params), {}));
        },
      ),
      { numRuns: 50 },
    );
  });
});
