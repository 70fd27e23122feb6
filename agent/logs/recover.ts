import { fullJitter } from "../base/retry.ts";
import { checkpointKey, isSameStream } from "./knowledge.ts";
import type { Checkpoint, Clock, Ends, Intent, Sink, Target } from "./ports.ts";
import { fits } from "./print.ts";
import type { Tail } from "./tail.ts";

export interface RecoverKit {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly abort: AbortSignal;
}

/** What was taken may show up in the stream a little later: it is looked for that often, with that long between. */
const LOOKS = 3;
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
 * and when `abort` fires.
 */
export const hasLanded = async (
  target: Target,
  marks: Ends,
  { sink, clock, abort }: RecoverKit,
): Promise<boolean> => {
  for (let looks = 0, failures = 0; looks < LOOKS && !abort.aborted; ) {
    const landed = await isThere(target, marks, sink);
    if (landed === true) return true;
    if (landed === false) looks++;
    else failures++;
    const wait = landed === false ? BETWEEN_MS : fullJitter(failures, BACKOFF, clock.random);
    if (looks < LOOKS) await new Promise<void>((done) => clock.after(wait, done));
  }
  return false;
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
  for (const tail of inStream.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)))) {
    const opened = await open(tail).catch(() => false);
    if (!opened || tail.handle === undefined || !(await fits(tail.handle, end).catch(() => false))) continue;
    if (tail.readAt >= end.offset || !tail.settled) return undefined;
    tail.resume(end, tail.generation);
    tail.verified = true;
    return tail;
  }
  return undefined;
};
