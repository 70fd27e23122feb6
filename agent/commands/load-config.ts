import { AppError } from "../base/errors.ts";
import { CONFIG_BYTES, formatProblem, parseConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/schema.ts";
import { readConfigFile } from "../io/config-file.ts";
import type { Terminal } from "./command.ts";

/**
 * The configuration in a file; every problem goes to standard error, warnings included.
 *
 * @throws AppError CONFIG_UNREADABLE, CONFIG_INVALID
 */
export const loadConfig = async (file: string, { err }: Terminal): Promise<AgentConfig> => {
  const { config, problems } = parseConfig(await readConfigFile(file, CONFIG_BYTES), file);
  for (const problem of problems) err(`${formatProblem(problem)}\n`);
  if (config === undefined) throw new AppError("CONFIG_INVALID", `${file} has problems, listed above.`);
  return config;
};
