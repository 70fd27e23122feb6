import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** Of its own for each test. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-rehearse-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export interface Other {
  readonly child: ChildProcess;
  /** The next line that it says; undefined when it has ended. */
  readonly said: () => Promise<string | undefined>;
  /** Kills it as nobody can refuse. */
  readonly kill: () => Promise<void>;
  /** Its status, when it ends by itself. */
  readonly ended: Promise<number | null>;
}

/** Does one of the tasks of `in-another-process.ts`. It is gone at the end of the test. */
export const otherProcess = (what: string, path = ""): Other => {
  const program = join(import.meta.dirname, "in-another-process.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program, what, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit").then(([status]) => status as number | null);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, kill, ended, said: async () => (await lines.next()).value as string | undefined };
};
