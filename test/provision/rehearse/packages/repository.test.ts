import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  controlField,
  type PackageFile,
  packagesText,
  releaseText,
  repositoryName,
} from "../../../../provision/rehearse/packages/repository.ts";
import { aptAvailable, type Deb, makeDeb, openDirectory, writeTo } from "./debs.ts";

const RELEASE = { origin: "Debian", codename: "bookworm", architecture: "amd64", at: Date.UTC(2026, 0, 2) };

const CONTROL =
  "Package: jq\nVersion: 2:1.6-2.1\nArchitecture: amd64\nDescription: short\n long\n .\n Size: 3\n";

const file = (name: string, control = CONTROL): PackageFile => ({
  file: name,
  control,
  bytes: 64_432,
  sha256: "c2".repeat(32),
});

describe("the index of a flat repository", () => {
  it("has every field of the control file in its order, and then where the file is and what is in it", () => {
    expect(packagesText([file("jq.deb")])).toBe(
      `${CONTROL}Filename: ./jq.deb\nSize: 64432\nSHA256: ${"c2".repeat(32)}\n`,
    );
  });

  it("does not take what a control file says of a file for the file", () => {
    const text = packagesText([file("jq.deb", `Filename: ../../etc/passwd\nsha256: 00\n${CONTROL}`)]);
    expect(text.match(/^(Filename|SHA256|Size):/gim)).toEqual(["Filename:", "Size:", "SHA256:"]);
  });

  it("is the same in whichever order the files come", () => {
    const files = ["a", "b", "c", "B", "a-b"].map((name) => file(name));
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        expect(packagesText(shuffled)).toBe(packagesText(files));
      }),
    );
  });

  it("is vouched for by a release file with its bytes and their hash", () => {
    const packages = packagesText([file("jq.deb", CONTROL.replace("short", "kürzer"))]);
    const release = releaseText(packages, RELEASE);
    const hash = createHash("sha256").update(packages).digest("hex");
    expect(release).toContain(`\n ${hash} ${Buffer.byteLength(packages)} Packages\n`);
    expect(release).toContain("\nDate: Fri, 02 Jan 2026 00:00:00 UTC\n");
  });

  it("names files as archives do, without what means something in an address", () => {
    expect(repositoryName(CONTROL)).toBe("jq_1.6-2.1_amd64.deb");
    expect(repositoryName(CONTROL.replace("jq", "g++").replace("2:1.6-2.1", "1~a/b%3a+c"))).toBe(
      "g++_1~a_b_3a+c_amd64.deb",
    );
    expect(controlField(CONTROL, "size")).toBe("");
  });
});

const DEBS: readonly Deb[] = [
  {
    name: "web",
    version: "1:2.0-1",
    fields: ["Depends: web-common (= 1:2.0-1), g++", "Recommends: web-extra"],
  },
  { name: "web-common", version: "1:2.0-1" },
  { name: "web-extra" },
  { name: "g++", version: "12~rc1+b2" },
  { name: "lost", fields: ["Depends: nowhere"] },
];

describe.skipIf(!aptAvailable())("the index, read by apt itself", () => {
  let directory = "";
  const repository = (): string => join(directory, "repository");

  const apt = (...args: readonly string[]) => {
    const settings = [
      ...["Dir", "Dir::Etc", "Dir::State", "Dir::Cache"].map((name) => `${name}=${directory}/apt`),
      `Dir::State::status=${directory}/apt/status`,
      `Dir::Etc::sourcelist=${directory}/apt/sources.list`,
      "Dir::Etc::sourceparts=/dev/null",
      "Dir::Bin::Methods=/usr/lib/apt/methods",
      "APT::Architecture=amd64",
      "APT::Architectures=amd64",
    ].flatMap((setting) => ["-o", setting]);
    return spawnSync("apt-get", [...settings, "-q", ...args], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, LC_ALL: "C", APT_CONFIG: join(directory, "apt.conf") },
    });
  };

  beforeAll(() => {
    directory = openDirectory();
    mkdirSync(repository());
    const files = DEBS.map((deb): PackageFile => {
      const made = makeDeb(directory, deb);
      const control = execFileSync("dpkg-deb", ["--field", made], { encoding: "utf8" });
      const name = repositoryName(control);
      execFileSync("mv", [made, join(repository(), name)]);
      const bytes = readFileSync(join(repository(), name));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { file: name, control, bytes: bytes.length, sha256 };
    });
    const packages = packagesText(files);
    writeTo(join(repository(), "Packages"), packages);
    writeTo(join(repository(), "Release"), releaseText(packages, { ...RELEASE, at: Date.now() }));
    for (const name of ["lists/partial", "archives/partial", "preferences.d", "apt.conf.d", "trusted.gpg.d"])
      mkdirSync(join(directory, "apt", name), { recursive: true });
    writeTo(join(directory, "apt/status"), "");
    // Nothing of what this machine has set, such as programs to run after an update.
    writeTo(
      join(directory, "apt.conf"),
      `Dir::Etc::main "${directory}/none";\nDir::Etc::parts "${directory}/apt/apt.conf.d";\n`,
    );
    writeTo(join(directory, "apt/sources.list"), `deb [trusted=yes] file:${repository()} ./\n`);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("is taken without a word of complaint", () => {
    const { status, stderr } = apt("update");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("resolves to a package with all that it needs, and to its files", () => {
    const { stdout, status } = apt("install", "--simulate", "--", "web");
    expect(status).toBe(0);
    expect(
      [...stdout.matchAll(/^Inst (\S+) \((\S+)/gm)]
        .map(([, name, version]) => `${name} ${version}`)
        .toSorted(),
    ).toEqual(["g++ 12~rc1+b2", "web 1:2.0-1", "web-common 1:2.0-1", "web-extra 1.0"]);
    const printed = apt("install", "--print-uris", "-y", "--", "web").stdout;
    const named = [...printed.matchAll(/^'file:(\S+)'/gm)].map(([, path = ""]) => decodeURIComponent(path));
    expect(named.length).toBe(4);
    for (const path of named) expect(statSync(path).isFile(), basename(path)).toBe(true);
  });

  it("is where apt looks for the bytes, and finds those that the index names", () => {
    const { status, stderr } = apt(
      "install",
      "--download-only",
      "-y",
      "-o",
      "Debug::NoLocking=1",
      "--",
      "web",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    writeTo(join(repository(), "web-extra_1.0_all.deb"), "something else");
    const broken = apt("install", "--download-only", "-y", "-o", "Debug::NoLocking=1", "--", "web-extra");
    expect(broken.status).toBe(100);
  });

  it("fails with apt's own words for a name that is not in it", () => {
    const { status, stderr } = apt("install", "--simulate", "--", "nowhere-at-all");
    expect(status).toBe(100);
    expect(stderr).toContain("E: Unable to locate package nowhere-at-all");
    expect(apt("install", "--simulate", "--", "lost").stdout).toContain(
      "Depends: nowhere but it is not installable",
    );
  });
});
