import { type Backoff, fullJitter } from "../base/retry.ts";
import { TRANSIENT } from "./creator.ts";
import type { Clock, CreateResult, Report, Sink, Target } from "./ports.ts";

/** PutRetentionPolicy has a small quota that all hosts of an account share, and nothing waits for it. */
const AGAIN: Backoff = { base: 60_000, cap: 3_600_000 };
/** What was taken is acknowledged this many milliseconds later at the most: a run that ends may cut the call off. */
const PATIENCE_MS = 2_000;

interface Attempts {
  readonly failed: number;
  /** In milliseconds since 1970. */
  readonly nextAt: number;
}

/**
 * Sets the retention that the configuration asks for also on groups that others have made: once in a run, when the
 * first events have arrived. Who wrote it down expects it, and a group that keeps its events for ever is a surprise on
 * the bill. Whatever comes of it, the events do not wait for it.
 */
export const withRetention = (sink: Sink, clock: Clock, report: (report: Report) => void): Sink => {
  /** Done, or not to be had, or the affair of whoever makes the group. */
  const settled = new Set<string>();
  const attempts = new Map<string, Attempts>();

  const keep = async (target: Target): Promise<void> => {
    const { logGroupName, retentionInDays } = target;
    const { failed, nextAt } = attempts.get(logGroupName) ?? { failed: 0, nextAt: 0 };
    if (retentionInDays === undefined || settled.has(logGroupName) || clock.now() < nextAt) return;
    // Until there is an answer no other stream of the group asks.
    attempts.set(logGroupName, { failed, nextAt: Number.POSITIVE_INFINITY });
    const result = await sink.putRetention(target);
    if (!isPassing(result)) settled.add(logGroupName);
    if (result.kind === "done") return;
    const nextAgain = clock.now() + fullJitter(failed, AGAIN, clock.random);
    attempts.set(logGroupName, { failed: failed + 1, nextAt: nextAgain });
    if (failed > 0) return;
    const detail = { logGroupName, retentionInDays, ...result };
    report({ level: "warn", event: "retention.not_set", detail });
  };

  return {
    ...sink,
    createGroup: async (target) => {
      settled.add(target.logGroupName);
      const result = await sink.createGroup(target);
      if (result.kind !== "done") settled.delete(target.logGroupName);
      return result;
    },
    put: async (target, body) => {
      const result = await sink.put(target, body);
      if (result.kind === "taken") await within(clock, PATIENCE_MS, keep(target));
      return result;
    },
  };
};

const isPassing = ({ kind }: CreateResult): boolean => TRANSIENT.has(kind) || kind === "missing";

const within = (clock: Clock, ms: number, work: Promise<void>): Promise<void> =>
  new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void work.then(() => {
      cancel();
      resolve();
    });
  });
