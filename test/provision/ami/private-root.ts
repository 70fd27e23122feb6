import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Runner } from "../../../provision/ami/runner.ts";
import { quoteForShell } from "../../../provision/user-data/prologue.ts";
import { namespacesPermitted, toolAvailable } from "../../tools.ts";

/** Whether a test can run in a root of its own. */
export const rootsPermitted = (test: string): boolean =>
  toolAvailable("unshare", "util-linux") &&
  toolAvailable("setpriv", "util-linux") &&
  toolAvailable("ip", "iproute2") &&
  namespacesPermitted(test);

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** A file that the script has left in /mnt; undefined where there is none. */
  readonly left: (name: string) => string | undefined;
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** How long a script may take, in milliseconds. */
const TIMEOUT_MS = 90_000;

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

/**
 * Runs a script of bash as root in a root file system of its own, which is gone afterwards; private-root.sh has the
 * details.
 *
 * @param files are in /mnt
 */
export const inPrivateRoot = (script: string, files: Files = {}): Ended => {
  const dir = mkdtempSync(join(tmpdir(), "hostwright-root-"));
  const share = join(dir, "share");
  try {
    for (const name of ["machine", "share"]) mkdirSync(join(dir, name));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(share, name)), { recursive: true });
      writeFileSync(join(share, name), content);
    }
    const { status, stdout, stderr, error } = spawnSync(
      "bash",
      [join(import.meta.dirname, "private-root.sh"), join(dir, "machine"), share, `set -eu\n${script}`],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: TIMEOUT_MS, killSignal: "SIGKILL" },
    );
    if (error !== undefined) throw error;
    if (read(join(share, "ready")) === undefined) throw new Error(`there was no private root: ${stderr}`);
    const names = leftIn(share);
    return { status: status ?? -1, out: stdout, err: stderr, left: (name) => names.get(name) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

/** What the script has left, before it is removed. */
const LEFT = ["markers", "log", "calls"];
const leftIn = (share: string): ReadonlyMap<string, string> =>
  new Map(
    LEFT.flatMap((name) => {
      const text = read(join(share, name));
      return text === undefined ? [] : [[name, text] as const];
    }),
  );

/** The files of a runner, below a directory of /mnt. */
export const runnerFiles = ({ files }: Runner, below = "runner"): Files =>
  Object.fromEntries(files.map(({ name, content }) => [`${below}/${name}`, content]));

/** Shell that puts a runner where it belongs. */
export const place = ({ directory, files }: Runner, below = "runner"): string =>
  [
    `install -d -m 711 ${directory}`,
    `cp -R /mnt/${below}/. ${directory}/`,
    ...files.map(({ name, mode }) => `chmod ${mode.toString(8)} ${quoteForShell(`${directory}/${name}`)}`),
  ].join("\n");

/** Puts a runner into a root of its own, runs it, and looks around; the script ends as the runner does. */
export const runInPrivateRoot = (
  runner: Runner,
  { before = "", after = "", files = {} as Files } = {},
): Ended =>
  inPrivateRoot(
    `${before}\n${place(runner)}\nstatus=0\nsh ${runner.directory}/run.sh || status=$?\n${after}\nexit "$status"`,
    { ...files, ...runnerFiles(runner) },
  );
