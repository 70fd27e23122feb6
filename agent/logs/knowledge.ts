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
  readonly #checkpoints = new Notes();
  /** What an earlier run has left and nobody has found yet. */
  readonly #inherited = new Notes();
  /** Until when it is known which file a path led to. Names without a directory too: directories are moved. */
  readonly #ledAt = new Map<string, number>();
  #forgotAt = 0;

  inherit(checkpoints: readonly Checkpoint[]): void {
    for (const checkpoint of checkpoints) {
      this.#inherited.set(checkpoint);
      this.note(checkpoint);
      this.led({ home: checkpoint.path, target: checkpoint }, checkpoint.seenAt);
    }
  }

  get all(): Iterable<Checkpoint> {
    return this.#checkpoints.all();
  }

  of(id: FileId, target: StreamName): Checkpoint | undefined {
    return this.#checkpoints.get(checkpointKey({ ...id, ...target }));
  }

  note(checkpoint: Checkpoint): void {
    this.#checkpoints.set(checkpoint);
  }

  /** Its file is found. */
  claim(checkpoint: Checkpoint): void {
    this.#inherited.delete(checkpointKey(checkpoint));
  }

  /** Unfinished files of an earlier run that were not found where they were, the oldest first. */
  get unclaimed(): readonly Checkpoint[] {
    return [...this.#inherited.all()].filter(({ done }) => !done).toSorted((a, b) => a.seenAt - b.seenAt);
  }

  /** What was not found by now never will be. */
  endInheritance(): void {
    this.#inherited.clear();
  }

  /** Files that were shipped of the log that a path belongs to, the latest first. */
  ofLog({ home, target }: Spot): readonly Checkpoint[] {
    const log = logKey(home, target);
    return [...this.#inherited.ofLog(log), ...this.#checkpoints.ofLog(log)]
      .sort((a, b) => b.seenAt - a.seenAt)
      .slice(0, MOST_COMPARED);
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
    for (const checkpoint of this.#checkpoints.all())
      if (checkpoint.done && now - checkpoint.seenAt > REMEMBER_MS)
        this.#checkpoints.delete(checkpointKey(checkpoint));
    for (const [key, at] of this.#ledAt) if (now - at > REMEMBER_MS) this.#ledAt.delete(key);
  }
}

/** Checkpoints, by the files that they are of and by the logs of those. */
class Notes {
  readonly #byFile = new Map<string, Note>();
  readonly #byLog = new Map<string, Set<Note>>();

  *all(): Iterable<Checkpoint> {
    for (const { checkpoint } of this.#byFile.values()) yield checkpoint;
  }

  *ofLog(log: string): Iterable<Checkpoint> {
    for (const { checkpoint } of this.#byLog.get(log) ?? []) yield checkpoint;
  }

  get(file: string): Checkpoint | undefined {
    return this.#byFile.get(file)?.checkpoint;
  }

  set(checkpoint: Checkpoint): void {
    const file = checkpointKey(checkpoint);
    const known = this.#byFile.get(file);
    // Most of the time it is but further along, and to take a name apart costs more than all of this.
    if (known?.checkpoint.path === checkpoint.path) {
      known.checkpoint = checkpoint;
      return;
    }
    this.delete(file);
    const note = { checkpoint, log: logKey(checkpoint.path, checkpoint) };
    this.#byFile.set(file, note);
    this.#byLog.set(note.log, (this.#byLog.get(note.log) ?? new Set()).add(note));
  }

  delete(file: string): void {
    const note = this.#byFile.get(file);
    if (note === undefined) return;
    this.#byFile.delete(file);
    const log = this.#byLog.get(note.log);
    log?.delete(note);
    if (log?.size === 0) this.#byLog.delete(note.log);
  }

  clear(): void {
    this.#byFile.clear();
    this.#byLog.clear();
  }
}

interface Note {
  checkpoint: Checkpoint;
  readonly log: string;
}

/** By what the files of one log are known together, in whatever directories they are. */
export const logKey = (path: string, { logGroupName, logStreamName }: StreamName): string =>
  `${logGroupName}\n${logStreamName}\n${logName(path)}`;

export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

export const spotKey = ({ home, target }: Spot): string =>
  `${home}\n${target.logGroupName}\n${target.logStreamName}`;

export const checkpointKey = (of: FileId & StreamName): string =>
  `${of.dev}:${of.ino}:${of.bornAt}:${of.logGroupName}:${of.logStreamName}`;

export const isSameStream = (a: StreamName, b: StreamName): boolean =>
  a.logStreamName === b.logStreamName && a.logGroupName === b.logGroupName;
