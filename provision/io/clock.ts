import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../launch-template/ports.ts";

export const systemClock: Clock = {
  now: () => performance.now(),
  pause: async (ms, stop) => {
    try {
      await pause(ms, undefined, stop && { signal: stop });
    } catch (error) {
      if (stop?.aborted !== true) throw error;
    }
  },
};

/** The time of the day, in milliseconds since 1970. */
export const today = (): number => Date.now();
