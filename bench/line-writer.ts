import { closeSync, openSync, writeSync } from "node:fs";

export interface LineWriter {
  /** Lines written until now. */
  readonly written: () => number;
  readonly stop: () => void;
}

/** The length of a line with its newline, in bytes. */
const LINE_BYTES = 120;
/** Writes are this far apart, in milliseconds: a line each at 100 lines per second. */
const STEP_MS = 10;

/** Writes lines to a file as a program does, one write each, and says in each when that was. */
export const startLineWriter = (path: string, perSecond: number): LineWriter => {
  const file = openSync(path, "a");
  const beganAt = performance.now();
  let sequence = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganAt) / 1_000) * perSecond);
    while (sequence < due) writeSync(file, line(sequence++));
  }, STEP_MS);
  return {
    written: () => sequence,
    stop: () => {
      clearInterval(timer);
      closeSync(file);
    },
  };
};

const line = (sequence: number): string => {
  const head = `web-1 app[4242]: at=${Date.now()} request done`;
  const tail = ` #${String(sequence).padStart(10, "0")}\n`;
  return head.padEnd(LINE_BYTES - tail.length, ".") + tail;
};
