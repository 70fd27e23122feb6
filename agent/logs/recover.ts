import { pause } from "../base/pause.ts";
import { fullJitter } from "../base/retry.ts";
import { checkpointKey, isSameStream } from "./knowledge.ts";
import { Landed } from "./landed.ts";
import type { Checkpoint, Clock, Ends, Intent, Sink, Target } from "./ports.ts";
import { fits, printAt } from "./print.ts";
import type { Tail } from "./tail.ts";

export interface RecoverKit {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly abort: AbortSignal;
}

/** What was taken may show up in the stream a little later: it is looked for until so long after it was sent. */
const SETTLE_MS = 3_000;
const BETWEEN_MS = 1_500;
const BACKOFF = { base: 500, cap: 15_000 };

/** The requests of an earlier run whose end it did not note: all but those whose offsets were committed. */
export const unfinished = (
  intents: readonly Intent[],
  committed: (end: Checkpoint) => Checkpoint | undefined,
): readonly Intent[] =>
  intents.filter(({ ends }) =>
    ends.some((end) => {
      const known = committed(end);
      // A later generation was committed only after everything of the earlier one.
      if (known !== undefined && known.generation > end.generation) return false;
      return known === undefined || known.generation < end.generation || known.offset < end.offset;
    }),
  );

/** Is a request in its stream? Undefined when the service does not say. */
export const isThere = async (
  target: Target,
  { first, last }: Ends,
  sink: Sink,
): Promise<boolean | undefined> => {
  const landed = await sink.landed(target, first);
  return landed === false && (last.stamp !== first.stamp || last.hash !== first.hash)
    ? sink.landed(target, last)
    : landed;
};

/**
 * Finds out whether a request was taken, however long the service does not answer. False when it is not in the stream,
 * and when `abort` fires. `sentBefore`: since when nobody sends it any more, in milliseconds.
 */
export const hasLanded = async (
  target: Target,
  marks: Ends,
  { sink, clock, abort }: RecoverKit,
  sentBefore: number = clock.now(),
): Promise<boolean> => {
  for (let failures = 0; !abort.aborted; ) {
    const askedAt = clock.now();
    const landed = await isThere(target, marks, sink);
    if (landed === true) return true;
    if (landed === false && askedAt - sentBefore >= SETTLE_MS) return false;
    if (landed !== false) failures++;
    const wait = landed === false ? BETWEEN_MS : fullJitter(failures, BACKOFF, clock.random);
    await pause(clock, wait, abort);
  }
  return false;
};

/**
 * What is in the stream of a request that was sent in pieces, however long the service does not answer; nothing when
 * `abort` fires. `from`: the time of its first event. `sentBefore`: since when nobody sends it any more.
 */
export const piecesOf = async (
  target: Target,
  { last }: Ends,
  from: number,
  { sink, clock, abort }: RecoverKit,
  sentBefore: number,
): Promise<Landed> => {
  let wait = sentBefore + SETTLE_MS - clock.now();
  for (let failures = 0; !abort.aborted; failures++) {
    await pause(clock, Math.max(1, wait), abort);
    if (abort.aborted) break;
    // What is sent in pieces may be dated a millisecond later than it was at first.
    const marks = await sink.between(target, from, last.stamp + 1);
    if (marks !== undefined) return new Landed(marks);
    wait = fullJitter(failures, BACKOFF, clock.random);
  }
  return new Landed([]);
};

/**
 * An earlier run has shipped up to `end` without noting it: goes on behind it in the file itself, or in what was copied
 * of it since. Resolves to the file that has moved, when one has.
 */
export const advance = async (
  end: Checkpoint,
  tails: Iterable<Tail>,
  open: (tail: Tail) => Promise<boolean>,
): Promise<Tail | undefined> => {
  const isOwn = ({ id, target }: Tail): boolean => checkpointKey({ ...id, ...target }) === checkpointKey(end);
  const inStream = [...tails].filter(({ target }) => isSameStream(target, end));
  const ownFirst = inStream.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
  for (const tail of ownFirst) {
    const opened = await open(tail).catch(() => false);
    if (!opened || tail.handle === undefined || !(await fits(tail.handle, end).catch(() => false))) continue;
    if (tail.readAt >= end.offset || !tail.settled) return undefined;
    tail.resume(end, tail.generation);
    tail.verified = true;
    return tail;
  }
  // It has begun anew, and was read further than it was copied: all that the copy holds was shipped.
  const former = ownFirst.find(isOwn)?.former?.get(end.generation);
  if (former?.handle !== undefined && former.settled && former.currentSize < end.offset) {
    if (former.readAt >= former.currentSize) return undefined;
    former.resume(await printAt(former.handle, former.currentSize), former.generation);
    former.verified = true;
    return former;
  }
  // Truncated a moment ago: its copy is looked for by what it held, which is known further now.
  const own = ownFirst.find((tail) => isOwn(tail) && tail.generation === end.generation);
  if (own === undefined || !own.settled || own.readAt >= end.offset) return undefined;
  own.resume(end, own.generation);
  return own;
};
