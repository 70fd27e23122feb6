import { destination, pino } from "pino";
import type { Report } from "../logs/ports.ts";

/** The log of the agent itself: one JSON object per line on standard error. */
export const createLog = (): ((report: Report) => void) => {
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ fd: 2, sync: true }),
  );
  return ({ level, event, detail }) => logger[level]({ event, ...detail });
};
