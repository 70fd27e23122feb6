import type { Clock } from "./ports.ts";

/** Resolves after that many milliseconds, or as soon as `abort` fires: nothing is left that would hold up who stops. */
export const pause = (clock: Pick<Clock, "after">, ms: number, abort: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (abort.aborted) return resolve();
    const done = () => {
      cancel();
      abort.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    abort.addEventListener("abort", done);
  });
