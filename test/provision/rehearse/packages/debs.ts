/** Small packages and archives of them, made by the tools of Debian and by nothing of ours. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { toolAvailable } from "../../../tools.ts";

/** Whether tests with real packages can run. */
export const aptAvailable = (): boolean =>
  toolAvailable("apt-get", "apt") &&
  toolAvailable("dpkg-deb", "dpkg") &&
  toolAvailable("flock", "util-linux");

/** A directory that apt's own user may read. */
export const openDirectory = (): string => {
  const path = mkdtempSync(join(tmpdir(), "rehearsal-packages-"));
  chmodSync(path, 0o755);
  return path;
};

export const writeTo = (path: string, text: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

export interface Deb {
  readonly name: string;
  readonly version?: string;
  /** Further fields of its control file, such as `Depends: x`. */
  readonly fields?: readonly string[];
}

/** The path of a package that installs one file, /usr/share/NAME/hello. */
export const makeDeb = (directory: string, { name, version = "1.0", fields = [] }: Deb): string => {
  const tree = mkdtempSync(join(directory, ".tree-"));
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    "Architecture: all",
    "Maintainer: Nobody <nobody@example.com>",
    ...fields,
    "Description: made for a test",
    " Its second line says nothing – but it is no ASCII.",
    " .",
    " Filename: is no field here",
    "",
  ];
  writeTo(join(tree, "DEBIAN/control"), control.join("\n"));
  writeTo(join(tree, "usr/share", name, "hello"), "hello\n");
  chmodSync(tree, 0o755);
  const path = join(directory, `${name}_${version.replaceAll(":", "%3a")}_all.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", tree, path], { stdio: "ignore" });
  rmSync(tree, { recursive: true });
  return path;
};

const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

export interface Archive {
  readonly origin?: string;
  readonly codename?: string;
  readonly debs: readonly Deb[];
}

/** What a mirror has: pool/ and dists/CODENAME/main/binary-amd64/Packages, without a signature. */
export const makeArchive = (
  directory: string,
  { origin = "Debian", codename = "testing-one", debs }: Archive,
): string => {
  const pool = join(directory, "pool");
  mkdirSync(pool, { recursive: true });
  for (const deb of debs) makeDeb(pool, deb);
  const paragraphs = readdirSync(pool).map((name) => {
    const bytes = readFileSync(join(pool, name));
    const control = execFileSync("dpkg-deb", ["--field", join(pool, name)]).toString("utf8");
    return `${control}Filename: pool/${name}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`;
  });
  const packages = paragraphs.join("\n");
  const dist = join(directory, "dists", codename);
  writeTo(join(dist, "main/binary-amd64/Packages"), packages);
  const release = [
    `Origin: ${origin}`,
    `Codename: ${codename}`,
    `Date: ${new Date().toUTCString()}`,
    "Architectures: amd64 all",
    "Components: main",
    "SHA256:",
    ` ${sha256(packages)} ${Buffer.byteLength(packages)} main/binary-amd64/Packages`,
    "",
  ];
  writeTo(join(dist, "Release"), release.join("\n"));
  return directory;
};

/** A paragraph of the status file of dpkg. */
export const installed = (name: string, version = "1.0", architecture = "all"): string =>
  [
    `Package: ${name}`,
    "Status: install ok installed",
    "Priority: optional",
    "Section: admin",
    "Maintainer: Nobody <nobody@example.com>",
    `Architecture: ${architecture}`,
    `Version: ${version}`,
    "Description: made for a test",
    "",
  ].join("\n");

export interface Root {
  readonly id?: string;
  readonly codename?: string;
  /** Text of /etc/apt/sources.list. */
  readonly sources?: string;
  /** Packages besides dpkg itself. */
  readonly packages?: readonly string[];
}

/** A root directory, as far as apt is concerned. */
export const makeRoot = (
  directory: string,
  { id = "debian", codename = "testing-one", sources = "", packages = [] }: Root,
): string => {
  writeTo(
    join(directory, "usr/lib/os-release"),
    `NAME="Some Linux"\nID=${id}\nVERSION_CODENAME="${codename}"\n`,
  );
  writeTo(join(directory, "etc/apt/sources.list"), sources);
  const paragraphs = [installed("dpkg", "1.22", "amd64"), ...packages];
  writeTo(join(directory, "var/lib/dpkg/status"), paragraphs.join("\n"));
  return directory;
};
