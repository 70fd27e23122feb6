import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, link, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Download } from "../../rehearse/packages/apt-answers.ts";
import type { FetchedFile } from "../../rehearse/packages/ports.ts";
import {
  packagesText,
  type Release,
  releaseText,
  repositoryName,
} from "../../rehearse/packages/repository.ts";
import { run } from "./apt.ts";
import { writeWhole } from "./apt-places.ts";

const bytesOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );

export const isThere = async ({ path, bytes }: FetchedFile): Promise<boolean> =>
  (await bytesOf(path)) === bytes;

const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

/** Copies what is on this machine already, and where apt would leave it. */
const takeOver = async (uri: string, path: string): Promise<void> => {
  const source = /^file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
  if (source === undefined || (await bytesOf(path)) !== undefined) return;
  const draft = `${path}.${randomUUID()}`;
  try {
    await copyFile(decodeURIComponent(source), draft);
    await chmod(draft, 0o644);
    await rename(draft, path);
  } catch {
    // It is missing then, which is told of where everything else is that is missing.
    await rm(draft, { force: true });
  }
};

/**
 * A package file that is in the cache, and is what the signed lists say it is. One that is not is removed.
 *
 * @param archives where apt keeps what it has fetched
 */
export const cachedFile = async (
  { uri, archive, bytes, sha256 }: Download,
  archives: string,
  stop: AbortSignal | undefined,
): Promise<FetchedFile | undefined> => {
  const path = join(archives, basename(archive));
  await takeOver(uri, path);
  if ((await bytesOf(path)) === undefined) return undefined;
  if ((await sha256Of(path)) !== sha256) {
    await rm(path, { force: true });
    return undefined;
  }
  const { status, out: control } = await run("dpkg-deb", ["--field", path], { stop });
  return status === 0 ? { path, file: repositoryName(control), control, bytes, sha256 } : undefined;
};

/** A second name for the file where that is possible, else a second file. */
const place = async (path: string, to: string): Promise<void> => {
  try {
    await link(path, to);
  } catch {
    await copyFile(path, to);
    await chmod(to, 0o644);
  }
};

/** Makes a flat repository that everybody may read: in the container its files belong to nobody. */
export const layRepository = async (
  files: readonly FetchedFile[],
  release: Release,
  directory: string,
): Promise<void> => {
  await chmod(directory, 0o755);
  const once = new Map(files.map((file) => [file.file, file]));
  for (const { path, file } of once.values()) await place(path, join(directory, file));
  const packages = packagesText([...once.values()]);
  await writeWhole(join(directory, "Packages"), packages);
  await writeWhole(join(directory, "Release"), releaseText(packages, release));
};
