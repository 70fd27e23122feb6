import { createHash } from "node:crypto";
import { readdir, readFile, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import {
  architecturesOf,
  type Distribution,
  distributionOf,
  nativeArchitecture,
} from "../../rehearse/packages/base-state.ts";
import { keyringsIn } from "../../rehearse/packages/sources.ts";

/** Files by their names; names are paths below the directory that they were read from. */
export type Files = ReadonlyMap<string, Buffer>;

/** Where a system gets packages from. */
export interface Sources {
  /** `sources.list` and what is in sources.list.d. */
  readonly lists: Files;
  /** What is in trusted.gpg.d, and trusted.gpg. */
  readonly trusted: Files;
  /** Keyrings that the lists name, by the paths that they name them by. */
  readonly keyrings: Files;
}

/** All of a base that decides what apt installs into it. */
export interface BaseFiles {
  readonly distribution: Distribution;
  readonly status: Buffer;
  readonly architectures: readonly string[];
  readonly sources: Sources;
  /** `preferences` and what is in preferences.d. */
  readonly preferences: Files;
  /** `apt.conf` and what is in apt.conf.d. */
  readonly settings: Files;
}

/** Nothing for what is not there, and for a link that leads out of the root: a base may come from anywhere. */
const bytesIn = async (root: string, path: string): Promise<Buffer | undefined> => {
  try {
    const real = await realpath(join(root, path));
    const inside = relative(await realpath(root), real);
    return inside === ".." || inside.startsWith("../") ? undefined : await readFile(real);
  } catch {
    return undefined;
  }
};

/** @param names paths below the directory, or below the root where there is none */
const filesOf = async (root: string, directory: string, names: readonly string[]): Promise<Files> => {
  const found = await Promise.all(
    names.map(async (name) => [name, await bytesIn(root, join(directory, name))] as const),
  );
  return new Map(found.flatMap(([name, bytes]) => (bytes === undefined ? [] : [[name, bytes] as const])));
};

const filesIn = async (root: string, directory: string, names: RegExp): Promise<Files> => {
  const entries = await readdir(join(root, directory)).catch(() => [] as string[]);
  return filesOf(root, directory, entries.filter((name) => names.test(name)).toSorted());
};

const together = (...files: readonly Files[]): Files => new Map(files.flatMap((some) => [...some]));

const textIn = async (root: string, path: string): Promise<string> =>
  (await bytesIn(root, path))?.toString("utf8") ?? "";

/** @param root `/` for this machine */
export const distributionIn = async (root: string): Promise<Distribution> =>
  // The second path is a link to the first one, but some say it from the root.
  distributionOf((await textIn(root, "usr/lib/os-release")) || (await textIn(root, "etc/os-release")));

export const sourcesIn = async (root: string): Promise<Sources> => {
  const lists = together(
    await filesOf(root, "etc/apt", ["sources.list"]),
    await filesIn(root, "etc/apt/sources.list.d", /\.(list|sources)$/),
  );
  const named = [...lists.values()].flatMap((text) => keyringsIn(text.toString("utf8")));
  const trusted = together(
    await filesOf(root, "etc/apt", ["trusted.gpg"]),
    await filesIn(root, "etc/apt/trusted.gpg.d", /\.(gpg|asc)$/),
  );
  return { lists, trusted, keyrings: await filesOf(root, "", [...new Set(named)]) };
};

/** Undefined for a root that dpkg has installed nothing in. */
export const baseFilesIn = async (root: string): Promise<BaseFiles | undefined> => {
  const status = await bytesIn(root, "var/lib/dpkg/status");
  const native = status === undefined ? undefined : nativeArchitecture(status.toString("utf8"));
  if (status === undefined || native === undefined) return undefined;
  return {
    distribution: await distributionIn(root),
    status,
    architectures: architecturesOf(native, await textIn(root, "var/lib/dpkg/arch")),
    sources: await sourcesIn(root),
    preferences: together(
      await filesOf(root, "etc/apt", ["preferences"]),
      await filesIn(root, "etc/apt/preferences.d", /^[\w.-]+$/),
    ),
    settings: together(
      await filesOf(root, "etc/apt", ["apt.conf"]),
      await filesIn(root, "etc/apt/apt.conf.d", /^[\w.-]+$/),
    ),
  };
};

/** A short name for what these files and words say: the same for the same, and another one for anything else. */
export const digestOf = (...parts: readonly (Files | Buffer | string | readonly string[])[]): string => {
  const hash = createHash("sha256");
  const add = (bytes: Buffer | string): void => {
    hash.update(`${Buffer.byteLength(bytes)} `).update(bytes);
  };
  for (const part of parts) {
    if (typeof part === "string" || Buffer.isBuffer(part)) add(part);
    else if (part instanceof Map) for (const [name, bytes] of part) [name, bytes].forEach(add);
    else for (const word of part as readonly string[]) add(word);
    add("");
  }
  return hash.digest("hex").slice(0, 32);
};

/** All that decides what apt will find for a base. */
export const stateOf = (base: BaseFiles, { lists, trusted, keyrings }: Sources) =>
  [lists, trusted, keyrings, base.architectures, base.status, base.preferences, base.settings] as const;
