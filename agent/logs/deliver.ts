import { pause } from "../base/pause.ts";
import { type Backoff, fullJitter } from "../base/retry.ts";
import type { Batch } from "./batch.ts";
import { bodyOf } from "./body.ts";
import type { Creator } from "./creator.ts";
import { endsOf, type Landed } from "./landed.ts";
import type { Clock, Ends, Failure, PutResult, Sink, Target } from "./ports.ts";
import { eventsOf, type LogEvent, type Refusal, refusalsOf } from "./settle.ts";
import type { Turns } from "./turns.ts";

/** How a batch ended. */
export interface Delivered {
  readonly refusals: readonly Refusal[];
  /** It was found to have been taken by a request whose answer never came. */
  readonly landed: boolean;
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
  readonly turns: Turns;
  /** Gives a batch its body again after it had to give up its memory; false when its bytes are gone. */
  readonly restore: (batch: Batch) => Promise<boolean>;
  /** A batch that waits for an answer that does not come counts no longer among those that are under way. */
  readonly park: (batch: Batch) => void;
  /** A batch that waits for its next try makes room for others, if need be by giving up its memory. */
  readonly yieldRoom: (batch: Batch) => void;
  /** Asks the service whether a request without an answer was taken; absent where nobody wants to know. */
  readonly landed: ((ends: Ends) => Promise<boolean | undefined>) | undefined;
  /** What an earlier run has sent of this piece by piece, without getting to note it. */
  readonly known: Landed | undefined;
  /** From now on a batch is sent in pieces. */
  readonly onDivided: (batch: Batch) => void;
  readonly onTrouble: (trouble: Trouble | undefined) => void;
  /** A request was cut off: what it carried may arrive twice. */
  readonly onAmbiguous: (batch: Batch) => void;
}

const BACKOFF: Readonly<Record<Failure, Backoff>> = {
  throttled: { base: 500, cap: 30_000 },
  unavailable: { base: 200, cap: 15_000 },
  ambiguous: { base: 200, cap: 15_000 },
  // A role that is being attached, a clock that is being set: slow, but for ever.
  denied: { base: 2_000, cap: 60_000 },
  // Just created, and not yet visible everywhere.
  missing: { base: 100, cap: 5_000 },
  invalid: { base: 1_000, cap: 30_000 },
};

/** Tries of a request that is refused whole before it is taken for the fault of one event. */
const PATIENCE_WITH_INVALID = 3;
/** Events that may be refused one after the other, without one that is taken, before the search is given up for now. */
const suspects = (attempts: number): number => 2 ** Math.min(attempts, 14);
/** The service reports a key that is disabled or out of reach as an invalid parameter, too: no event's fault. */
const KEY_TROUBLE = /\bkms\b|\bkey\b/i;
/** A request that has no answer yet is parked after this, in milliseconds. */
const SLOW_MS = 500;

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
  if (kit.known !== undefined) return deliverRest(target, eventsOf(batch), kit.known, kit, abort);
  const state: State = { unsure: false, troubled: false };
  for (let attempts = 0; !abort.aborted; attempts++) {
    const ended = await kit.turns.take(state.troubled);
    const tried = await attempt(target, batch, state, kit, abort).finally(ended);
    if (tried === undefined || tried === "gone" || "refusals" in tried) return tried;
    if (tried.kind === "created") continue;
    if (tried.kind !== "unknown") {
      state.troubled = true;
      kit.onTrouble({ kind: tried.kind, message: tried.message, attempts: attempts + 1 });
      if (tried.blamesEvents && attempts + 1 >= PATIENCE_WITH_INVALID) {
        kit.onDivided(batch);
        const refusals = await bisect(target, eventsOf(batch), suspects(attempts), kit, abort);
        if (refusals !== undefined) return { refusals, landed: false };
        if (abort.aborted) return undefined;
      }
      kit.yieldRoom(batch);
    }
    const backoff = BACKOFF[tried.kind === "unknown" ? "ambiguous" : tried.kind];
    await pause(kit.clock, fullJitter(attempts, backoff, kit.clock.random), abort);
  }
  return undefined;
};

