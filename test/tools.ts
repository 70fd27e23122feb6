/** Real programs that tests run: a browser, the AWS CLI, logrotate. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
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

/**
 * Whether a test that needs namespaces with a process 1 and a network of their own can run. Only root may make them, and
 * not even root in a container without privileges: CI may be one, so there, too, it is skipped and says so.
 */
export const namespacesPermitted = (test: string): boolean => {
  if (spawnSync("unshare", ["--mount", "--pid", "--net", "--fork", "true"]).status === 0) return true;
  process.stderr.write(`SKIPPED: ${test} needs root and namespaces\n`);
  return false;
};

/**
 * Whether a test that lays one directory over another can run: not on a file system that is itself such a layer, as in
 * many containers. There it is skipped and says so.
 */
export const layersPermitted = (directory: string, test: string): boolean => {
  const lay = `cd "$1" && mkdir lower upper work root && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work root`;
  mkdirSync(directory, { recursive: true });
  const place = mkdtempSync(join(directory, "layers-"));
  try {
    if (spawnSync("unshare", ["--mount", "sh", "-c", lay, "lay", place]).status === 0) return true;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
  process.stderr.write(
    `SKIPPED: ${test} needs a file system that overlayfs can write to, and ${directory} is on none\n`,
  );
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
