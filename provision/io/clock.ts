import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../launch-template/ports.ts";

export const systemClock: Clock = {
  now: () => performance.now(),
  pause: async (ms) => {
    await pause(ms);
  },
};
