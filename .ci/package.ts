/** Writes dist/hostwright-VERSION-linux-x64.tar.gz: everything a host needs, and install.sh to put it there. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  createWriteStream,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { VERSION } from "../agent/base/version.ts";
import { type Built, buildAll } from "./build.ts";

const ROOT = join(import.meta.dirname, "..");

/** 1980: the earliest time that every archive format can hold. One fixed time makes equal input equal output. */
const MTIME = "@315532800";

export interface Release {
  readonly version: string;
  readonly built: readonly Built[];
  /** The runtime to put in. */
  readonly node: string;
  /** Of gzip: 9 for what people download. */
  readonly level: number;
  /** The directory to write the archive to. */
  readonly out: string;
}

/** Writes the archive; returns its path. */
export const writeRelease = async (release: Release): Promise<string> => {
  const name = `hostwright-${release.version}-linux-x64`;
  mkdirSync(release.out, { recursive: true });
  const workshop = mkdtempSync(join(release.out, ".package-"));
  try {
    fill(join(workshop, name), release);
    const draft = join(workshop, `${name}.tar.gz`);
    await archive(workshop, name, draft, release.level);
    const path = join(release.out, basename(draft));
    renameSync(draft, path);
    return path;
  } finally {
    rmSync(workshop, { recursive: true });
  }
};

const fill = (home: string, { version, built, node }: Release): void => {
  const put = (from: string, to: string, mode = 0o644): void => {
    const path = join(home, to);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(from, path);
    chmodSync(path, mode);
  };
  put(node, "bin/node", 0o755);
  for (const { program, path } of built) {
    put(path, `lib/${program}.cjs`);
    put(join(ROOT, ".ci", "release-wrapper.sh"), `bin/${program}`, 0o755);
  }
  put(join(ROOT, "install.sh"), "install.sh", 0o755);
  for (const file of ["host-agent.service", "agent.yaml", "agent-config.schema.json"])
    put(join(ROOT, "templates", file), file);
  put(join(ROOT, "LICENSE"), "LICENSE");
  writeFileSync(join(home, "LICENSES-of-others.txt"), licences(built));
  writeFileSync(join(home, "VERSION"), `${version}\n`);
  writeFileSync(join(home, "SHA256SUMS"), checksums(home));
  for (const entry of [home, ...globSync("**/", { cwd: home }).map((path) => join(home, path))])
    if (statSync(entry).isDirectory()) chmodSync(entry, 0o755);
  for (const file of ["LICENSES-of-others.txt", "VERSION", "SHA256SUMS"]) chmodSync(join(home, file), 0o644);
};

/** As `sha256sum --check` reads it. */
const checksums = (home: string): string =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(home, join(entry.parentPath, entry.name)))
    .sort()
    .map((file) => `${sha256(join(home, file))}  ${file}\n`)
    .join("");

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** The licence of every package of which something is in a bundle, as its authors ask. */
const licences = (built: readonly Built[]): string => {
  const folders = [...new Set(built.flatMap(({ packages }) => packages))].sort();
  const texts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
    const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(join(ROOT, folder, file), "utf8");
    return `== ${name} ${version} ==\n\n${text.trim()}\n`;
  });
  const node = `== Node.js ${process.version} (bin/node) ==

Licence: https://github.com/nodejs/node/blob/${process.version}/LICENSE
`;
  return [node, ...texts].join("\n\n");
};

const archive = async (folder: string, name: string, to: string, level: number): Promise<void> => {
  const tar = spawn(
    "tar",
    [
      ["--create", "--format=ustar", "--sort=name", "--numeric-owner", "--owner=0", "--group=0"],
      [`--mtime=${MTIME}`, `--directory=${folder}`, name],
    ].flat(),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<void>((resolve, reject) => {
    tar.on("error", reject);
    tar.on("close", (status) =>
      status === 0 ? resolve() : reject(new Error(`tar ended with ${status}; GNU tar is needed`)),
    );
  });
  await Promise.all([ended, pipeline(tar.stdout, createGzip({ level }), createWriteStream(to))]);
};

/** The symbols of the runtime are a sixth of its size, and of use only to who debugs Node itself. */
const stripped = (node: string, workshop: string): string => {
  const copy = join(workshop, "node");
  try {
    execFileSync("strip", ["--strip-all", "-o", copy, node]);
    return copy;
  } catch (error) {
    process.stderr.write(`The runtime keeps its symbols, since strip failed: ${(error as Error).message}\n`);
    return node;
  }
};

const main = async (): Promise<void> => {
  const out = join(ROOT, "dist");
  const built = await buildAll();
  const workshop = mkdtempSync(join(out, ".strip-"));
  try {
    const node = stripped(join(ROOT, "node_modules", "node", "bin", "node"), workshop);
    const path = await writeRelease({ version: VERSION, built, node, level: 9, out });
    const sum = await fileSum(path);
    writeFileSync(`${path}.sha256`, `${sum}  ${basename(path)}\n`);
    const mb = (statSync(path).size / 1e6).toFixed(1);
    process.stdout.write(`${relative(process.cwd(), path)}  ${mb} MB\nsha256 ${sum}\n`);
  } finally {
    rmSync(workshop, { recursive: true });
  }
};

const fileSum = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

if (import.meta.main) await main();
