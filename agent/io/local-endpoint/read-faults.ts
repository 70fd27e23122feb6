import { readFileSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import { type FaultScript, parseFaults } from "../../local/faults.ts";

/** Reads a script of faults from a YAML or JSON file. Throws AppError FAULTS_INVALID. */
export const readFaults = (path: string): FaultScript => {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new AppError(
      "FAULTS_INVALID",
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return parseFaults(text, path);
};
