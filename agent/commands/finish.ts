import { EXIT, type ExitStatus } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { systemClock } from "../io/clock.ts";
import { accountingJson, accountingText } from "./accounting-text.ts";
import type { Terminal } from "./command.ts";
import type { Shipping } from "./ship.ts";

export interface FinishOptions {
  /** Last lines without an end are sent as they are, and anything left behind is a reason to come back. */
  readonly once: boolean;
  readonly deadlineMs: number;
  readonly json: boolean;
}

/**
 * Ships what the files hold now, within the deadline, stops, and tells how it went: in words or as one JSON object.
 * Status 75 when something is left that running again would ship.
 */
export const finish = async (
  { shipper, status }: Shipping,
  { once, deadlineMs, json }: FinishOptions,
  terminal: Terminal,
): Promise<ExitStatus> => {
  const interrupted = once ? [terminal.stop, terminal.abandon] : [terminal.abandon];
  const finished = await within(shipper.drain(once), deadlineMs, interrupted);
  const isRemembered = shipper.stop();
  const last = status();
  terminal.out(json ? accountingJson(last) : accountingText(last, terminal.columns));
  const behind = last.files.filter(({ lag_bytes, state }) => lag_bytes > 0 && state !== "deleted");
  if (finished && isRemembered && (!once || behind.length === 0)) return EXIT.done;
  if (!isRemembered)
    terminal.err(
      "What was shipped last is not remembered, and will be shipped again: see the state directory.\n",
    );
  for (const { path, lag_bytes, last_error } of behind)
    terminal.err(
      `${printable(`not shipped: ${path}: ${lag_bytes} bytes${last_error === null ? "" : ` (${last_error})`}`)}\n`,
    );
  terminal.err("Run the same command again to go on from here.\n");
  return EXIT.unfinished;
};

/** Resolves when `signal` fires. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** True when `work` has ended before the time was up and before anybody lost patience. */
const within = async (
  work: Promise<void>,
  ms: number,
  impatience: readonly AbortSignal[],
): Promise<boolean> => {
  let cancel: () => void = () => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = systemClock.after(ms, () => resolve(false));
    for (const signal of impatience) void aborted(signal).then(() => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
  }
};
