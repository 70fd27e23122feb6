import { randomUUID } from "node:crypto";
import { chmod, mkdir, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type AptPlaces, aptSettings } from "../../rehearse/packages/apt-settings.ts";
import { withKeyrings } from "../../rehearse/packages/sources.ts";
import { run } from "./apt.ts";
import { type BaseFiles, digestOf, type Files, type Sources } from "./base-files.ts";

/** The places of apt, filled, with the file of settings that makes it use them. */
export interface Prepared extends AptPlaces {
  readonly settings: string;
}

/** Makes a directory that apt's own user may read, whatever the umask is. */
const makeDirectory = async (path: string): Promise<void> => {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
};

/** Writes a file as a whole: another rehearsal may be reading it. */
export const writeWhole = async (path: string, content: Buffer | string): Promise<void> => {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  await chmod(draft, 0o644);
  await rename(draft, path);
};

const writeFiles = async (directory: string, files: Files): Promise<void> => {
  await makeDirectory(directory);
  await Promise.all([...files].map(([name, bytes]) => writeWhole(join(directory, name), bytes)));
};

const keyFile = (shared: string, path: string): string =>
  join(shared, "keys", `${digestOf(path).slice(0, 8)}-${basename(path)}`);

const writeSources = async (shared: string, { lists, trusted, keyrings }: Sources): Promise<void> => {
  // The endings tell apt what is in them.
  const named = [...lists].map(([name, bytes]) => {
    const text = withKeyrings(bytes.toString("utf8"), (path) => keyFile(shared, path));
    return [name === "sources.list" ? "00-sources.list" : name, Buffer.from(text)] as const;
  });
  await writeFiles(join(shared, "sources.list.d"), new Map(named));
  await writeFiles(join(shared, "trusted.gpg.d"), trusted);
  await makeDirectory(join(shared, "keys"));
  await Promise.all([...keyrings].map(([path, bytes]) => writeWhole(keyFile(shared, path), bytes)));
};

/** Whether everybody may pass through all the directories down to this one. */
const isOpenToAll = async (path: string): Promise<boolean> => {
  if (((await stat(path)).mode & 0o001) === 0) return false;
  return path === dirname(path) ? true : isOpenToAll(dirname(path));
};

/** Two wishes that the base has of apt; it is apt that reads them, since only apt knows how. */
const wishesOf = async (directory: string, stop: AbortSignal | undefined) => {
  const config = join(directory, "wishes.conf");
  const parts = join(directory, "apt.conf.d");
  await writeWhole(config, `Dir::Etc::main "${parts}/apt.conf";\nDir::Etc::parts "${parts}/";\n`);
  const keys = ["RECOMMENDS", "APT::Install-Recommends/b", "SUGGESTS", "APT::Install-Suggests/b"];
  const { out } = await run("apt-config", ["shell", ...keys], { stop, env: { APT_CONFIG: config } });
  return { recommends: !out.includes("RECOMMENDS='false'"), suggests: out.includes("SUGGESTS='true'") };
};

/** Copies what apt needs to know of a base to places of its own, under names that go by what is in them. */
export const prepare = async (
  cache: string,
  base: BaseFiles,
  sources: Sources,
  stop: AbortSignal | undefined,
): Promise<Prepared> => {
  const { lists, trusted, keyrings } = sources;
  const { architectures, status, preferences, settings } = base;
  const shared = join(cache, "apt", digestOf(lists, trusted, keyrings, architectures));
  const own = join(shared, "bases", digestOf(status, preferences, settings));
  for (const name of ["lists/partial", "archives/partial", "none/partial", "bases"])
    await makeDirectory(join(shared, name));
  for (const path of [cache, join(cache, "apt"), shared, own]) await makeDirectory(path);
  await writeSources(shared, sources);
  await writeFiles(join(own, "preferences.d"), preferences);
  await writeFiles(join(own, "apt.conf.d"), settings);
  await writeWhole(join(own, "status"), status);
  const places = { base: own, shared };
  const wishes = await wishesOf(own, stop);
  const file = join(own, "apt.conf");
  const sandbox = await isOpenToAll(own);
  await writeWhole(file, aptSettings({ ...places, ...wishes, architectures, sandbox }));
  return { ...places, settings: file };
};
