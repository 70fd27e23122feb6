import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../../agent/base/errors.ts";
import { type Bootstrapped, INCLUDED } from "../../rehearse/base.ts";
import type { Tell } from "../../rehearse/ports.ts";
import { demand, run } from "./process.ts";
import { isInstalled } from "./requirements.ts";

/** How root filesystems are made: with debootstrap, or of what the user has. */

/** A mirror that answers at all has sent everything by then, in milliseconds. */
const BOOTSTRAP_MS = 15 * 60_000;

/** A mirror of the suite that this machine itself uses, so that a proxy or a local copy is used here, too. */
const mirrorOf = async ({ suite }: Bootstrapped): Promise<readonly string[]> => {
  const { stdout } = await run("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI)",
    "Created-By: Packages",
    `Codename: ${suite}`,
  ]);
  const [uri] = stdout.toString("utf8").split("\n");
  return uri === undefined || uri === "" ? [] : [uri];
};

const SCRIPTS = "/usr/share/debootstrap/scripts";

/** A suite that is newer than debootstrap is made as those before it are. The script comes behind the mirror. */
const scriptFor = ({ suite, script }: Bootstrapped, mirror: readonly string[]): readonly string[] =>
  mirror.length === 0 || existsSync(join(SCRIPTS, suite)) ? [] : [join(SCRIPTS, script)];

export const bootstrap = async (of: Bootstrapped, root: string, tell: Tell): Promise<void> => {
  if (!isInstalled("debootstrap"))
    throw new AppError(
      "REHEARSAL_UNAVAILABLE",
      `${of.name} is made with debootstrap, which is not installed: apt-get install debootstrap. Or give a directory or a tarball with --base.`,
    );
  if (!existsSync(of.keyring))
    throw new AppError(
      "REHEARSAL_UNAVAILABLE",
      `The packages of ${of.name} are signed with keys that are not here: apt-get install ${of.keyringPackage}.`,
    );
  tell(`making ${of.name} with debootstrap, once: one to three minutes`);
  const mirror = await mirrorOf(of);
  await demand(
    `${of.name} could not be made`,
    "debootstrap",
    [
      "--variant=minbase",
      `--components=${of.components}`,
      `--keyring=${of.keyring}`,
      `--include=${INCLUDED.join(",")}`,
      of.suite,
      root,
      ...mirror,
      ...scriptFor(of, mirror),
    ],
    { timeoutMs: BOOTSTRAP_MS },
  );
  // As in an image: what each instance makes for itself is not there yet.
  for (const name of readdirSync(join(root, "etc/ssh")).filter((each) => /^ssh_host_/.test(each)))
    rmSync(join(root, "etc/ssh", name));
  writeFileSync(join(root, "etc/machine-id"), "");
  for (const path of ["var/cache/apt/archives", "var/lib/apt/lists"])
    for (const name of readdirSync(join(root, path)))
      rmSync(join(root, path, name), { recursive: true, force: true });
};

export const unpack = async (path: string, root: string, tell: Tell): Promise<void> => {
  tell(`taking ${path} as a base, once`);
  const what = `${path} could not be taken as a base`;
  mkdirSync(root);
  if (statSync(path).isDirectory())
    await demand(what, "cp", [
      "-a",
      "--reflink=auto",
      "--one-file-system",
      "--no-target-directory",
      path,
      root,
    ]);
  else
    await demand(what, "tar", [
      "--extract",
      `--file=${path}`,
      `--directory=${root}`,
      "--numeric-owner",
      "--xattrs",
      "--xattrs-include=*",
      // Devices are made by systemd-nspawn; those of an archive could be those of this machine.
      "--exclude=./dev/*",
      "--exclude=dev/*",
    ]);
  for (const name of ["proc", "sys", "dev", "run", "tmp"]) mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
};
