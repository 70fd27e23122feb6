import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface DemoWriter {
  /** A directory of its own, for the state of the demo too. */
  readonly directory: string;
  readonly path: string;
  /** Ends the writing and removes the directory. */
  readonly close: () => void;
}

const EVERY_MS = 200;

/** Writes a line of an imaginary web server five times a second, so that a demo has something that moves. */
export const startDemoWriter = (): DemoWriter => {
  const directory = mkdtempSync(join(tmpdir(), "host-agent-demo-"));
  const path = join(directory, "live.log");
  let sequence = 0;
  const write = (): void => {
    sequence++;
    const line = { time: new Date().toISOString(), sequence, method: "GET", path: `/item/${sequence % 97}` };
    const status = sequence % 20 === 0 ? 500 : 200;
    appendFileSync(path, `${JSON.stringify({ ...line, status, ms: (sequence * 37) % 211 })}\n`);
  };
  write();
  const timer = setInterval(write, EVERY_MS);
  return {
    directory,
    path,
    close: () => {
      clearInterval(timer);
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
