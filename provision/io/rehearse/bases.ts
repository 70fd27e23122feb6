import { createHash } from "node:crypto";
import {
  chmodSync,
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
import {
  type BaseRequest,
  type Bootstrapped,
  bootstrapRecipe,
  INCLUDED,
  osRelease,
} from "../../rehearse/base.ts";

import type { Base, Tell } from "../../rehearse/ports.ts";
import { oneAtATime } from "./lock.ts";
import { shiftOwners } from "./machine.ts";
import { demand, run } from "./process.ts";
import { isInstalled } from "./requirements.ts";

/**
 * The root filesystems that rehearsals start from: made once, never written to afterwards. Each lies in a directory
 * `bases/NAME-KEY` with `root/` and `base.json`, and is complete when it has that name.
 */

interface Record_ {
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
/** A mirror that answers at all has sent everything by then, in milliseconds. */
const BOOTSTRAP_MS = 15 * 60_000;

const hashOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

const recordsIn = (bases: string): readonly (Record_ & { readonly directory: string })[] => {
  if (!existsSync(bases)) return [];
  return readdirSync(bases)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const directory = join(bases, name);
      try {
        return [{ ...(JSON.parse(readFileSync(join(directory, RECORD), "utf8")) as Record_), directory }];
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

/** A mirror of the suite that this machine itself uses, so that a proxy or a local copy is used here, too. */
const mirrorOf = async ({ suite }: Bootstrapped): Promise<readonly string[]> => {
  const { stdout } = await run("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI)",
    "Created-By: Packages",
    `Codename: ${suite}`,
  ]);
  const [uri] = stdout.toString("utf8").split("\n");
  return uri === undefined || uri === "" ? [] : [uri];
};

const SCRIPTS = "/usr/share/debootstrap/scripts";

/** A suite that is newer than debootstrap is made as those before it are. The script comes behind the mirror. */
const scriptFor = ({ suite, script }: Bootstrapped, mirror: readonly string[]): readonly string[] =>
  mirror.length === 0 || existsSync(join(SCRIPTS, suite)) ? [] : [join(SCRIPTS, script)];

const bootstrap = async (of: Bootstrapped, root: string, tell: Tell): Promise<void> => {
  if (!isInstalled("debootstrap"))
    throw new AppError(
      "REHEARSAL_UNAVAILABLE",
      `${of.name} is made with debootstrap, which is not installed: apt-get install debootstrap. Or give a directory or a tarball with --base.`,
    );
  if (!existsSync(of.keyring))
    throw new AppError(
      "REHEARSAL_UNAVAILABLE",
      `The packages of ${of.name} are signed with keys that are not here: apt-get install ${of.keyringPackage}.`,
    );
  tell(`making ${of.name} with debootstrap, once: one to three minutes`);
  const mirror = await mirrorOf(of);
  await demand(
    `${of.name} could not be made`,
    "debootstrap",
    [
      "--variant=minbase",
      `--components=${of.components}`,
      `--keyring=${of.keyring}`,
      `--include=${INCLUDED.join(",")}`,
      of.suite,
      root,
      ...mirror,
      ...scriptFor(of, mirror),
    ],
    { timeoutMs: BOOTSTRAP_MS },
  );
  // As in an image: what each instance makes for itself is not there yet.
  for (const name of readdirSync(join(root, "etc/ssh")).filter((each) => /^ssh_host_/.test(each)))
    rmSync(join(root, "etc/ssh", name));
  writeFileSync(join(root, "etc/machine-id"), "");
  for (const path of ["var/cache/apt/archives", "var/lib/apt/lists"])
    for (const name of readdirSync(join(root, path)))
      rmSync(join(root, path, name), { recursive: true, force: true });
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

const unpack = async (path: string, root: string, tell: Tell): Promise<void> => {
  tell(`taking ${path} as a base, once`);
  const what = `${path} could not be taken as a base`;
  mkdirSync(root);
  if (statSync(path).isDirectory())
    await demand(what, "cp", [
      "-a",
      "--reflink=auto",
      "--one-file-system",
      "--no-target-directory",
      path,
      root,
    ]);
  else
    await demand(what, "tar", [
      "--extract",
      `--file=${path}`,
      `--directory=${root}`,
      "--numeric-owner",
      "--xattrs",
      "--xattrs-include=*",
      // Devices are made by systemd-nspawn; those of an archive could be those of this machine.
      "--exclude=./dev/*",
      "--exclude=dev/*",
    ]);
  for (const name of ["proc", "sys", "dev", "run", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
};

/** Makes a base in a directory of its own, and gives it its name when it is complete. */
const make = async (
  bases: string,
  name: string,
  source: string,
  fill: (root: string) => Promise<void>,
): Promise<Record_ & { readonly directory: string }> => {
  const draft = join(bases, `.${name}-${source.slice(0, 12)}`);
  const root = join(draft, "root");
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  try {
    await fill(root);
    demandSystem(root, name);
    const release = osRelease(textIn(root, "etc/os-release", "usr/lib/os-release"));
    const record: Record_ = {
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

const asBase = ({ name, key, release, directory }: Record_ & { readonly directory: string }): Base => ({
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
