import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Does what Ctrl-C may end early: `stop` aborts with the first signal, so that the work can say where it stands. The
 * second signal ends the process at once, as ever.
 */
export const interruptible = async <Result>(
  work: (stop: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const controller = new AbortController();
  const stop = (): void => {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
};
