/**
 * Real programs of PyPI that tests run: an imitation of AWS that nobody here wrote, and the linter of CloudFormation.
 * They are in an environment of their own, so what else the machine has of Python is neither used nor changed.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";

/** Exact versions: what they accept and refuse changes from one to the next. */
const PACKAGES = ["moto[server,ec2,ssm,autoscaling]==5.2.5", "cfn-lint==1.58.0"] as const;

const HASH = createHash("sha256").update(PACKAGES.join("\n")).digest("hex").slice(0, 12);
const FOLDER = join(import.meta.dirname, "../node_modules/.cache", `python-tools-${HASH}`);

/**
 * Makes the environment unless it is there. The kernel takes the lock back from a process that is killed, so a second
 * test file waits for the first one and never for ever. The marker is written last, and holds what the scripts of an
 * environment depend on: half an environment, one that was moved and one of another Python are made anew.
 */
const MAKE = `
import fcntl, os, pathlib, shutil, subprocess, sys
folder, packages = pathlib.Path(sys.argv[1]), sys.argv[2:]
folder.parent.mkdir(parents=True, exist_ok=True)
with open(f"{folder}.lock", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    marker, wanted = folder / "complete", f"{sys.executable} {sys.version} {folder}"
    if marker.exists() and marker.read_text() == wanted:
        sys.exit()
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *packages], check=True)
    marker.write_text(wanted)
`;

/** What keeps the environment from being made; undefined when it is there. */
const making = async (): Promise<string | undefined> => {
  const child = spawn("python3", ["-c", MAKE, FOLDER, ...PACKAGES], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    // The module venv of Debian explains on standard output what it lacks.
    const [out, err, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return status === 0 ? undefined : `${out}${err}`;
  } catch (error) {
    return String(error);
  }
};

export interface PythonTools {
  readonly motoServer: string;
  readonly cfnLint: string;
}

/**
 * The paths of the programs, for `describe.skipIf(tools === undefined)`. The first time takes a minute or two. Where
 * they cannot be installed the test is skipped and says so; in CI that would hide it for ever, so it throws there.
 */
export const pythonTools = async (): Promise<PythonTools | undefined> => {
  const fault = await making();
  const bin = join(FOLDER, "bin");
  if (fault === undefined) return { motoServer: join(bin, "moto_server"), cfnLint: join(bin, "cfn-lint") };
  const missing = `pip cannot install ${PACKAGES.join(" ")}: apt-get install python3-venv, and see:\n${fault}`;
  if (process.env.CI) throw new Error(missing);
  process.stderr.write(`SKIPPED: ${missing}\n`);
  return undefined;
};
