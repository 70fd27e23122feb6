/** What a pause needs of a clock. */
interface Timers {
  readonly after: (ms: number, task: () => void) => () => void;
}

/** Resolves after that many milliseconds, or as soon as `abort` fires: nothing is left that would hold up who stops. */
export const pause = (clock: Timers, ms: number, abort: AbortSignal): Promise<void> =>
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
