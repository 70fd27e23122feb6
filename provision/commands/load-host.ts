import { dirname, resolve } from "node:path";
import { AppError } from "../../agent/base/errors.ts";
import { formatProblem } from "../../agent/config/load.ts";
import { type LoadedHost, parseHost } from "../host/load.ts";
import type { HostConfig } from "../host/schema.ts";
import { readInput } from "../io/files.ts";
import type { Sources } from "../user-data/render.ts";
import type { Terminal } from "./command.ts";

/**
 * The host that a file describes, with where its keys are; every problem goes to standard error.
 *
 * @throws AppError INPUT_UNREADABLE, INPUT_INVALID
 */
export const loadPlacedHost = async (
  file: string,
  { err }: Terminal,
): Promise<Required<Pick<LoadedHost, "host" | "positionOf">>> => {
  const { host, problems, positionOf } = parseHost(await readInput(file), file);
  for (const problem of problems) err(`${formatProblem(problem)}\n`);
  if (host === undefined) throw new AppError("INPUT_INVALID", `${file} has problems, listed above.`);
  return { host, positionOf };
};

/** The same without the places. */
export const loadHost = async (file: string, terminal: Terminal): Promise<HostConfig> =>
  (await loadPlacedHost(file, terminal)).host;

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
