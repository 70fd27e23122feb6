/** Real programs that tests run: a browser, the AWS CLI, logrotate. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import process from "node:process";

/** The path of an executable: as given when it is absolute, otherwise the first one on PATH. */
export const findTool = (command: string): string | undefined => {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = isAbsolute(command) ? [command] : folders.map((folder) => join(folder, command));
  return candidates.find(isExecutable);
};

/**
 * Whether a test that needs this program can run, for `describe.skipIf(!toolAvailable(…))`. Without the program
 * the test is skipped and says so. In CI (where the variable CI is set) that would hide a test for ever, so it
 * throws there.
 */
export const toolAvailable = (command: string, debianPackage: string): boolean => {
  if (findTool(command) !== undefined) return true;
  const missing = `${command} is not installed: apt-get install ${debianPackage}`;
  if (process.env.CI) throw new Error(missing);
  process.stderr.write(`SKIPPED: ${missing}\n`);
  return false;
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};