/** Sends what the stream does not have yet. */
const deliverRest = async (
  target: Target,
  events: readonly LogEvent[],
  known: Landed,
  kit: DeliveryKit,
  abort: AbortSignal,
): Promise<Delivered | undefined> => {
  const missing = known.missing(events);
  if (missing.length === 0) return { refusals: [], landed: true };
  const rest = missing.flatMap((at) => events[at] ?? []);
  for (let attempts = 0; !abort.aborted; attempts++) {
    // What was taken of it before shows that it is not the target.
    const taken = events.length - rest.length;
    const refusals = await bisect(target, rest, suspects(attempts), kit, abort, taken);
    if (refusals !== undefined) {
      kit.onTrouble(undefined);
      const each = refusals.flatMap(({ from, to, reason }) =>
        missing.slice(from, to).map((at) => ({ from: at, to: at + 1, reason })),
      );
      return { refusals: each, landed: false };
    }
    await pause(kit.clock, fullJitter(attempts, BACKOFF.invalid, kit.clock.random), abort);
  }
  return undefined;
};

interface State {
  /** The last request was cut off: it may have been taken. */
  unsure: boolean;
  /** A request has failed. */
  troubled: boolean;
}

type Tried =
  | Delivered
  | "gone"
  /** What was missing is there now. */
  | { readonly kind: "created" }
  /** Nobody can say whether the last request was taken. */
  | { readonly kind: "unknown" }
  | { readonly kind: Failure; readonly message: string; readonly blamesEvents: boolean };

/** One request, and what belongs to it. Undefined when `abort` fires. */
const attempt = async (
  target: Target,
  batch: Batch,
  state: State,
  kit: DeliveryKit,
  abort: AbortSignal,
): Promise<Tried | undefined> => {
  if (abort.aborted) return undefined;
  if (state.unsure) {
    const landed = batch.marks && (await kit.landed?.(batch.marks));
    if (landed === true) return { refusals: [], landed };
    // Not to know is no reason to send again: the service cannot be asked now, so it could not be sent to either.
    if (landed === undefined) return { kind: "unknown" };
    state.unsure = false;
  }
  if (batch.held === undefined && !(await kit.restore(batch))) return "gone";
  const body = batch.held?.body.finish();
  if (body === undefined) return "gone";
  const slow = kit.clock.after(SLOW_MS, () => kit.park(batch));
  const result = await kit.sink.put(target, body);
  slow();
  // Also when it was taken: who stops has written its last checkpoint.
  if (abort.aborted) return undefined;
  if (result.kind === "taken") {
    kit.onTrouble(undefined);
    return { refusals: refusalsOf(result.rejected, 0, batch.records), landed: false };
  }
  if (result.kind === "ambiguous") kit.onAmbiguous(batch);
  state.unsure = result.kind === "ambiguous" && kit.landed !== undefined;
  const failure = await mended(target, result, kit, abort);
  if (failure === undefined) return { kind: "created" };
  return { ...failure, blamesEvents: blamesEvents(result) };
};

type Taken = Extract<PutResult, { readonly kind: "taken" }>;
type Failed = Exclude<PutResult, Taken>;

/** Not when the group or the stream cannot be made because its name is invalid. */
const blamesEvents = (result: Failed): boolean =>
  result.kind === "invalid" && !KEY_TROUBLE.test(result.message);

/** Creates what is missing. Undefined: it can go on at once. */
const mended = async (
  target: Target,
  failed: Failed,
  kit: DeliveryKit,
  abort: AbortSignal,
): Promise<{ readonly kind: Failure; readonly message: string } | undefined> => {
  if (failed.kind !== "missing") return failed;
  const created = await kit.creator.ensure(target);
  if (created.kind !== "done") return created;
  // Created, yet reported missing again and again: wait as for any other failure.
  await pause(kit.clock, fullJitter(0, BACKOFF.missing, kit.clock.random), abort);
  return undefined;
};

