import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { AppError } from "../../../agent/base/errors.ts";
import { type BaseRequest, bootstrapRecipe, osRelease } from "../../rehearse/base.ts";
import type { Base, Tell } from "../../rehearse/ports.ts";
import { shiftOwners } from "./enclosure.ts";
import { oneAtATime } from "./lock.ts";
import { bootstrap, unpack } from "./make-root.ts";

/**
 * The root filesystems that rehearsals start from: made once, never written to afterwards. Each lies in a directory
 * `bases/NAME-KEY` with `root/` and `base.json`, and is complete when it has that name.
 */

interface Made {
  readonly name: string;
  /** Of what it was made from. */
  readonly source: string;
  /** Of what is installed in it: bases of the same name made on other days differ. */
  readonly key: string;
  readonly release: string;
  readonly id: string;
  readonly version: string;
}

const RECORD = "base.json";
const hashOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

const recordsIn = (bases: string): readonly (Made & { readonly directory: string })[] => {
  if (!existsSync(bases)) return [];
  return readdirSync(bases)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const directory = join(bases, name);
      try {
        return [{ ...(JSON.parse(readFileSync(join(directory, RECORD), "utf8")) as Made), directory }];
      } catch {
        return [];
      }
    });
};

const textIn = (root: string, ...paths: readonly string[]): string => {
  for (const path of paths)
    try {
      return readFileSync(join(root, path), "utf8");
    } catch {
      // The next one.
    }
  return "";
};

/** What is installed, by the word of the package manager. */
const packagesIn = (root: string): string =>
  textIn(root, "var/lib/dpkg/status") ||
  ["var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite"]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => hashOf(readFileSync(join(root, path))))
    .join("");

const demandSystem = (root: string, of: string): void => {
  const lacks = [
    ["systemd", ["usr/lib/systemd/systemd", "lib/systemd/systemd"]],
    ["cloud-init", ["usr/bin/cloud-init"]],
  ] as const;
  const missing = lacks
    .filter(([, paths]) => !paths.some((path) => existsSync(join(root, path))))
    .map(([name]) => name);
  if (missing.length > 0)
    throw new AppError(
      "BASE_UNUSABLE",
      `${of} has no ${missing.join(" and no ")} in it. Install it there first; of a container image, for instance: FROM amazonlinux:2023, RUN dnf install -y systemd cloud-init iproute procps-ng, then docker export.`,
    );
};

/** Of a directory: its names, owners, modes, sizes, times and links. */
const treeHash = (directory: string): string => {
  const hash = createHash("sha256");
  const visit = (path: string, inside: string): void => {
    for (const name of readdirSync(path).sort()) {
      const full = join(path, name);
      const { mode, uid, gid, size, mtimeMs } = lstatSync(full);
      const isLink = (mode & 0o170000) === 0o120000;
      const isDirectory = (mode & 0o170000) === 0o040000;
      const rest = isLink ? readlinkSync(full) : isDirectory ? "" : `${size} ${mtimeMs}`;
      hash.update(`${inside}/${name}\0${mode} ${uid} ${gid}\0${rest}\n`);
      if (isDirectory) visit(full, `${inside}/${name}`);
    }
  };
  visit(directory, "");
  return hash.digest("hex");
};

const fileHash = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
};

/** Makes a base in a directory of its own, and gives it its name when it is complete. */
const make = async (
  bases: string,
  name: string,
  source: string,
  fill: (root: string) => Promise<void>,
): Promise<Made & { readonly directory: string }> => {
  const draft = join(bases, `.${name}-${source.slice(0, 12)}`);
  const root = join(draft, "root");
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  try {
    await fill(root);
    demandSystem(root, name);
    const release = osRelease(textIn(root, "etc/os-release", "usr/lib/os-release"));
    const record: Made = {
      name,
      source,
      key: hashOf(source, packagesIn(root)).slice(0, 12),
      release: release.PRETTY_NAME ?? name,
      id: release.ID ?? "",
      version: release.VERSION_ID ?? "",
    };
    await shiftOwners(root, `hostwright-base-${process.pid}`);
    writeFileSync(join(draft, RECORD), `${JSON.stringify(record)}\n`);
    const directory = join(bases, `${name}-${record.key}`);
    renameSync(draft, directory);
    return { ...record, directory };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
};

const asBase = ({ name, key, release, directory }: Made & { readonly directory: string }): Base => ({
  name,
  key,
  release,
  root: join(directory, "root"),
});

/**
 * The base that was asked for: the one that is there, or made now.
 *
 * @throws AppError REHEARSAL_UNAVAILABLE, BASE_UNUSABLE, REHEARSAL_BROKEN
 */
export const obtainBase = async (state: string, request: BaseRequest, tell: Tell): Promise<Base> => {
  const bases = join(state, "bases");
  const there = recordsIn(bases);
  if (request.kind === "known") {
    const found = there.find(({ id, version }) => id === request.id && version === request.version);
    if (found !== undefined) return asBase(found);
    throw new AppError(
      "BASE_UNUSABLE",
      `There is no ${request.name} here yet, and nothing here can make one. Give one once, as a directory or a tarball: --base al2023.tar. A container image with systemd and cloud-init will do: FROM amazonlinux:2023, RUN dnf install -y systemd cloud-init iproute procps-ng, then docker export.`,
    );
  }
  const source = await sourceOf(request);
  const found = there.find((record) => record.source === source);
  if (found !== undefined) return asBase(found);
  const lock = join(bases, `.${source.slice(0, 12)}.lock`);
  const wait = (): void => tell("another rehearsal is making this base; waiting for it");
  return oneAtATime(lock, wait, async () => {
    const made = recordsIn(bases).find((record) => record.source === source);
    return asBase(made ?? (await make(bases, nameOf(request), source, (root) => fill(request, root, tell))));
  });
};

type Makeable = Exclude<BaseRequest, { readonly kind: "known" }>;

const sourceOf = async (request: Makeable): Promise<string> => {
  if (request.kind === "bootstrapped") return hashOf(bootstrapRecipe(request.of));
  return statSync(request.path).isDirectory() ? treeHash(request.path) : fileHash(request.path);
};

const nameOf = (request: Makeable): string => {
  if (request.kind === "bootstrapped") return request.of.name;
  return basename(request.path).replace(/\.tar.*$|[^\w.-]/g, "") || "given";
};

const fill = (request: Makeable, root: string, tell: Tell): Promise<void> =>
  request.kind === "bootstrapped" ? bootstrap(request.of, root, tell) : unpack(request.path, root, tell);
