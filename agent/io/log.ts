import { writeSync } from "node:fs";
import { pino } from "pino";
import type { Report } from "../logs/ports.ts";

/** The log of the agent itself: one JSON object per line on standard error. */
export const createLog = (): ((report: Report) => void) => {
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write: toStandardError });
  return ({ level, event, detail }) => logger[level]({ event, ...detail });
};

/** At once, so that the last words of a process that dies are there. Where nobody reads them, or a disk is full, work goes on. */
const toStandardError = (line: string): void => {
  const bytes = Buffer.from(line);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(2, bytes, at);
  } catch {}
};
