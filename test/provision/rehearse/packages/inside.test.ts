import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APT_FILES_INSIDE, REPOSITORY } from "../../../../provision/rehearse/packages/inside.ts";
import {
  type PackageFile,
  packagesText,
  releaseText,
  repositoryName,
} from "../../../../provision/rehearse/packages/repository.ts";
import { shortfallsIn } from "../../../../provision/rehearse/packages/shortfalls.ts";
import { namespacesPermitted } from "../../../tools.ts";
import { aptAvailable, type Deb, makeDeb, openDirectory, writeTo } from "./debs.ts";

const DEBS: readonly Deb[] = [
  { name: "rehearsed", version: "1:2.0", fields: ["Depends: rehearsed-common"] },
  { name: "rehearsed-common" },
];

/**
 * This machine's own system under a layer that takes all that is written, without a network: a container as far as apt
 * can tell. `$1` is a directory with `files`, which belong into its root, and `repository`.
 */
const CONTAINER = `
set -e
mount -t tmpfs layers "$1/layers"
mkdir "$1/layers/upper" "$1/layers/work" "$1/layers/root"
mount -t overlay root -o "lowerdir=/,upperdir=$1/layers/upper,workdir=$1/layers/work" "$1/layers/root"
root="$1/layers/root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root${REPOSITORY}"
mount --bind "$1/repository" "$root${REPOSITORY}"
mount -o remount,bind,ro "$root${REPOSITORY}"
cp -r "$1/files/." "$root/"
printf 'deb http://mirror.example/debian stable main\\n' >> "$root/etc/apt/sources.list"
printf 'APT::Default-Release "stable";\\n' > "$root/etc/apt/apt.conf.d/99of-the-base"
chroot "$root" /bin/sh -c "$2" 2>&1
`;

/** Not every file system can be a layer, and not every machine lets even root lay one. */
const layersPermitted = (): boolean => {
  const lay =
    "mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/r && mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r";
  if (spawnSync("unshare", ["--mount", "--propagation", "private", "sh", "-c", lay]).status === 0)
    return true;
  process.stderr.write("SKIPPED: installing without a network needs an overlay over the root\n");
  return false;
};

const permitted = aptAvailable() && namespacesPermitted("installing without a network") && layersPermitted();

const ARCHITECTURE = permitted
  ? execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim()
  : "";

describe.skipIf(!permitted)("apt in a container without a network", () => {
  let directory = "";

  const inside = (command: string) => {
    const started = performance.now();
    const { stdout, status } = spawnSync(
      "unshare",
      ["--mount", "--net", "--propagation", "private", "sh", "-c", CONTAINER, "sh", directory, command],
      { encoding: "utf8", env: { PATH: process.env.PATH, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" } },
    );
    return { stdout, status, ms: performance.now() - started };
  };

  beforeAll(() => {
    directory = openDirectory();
    for (const name of ["repository", "layers"]) mkdirSync(join(directory, name));
    const files = DEBS.map((deb): PackageFile => {
      const made = makeDeb(directory, deb);
      const control = execFileSync("dpkg-deb", ["--field", made], { encoding: "utf8" });
      const bytes = readFileSync(made);
      const file = repositoryName(control);
      renameSync(made, join(directory, "repository", file));
      return { file, control, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
    });
    const packages = packagesText(files);
    const release = { origin: "Debian", codename: "some", architecture: ARCHITECTURE, at: Date.now() };
    writeTo(join(directory, "repository/Packages"), packages);
    writeTo(join(directory, "repository/Release"), releaseText(packages, release));
    for (const [path, text] of Object.entries(APT_FILES_INSIDE))
      writeTo(join(directory, "files", path), text);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("updates at once and without a warning, whatever other sources there are", () => {
    const { stdout, status, ms } = inside("apt-get update && apt update");
    expect(stdout).not.toMatch(/^[WE]: |mirror\.example/m);
    expect(status).toBe(0);
    expect(ms).toBeLessThan(10_000);
  });

  it("installs what is in the repository, with all that it needs", () => {
    const { stdout, status } = inside(
      "apt-get update -qq && apt-get install -y rehearsed && cat /usr/share/rehearsed-common/hello && dpkg -s rehearsed",
    );
    expect(stdout).not.toMatch(/^[WE]: /m);
    expect(stdout).toMatch(/^hello$/m);
    expect(stdout).toMatch(/^Version: 1:2\.0$/m);
    expect(status).toBe(0);
  });

  it("fails with its own words for what is not, under each of its names", () => {
    const { stdout } = inside(
      "apt-get update -qq; apt-get install -y no-such-one; apt install -y no-such-two; apt-get install -y rehearsed=9; apt-cache pkgnames rehearsed",
    );
    expect(shortfallsIn(stdout).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "package no-such-one",
      "package no-such-two",
      "version rehearsed",
    ]);
    expect(stdout).toMatch(/^rehearsed-common$/m);
  });

  it("knows nothing before it has updated, as on a fresh instance", () => {
    expect(inside("rm -rf /var/lib/apt/lists/*; apt-get install -y rehearsed").stdout).toContain(
      "E: Unable to locate package rehearsed",
    );
  });

  it("tells those who ask where sources belong that they belong where they always do", () => {
    const { stdout } = inside("apt-config shell LIST Dir::Etc::sourcelist/f PARTS Dir::Etc::sourceparts/d");
    expect(stdout).toBe("LIST='/etc/apt/sources.list'\nPARTS='/etc/apt/sources.list.d/'\n");
  });
});
