import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { run, scratch, testRelease } from "./release.ts";

const out = scratch("package");
const name = "hostwright-1.2.3-linux-x64";
const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

let archive = "";
beforeAll(async () => {
  archive = await testRelease({ version: "1.2.3", out });
});

describe("the archive", () => {
  it("bears the version and the platform in its name", () => {
    expect(archive).toBe(join(out, `${name}.tar.gz`));
  });

  it("holds everything that a host needs, owned by root, under one name", () => {
    const lines = run("tar", ["--list", "--verbose", "--numeric-owner", "-zf", archive])
      .out.trimEnd()
      .split("\n");
    const entries = lines.map((line) => {
      const [mode = "", owner = "", , date = "", , path = ""] = line.split(/\s+/);
      return { mode, owner, date, path };
    });
    expect(entries.map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      `drwxr-xr-x ${name}/`,
      `-rw-r--r-- ${name}/LICENSE`,
      `-rw-r--r-- ${name}/LICENSES-of-others.txt`,
      `-rw-r--r-- ${name}/SHA256SUMS`,
      `-rw-r--r-- ${name}/VERSION`,
      `-rw-r--r-- ${name}/agent-config.schema.json`,
      `-rw-r--r-- ${name}/agent.yaml`,
      `drwxr-xr-x ${name}/bin/`,
      `-rwxr-xr-x ${name}/bin/host-agent`,
      `-rwxr-xr-x ${name}/bin/node`,
      `-rwxr-xr-x ${name}/bin/provision`,
      `-rw-r--r-- ${name}/host-agent.service`,
      `-rwxr-xr-x ${name}/install.sh`,
      `drwxr-xr-x ${name}/lib/`,
      `-rw-r--r-- ${name}/lib/host-agent.cjs`,
      `-rw-r--r-- ${name}/lib/provision.cjs`,
    ]);
    expect(new Set(entries.map(({ owner }) => owner))).toEqual(new Set(["0/0"]));
    expect(new Set(entries.map(({ date }) => date))).toEqual(new Set(["1980-01-01"]));
  });

  it("is the same, byte for byte, when it is made again", async () => {
    const again = join(out, "again");
    mkdirSync(again);
    expect(sha256(await testRelease({ version: "1.2.3", out: again }))).toBe(sha256(archive));
  });

  it("carries checksums that sha256sum accepts, of all files but their own", () => {
    const home = join(out, "home");
    mkdirSync(home);
    run("tar", ["-xzf", archive, "-C", home, "--strip-components=1"]);
    expect(run("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], home)).toEqual({
      status: 0,
      out: "",
      err: "",
    });
    expect(readFileSync(join(home, "SHA256SUMS"), "utf8").trimEnd().split("\n")).toHaveLength(12);
    expect(readFileSync(join(home, "VERSION"), "utf8")).toBe("1.2.3\n");
    expect(statSync(join(home, "bin", "node")).mode & 0o111).toBe(0o111);
  });

  it("names the licence of everything that is bundled", () => {
    const licences = readFileSync(join(out, "home", "LICENSES-of-others.txt"), "utf8");
    for (const bundled of [
      "Node.js v24.",
      "zod ",
      "yargs ",
      "yaml ",
      "@aws-sdk/client-cloudwatch-logs ",
      "pino ",
    ])
      expect(licences).toContain(`== ${bundled}`);
    expect(licences).not.toContain("== vitest ");
  });

  it("holds programs that start", () => {
    expect(run(join(out, "home", "bin", "host-agent"), ["--version"]).status).toBe(0);
    expect(run(join(out, "home", "bin", "provision"), ["--version"]).status).toBe(0);
  });
});
