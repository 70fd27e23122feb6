import { type Backoff, fullJitter } from "../base/retry.ts";
import type { Batch } from "./batch.ts";
import type { Creator } from "./creator.ts";
import type { Clock, Failure, PutResult, Rejected, Sink, Target } from "./ports.ts";
import { eventsOf, type LogEvent } from "./settle.ts";

/** How a batch ended. `undefined` from {@link deliver} means: it did not, the agent stops. */
export interface Delivered {
  readonly rejected: Rejected | undefined;
  /** Indexes of events that the service called invalid, each by itself. */
  readonly invalid: readonly number[];
}

export interface Trouble {
  readonly kind: Failure;
  readonly message: string;
  readonly attempts: number;
}

export interface DeliveryKit {
  readonly sink: Sink;
  readonly creator: Creator;
  readonly clock: Clock;
  /** Gives a batch its body again after it had to give up its memory; false when its bytes are gone. */
  readonly restore: (batch: Batch) => Promise<boolean>;
  /** True when somebody waits for memory: a batch that waits for its next try lets go of its own. */
  readonly contended: () => boolean;
  readonly onTrouble: (trouble: Trouble | undefined) => void;
}

const BACKOFF: Readonly<Record<Failure, Backoff>> = {
  throttled: { base: 500, cap: 30_000 },
  unavailable: { base: 200, cap: 30_000 },
  ambiguous: { base: 200, cap: 30_000 },
  // A role that is being attached, a clock that is being set: slow, but for ever.
  denied: { base: 2_000, cap: 60_000 },
  // Just created, and not yet visible everywhere.
  missing: { base: 100, cap: 5_000 },
  invalid: { base: 2_000, cap: 60_000 },
};

/** Tries of a request that is refused whole before it is taken for the fault of one event. */
const PATIENCE_WITH_INVALID = 3;

/**
 * Sends a batch until the service has taken or refused each of its events: the identical request again and again,
 * for as long as it takes, since the files keep what comes after. Resolves to undefined when `abort` fires first,
 * and to "gone" when the bytes had to be read again and are not there any more.
 */
export const deliver = async (
  target: Target,
  batch: Batch,
  kit: DeliveryKit,
  abort: AbortSignal,
): Promise<Delivered | "gone" | undefined> => {
  for (let attempts = 0; !abort.aborted; attempts++) {
    if (batch.held === undefined && !(await kit.restore(batch))) return "gone";
    const body = batch.held?.body.finish();
    if (body === undefined) return "gone";
    const result = await kit.sink.put(target, body);
    // Also when it was taken: who stops has written its last checkpoint.
    if (abort.aborted) return undefined;
    if (result.kind === "taken") {
      kit.onTrouble(undefined);
      return { rejected: result.rejected, invalid: [] };
    }
    const failure = result.kind === "missing" ? await create(target, result, kit, abort) : result;
    if (failure === undefined) continue;
    kit.onTrouble({ kind: failure.kind, message: failure.message, attempts: attempts + 1 });
    if (failure.kind === "invalid" && attempts + 1 >= PATIENCE_WITH_INVALID) {
      const invalid = await culprits(target, eventsOf(body), kit);
      if (invalid !== undefined) return { rejected: undefined, invalid };
    }
    if (kit.contended()) batch.release();
    await pause(kit.clock, fullJitter(attempts, BACKOFF[failure.kind], kit.clock.random), abort);
  }
  return undefined;
};

type Failed = Exclude<PutResult, { readonly kind: "taken" }>;

const create = async (target: Target, missing: Failed, kit: DeliveryKit, abort: AbortSignal) => {
  const created = await kit.creator.ensure(target);
  if (created.kind !== "done") return created;
  // Created, yet reported missing again and again: wait as for any other failure.
  await pause(kit.clock, fullJitter(0, BACKOFF.missing, kit.clock.random), abort);
  return missing.kind === "missing" ? undefined : missing;
};

/**
 * Halves a refused batch until the events that the service refuses stand alone; sends everything else. Undefined
 * when it cannot tell: another failure came between, or not a single event was taken, in which case the
 * fault lies with the target (a disabled key is reported in this way too) and not with the events.
 */
const culprits = async (
  target: Target,
  events: readonly LogEvent[],
  kit: DeliveryKit,
): Promise<readonly number[] | undefined> => {
  const invalid: number[] = [];
  let taken = 0;
  const send = async (from: number, to: number): Promise<boolean> => {
    const result = await kit.sink.put(target, bodyOf(target, events.slice(from, to)));
    if (result.kind === "taken") {
      taken += to - from;
      return true;
    }
    if (result.kind !== "invalid") return false;
    if (to - from === 1) {
      invalid.push(from);
      return taken > 0 || invalid.length < events.length;
    }
    const middle = (from + to) >> 1;
    return (await send(from, middle)) && (await send(middle, to));
  };
  return (await send(0, events.length)) && taken > 0 ? invalid : undefined;
};

const bodyOf = ({ logGroupName, logStreamName }: Target, logEvents: readonly LogEvent[]): Uint8Array =>
  Buffer.from(JSON.stringify({ logGroupName, logStreamName, logEvents }));

/** Resolves after that many milliseconds, or as soon as `abort` fires. */
const pause = (clock: Clock, ms: number, abort: AbortSignal): Promise<void> =>
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
