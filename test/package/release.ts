/** Archives for tests: as `npm run package` makes them, but quick to pack and to unpack. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Built, buildAll } from "../../.ci/build.ts";
import { writeRelease } from "../../.ci/package.ts";

export const ROOT = join(import.meta.dirname, "..", "..");
export const RUNTIME = join(ROOT, "node_modules", "node", "bin", "node");

export interface TestRelease {
  readonly version: string;
  readonly out: string;
  /** Where the runtime will be on the host. */
  readonly runtime?: string;
  /** Changes the code of host-agent. */
  readonly edit?: (code: string) => string;
}

let built: Promise<readonly Built[]> | undefined;

/** An archive whose runtime is a script that starts the runtime of this checkout: it is 100 MB smaller. */
export const testRelease = async ({
  version,
  out,
  runtime = RUNTIME,
  edit,
}: TestRelease): Promise<string> => {
  built ??= buildAll();
  const workshop = mkdtempSync(join(out, ".test-release-"));
  try {
    const node = join(workshop, "node");
    writeFileSync(node, `#!/bin/sh\nexec ${runtime} "$@"\n`, { mode: 0o755 });
    const programs = (await built).map((program) => {
      if (program.program !== "host-agent" || edit === undefined) return program;
      const path = join(workshop, "edited.cjs");
      const code = readFileSync(program.path, "latin1");
      const edited = edit(code);
      if (edited === code) throw new Error("the change found nothing to change in the bundle");
      writeFileSync(path, edited, "latin1");
      return { ...program, path };
    });
    return await writeRelease({ version, built: programs, node, level: 1, out });
  } finally {
    rmSync(workshop, { recursive: true });
  }
};

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, with an environment that names nothing of this checkout. */
export const run = (command: string, args: readonly string[], cwd = "/"): Ended => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", AWS_EC2_METADATA_DISABLED: "true" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1_048_576,
  });
  if (error !== undefined) throw error;
  return { status: status ?? -1, out: stdout, err: stderr };
};

/** A directory that is gone when the tests around this call have ended. */
export const scratch = (name: string): string => {
  const path = mkdtempSync(join(tmpdir(), `hostwright-${name}-`));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
};
