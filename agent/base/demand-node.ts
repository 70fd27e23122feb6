import { AppError } from "./errors.ts";
import { NODE_MAJOR_NEEDED } from "./version.ts";

/**
 * A bundle starts with any Node that is first on the PATH; on one that is too old it would end later, with the stack
 * of a module that is missing there.
 *
 * @param version - `process.versions.node`
 * @param path - `process.execPath`
 * @throws AppError NODE_TOO_OLD, which names the version it runs on and the one it needs
 */
export const demandNode = (version: string, path: string): void => {
  if (Number.parseInt(version, 10) < NODE_MAJOR_NEEDED)
    throw new AppError(
      "NODE_TOO_OLD",
      `This is Node ${version} (${path}); Node ${NODE_MAJOR_NEEDED} or newer is needed.`,
    );
};
