import process from "node:process";
import { formatDuration } from "../../../agent/base/duration.ts";
import type { Tell } from "../../rehearse/ports.ts";

export interface Progress {
  readonly tell: Tell;
  /** Takes the last line away. */
  readonly end: () => void;
}

const CLEAR = "\r\u001b[K";

/** One line that changes on a terminal; a line for each new thing elsewhere. */
export const progressOf = (err: (text: string) => void, isQuiet: boolean): Progress => {
  const began = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  let last = "";
  return {
    tell: (text) => {
      if (isQuiet || (!isTerminal && text === last)) return;
      last = text;
      const line = `${formatDuration(performance.now() - began).padStart(8)}  ${text}`;
      err(isTerminal ? `${CLEAR}${line}` : `${line}\n`);
    },
    end: () => {
      if (isTerminal && last !== "") err(CLEAR);
    },
  };
};