/**
 * Halves a refused batch until the events that the service refuses stand alone; sends everything else, each part until
 * it is taken, and in order. What goes before an event that may have been refused for the target's sake is dated a
 * millisecond later than that: should it be taken after all, the stream shows it in its place. Undefined when `abort` fires, or when as many events as `most` are refused and not one is
 * taken: then the fault seems to lie with the target and not with the events. The next search goes further.
 */
const bisect = async (
  target: Target,
  events: readonly LogEvent[],
  most: number,
  kit: DeliveryKit,
  abort: AbortSignal,
  takenBefore = 0,
): Promise<readonly Refusal[] | undefined> => {
  const refusals: Refusal[] = [];
  /** Refused before anything was taken: it may have been the target, which is well again. */
  const doubtful: Refusal[] = [];
  let taken = takenBefore;
  let passed = false;
  const parts = [{ from: 0, to: events.length }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { from, to } = part;
    passed ||= doubtful.length > 0;
    const result = await insist(
      target,
      passed ? events.slice(from, to).map(later) : events.slice(from, to),
      kit,
      abort,
    );
    if (result === undefined) return undefined;
    if (result.kind === "taken") {
      taken += to - from;
      refusals.push(...refusalsOf(result.rejected, from, to - from));
    } else if (to - from === 1) {
      (taken === 0 ? doubtful : refusals).push({ from, to, reason: "invalid" });
      if (taken === 0 && doubtful.length >= most && events.length > 1) return undefined;
    } else {
      const middle = (from + to) >> 1;
      parts.push({ from: middle, to }, { from, to: middle });
    }
  }
  // One that is all alone has no other to be compared with; it must not hold up the stream for ever.
  if (events.length === 1) return [...doubtful, ...refusals];
  if (taken === 0) return undefined;
  for (const refusal of doubtful) {
    const result = await insist(target, events.slice(refusal.from, refusal.to), kit, abort);
    if (result === undefined) return undefined;
    // Later than what follows it, but dated before.
    if (result.kind === "taken") refusals.push(...refusalsOf(result.rejected, refusal.from, 1));
    else refusals.push(refusal);
  }
  return refusals.toSorted((a, b) => a.from - b.from);
};

/** A millisecond later: no later batch begins before that. */
const later = ({ timestamp, message }: LogEvent): LogEvent => ({ timestamp: timestamp + 1, message });

/** Sends a part of a batch until it is taken or refused as invalid. */
const insist = async (
  target: Target,
  events: readonly LogEvent[],
  kit: DeliveryKit,
  abort: AbortSignal,
): Promise<Taken | { readonly kind: "invalid" } | undefined> => {
  for (let attempts = 0, unsure = false; !abort.aborted; attempts++) {
    const landed = unsure ? await kit.landed?.(endsOf(events)) : false;
    if (landed === true) return { kind: "taken", rejected: undefined };
    if (landed === undefined) {
      await pause(kit.clock, fullJitter(attempts, BACKOFF.ambiguous, kit.clock.random), abort);
      continue;
    }
    const ended = await kit.turns.take(true);
    const result = await kit.sink.put(target, bodyOf(target, events)).finally(ended);
    if (abort.aborted) return undefined;
    if (result.kind === "taken") return result;
    unsure = result.kind === "ambiguous" && kit.landed !== undefined;
    const failure = await mended(target, result, kit, abort);
    if (failure === undefined) continue;
    if (blamesEvents(result)) return { kind: "invalid" };
    kit.onTrouble({ ...failure, attempts: attempts + 1 });
    await pause(kit.clock, fullJitter(attempts, BACKOFF[failure.kind], kit.clock.random), abort);
  }
  return undefined;
};
