import type { Checkpoint, FileId, Target } from "./ports.ts";
import { logName } from "./rotated-name.ts";

/** Finished files are remembered for this long, and forgotten this often, in milliseconds. */
const REMEMBER_MS = 7 * 24 * 3_600_000;
const FORGET_MS = 3_600_000;
/** Most earlier files of a log that a file of unknown origin is compared with. */
const MOST_COMPARED = 64;

export type StreamName = Pick<Target, "logGroupName" | "logStreamName">;

/** A path, and the stream that its content goes to. */
export interface Spot {
  readonly home: string;
  readonly target: StreamName;
}

/** What is known of files, from this run and from earlier ones: how far they were shipped, and where they were. */
export class Knowledge {
  readonly #checkpoints = new Map<string, Checkpoint>();
  /** What an earlier run has left and nobody has found yet. */
  readonly #inherited = new Map<string, Checkpoint>();
  /** Until when it is known which file a path led to. Names without a directory too: directories are moved. */
  readonly #ledAt = new Map<string, number>();
  #forgotAt = 0;

  inherit(checkpoints: readonly Checkpoint[]): void {
    for (const checkpoint of checkpoints) {
      this.#inherited.set(checkpointKey(checkpoint), checkpoint);
      this.note(checkpoint);
      this.led({ home: checkpoint.path, target: checkpoint }, checkpoint.seenAt);
    }
  }

  get all(): Iterable<Checkpoint> {
    return this.#checkpoints.values();
  }

  of(id: FileId, target: StreamName): Checkpoint | undefined {
    return this.#checkpoints.get(checkpointKey({ ...id, ...target }));
  }

  note(checkpoint: Checkpoint): void {
    this.#checkpoints.set(checkpointKey(checkpoint), checkpoint);
  }

  /** Its file is found. */
  claim(checkpoint: Checkpoint): void {
    this.#inherited.delete(checkpointKey(checkpoint));
  }

  /** Unfinished files of an earlier run that were not found where they were, the oldest first. */
  get unclaimed(): readonly Checkpoint[] {
    return [...this.#inherited.values()].filter(({ done }) => !done).toSorted((a, b) => a.seenAt - b.seenAt);
  }

  /** What was not found by now never will be. */
  endInheritance(): void {
    this.#inherited.clear();
  }

  /** Files that were shipped of the log that a path belongs to, the latest first. */
  ofLog({ home, target }: Spot): readonly Checkpoint[] {
    const log = logName(home);
    const found: Checkpoint[] = [];
    // The stream first: of ten thousand files hardly one has it, and names take longer to compare.
    for (const known of [this.#inherited, this.#checkpoints])
      for (const checkpoint of known.values())
        if (isSameStream(checkpoint, target) && logName(checkpoint.path) === log) found.push(checkpoint);
    return found.sort((a, b) => b.seenAt - a.seenAt).slice(0, MOST_COMPARED);
  }

  /** A path was seen to lead to a file that is known. */
  led({ home, target }: Spot, at: number): void {
    for (const path of [home, nameOf(home)]) {
      const key = spotKey({ home: path, target });
      this.#ledAt.set(key, Math.max(at, this.#ledAt.get(key) ?? 0));
    }
  }

  /** Until when it is known what a path led to, in milliseconds; undefined when it never was. */
  ledAt(spot: Spot): number | undefined {
    return this.#ledAt.get(spotKey(spot));
  }

  /** The same for any path with that name. */
  namesakeLedAt({ home, target }: Spot): number | undefined {
    return this.#ledAt.get(spotKey({ home: nameOf(home), target }));
  }

  /** Files that were finished long ago are not expected back. */
  forgetOld(now: number): void {
    if (now - this.#forgotAt < FORGET_MS) return;
    this.#forgotAt = now;
    for (const [key, { done, seenAt }] of this.#checkpoints)
      if (done && now - seenAt > REMEMBER_MS) this.#checkpoints.delete(key);
    for (const [key, at] of this.#ledAt) if (now - at > REMEMBER_MS) this.#ledAt.delete(key);
  }
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

export const spotKey = ({ home, target }: Spot): string =>
  `${home}\n${target.logGroupName}\n${target.logStreamName}`;

export const checkpointKey = (of: FileId & StreamName): string =>
  `${of.dev}:${of.ino}:${of.bornAt}:${of.logGroupName}:${of.logStreamName}`;

export const isSameStream = (a: StreamName, b: StreamName): boolean =>
  a.logStreamName === b.logStreamName && a.logGroupName === b.logGroupName;
