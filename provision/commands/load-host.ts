import { dirname, isAbsolute, join, resolve } from "node:path";
import { AppError } from "../../agent/base/errors.ts";
import { formatProblem } from "../../agent/config/load.ts";
import { extendsOf, type HostFile } from "../host/layers.ts";
import { type LoadedHost, parseHost } from "../host/load.ts";
import type { HostConfig } from "../host/schema.ts";
import type { Given } from "../host/variables.ts";
import { readInput } from "../io/files.ts";
import type { Sources } from "../user-data/render.ts";
import type { Terminal } from "./command.ts";

/** More files than that, one after the other, nobody understands. */
const MOST_BASES = 16;

/**
 * The files that a host extends, the nearest first.
 *
 * @throws AppError INPUT_UNREADABLE, INPUT_INVALID when they lead in a circle
 */
const basesOf = async (content: Uint8Array, file: string): Promise<readonly HostFile[]> => {
  const bases: HostFile[] = [];
  const seen = new Set([resolve(file)]);
  for (let from = file, wanted = extendsOf(content); wanted !== undefined; ) {
    const base = isAbsolute(wanted) ? wanted : join(dirname(from), wanted);
    if (seen.has(resolve(base)))
      throw new AppError("INPUT_INVALID", `${from} extends ${wanted}, which leads back to where it began.`);
    if (bases.length === MOST_BASES)
      throw new AppError(
        "INPUT_INVALID",
        `${file} extends more than ${MOST_BASES} files, one after the other.`,
      );
    seen.add(resolve(base));
    const bytes = await readInput(base);
    bases.push({ file: base, content: bytes });
    from = base;
    wanted = extendsOf(bytes);
  }
  return bases;
};

/**
 * The host that a file describes, with where its keys are; every problem goes to standard error.
 *
 * @param given values for its variables
 * @throws AppError INPUT_UNREADABLE, INPUT_INVALID
 */
export const loadPlacedHost = async (
  file: string,
  given: readonly Given[],
  { err }: Terminal,
): Promise<Required<Pick<LoadedHost, "host" | "positionOf">>> => {
  const content = await readInput(file);
  const { host, problems, positionOf } = parseHost(content, file, await basesOf(content, file), given);
  for (const problem of problems) err(`${formatProblem(problem)}\n`);
  if (host === undefined) throw new AppError("INPUT_INVALID", `${file} has problems, listed above.`);
  return { host, positionOf };
};

/** The same without the places. */
export const loadHost = async (
  file: string,
  given: readonly Given[],
  terminal: Terminal,
): Promise<HostConfig> => (await loadPlacedHost(file, given, terminal)).host;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The files that a host names, as seen from its own.
 *
 * @throws AppError INPUT_UNREADABLE, INPUT_INVALID for what is not UTF-8
 */
export const readSources = async ({ boot }: HostConfig, file: string): Promise<Sources> => {
  const source = async (path: string) => {
    const bytes = await readInput(resolve(dirname(file), path));
    try {
      return { path, text: decoder.decode(bytes) };
    } catch {
      throw new AppError("INPUT_INVALID", `${path} is not valid UTF-8.`);
    }
  };
  const scripts = await Promise.all(boot.scripts.map(source));
  return boot.cloud_config === undefined
    ? { scripts }
    : { scripts, cloudConfig: await source(boot.cloud_config) };
};
