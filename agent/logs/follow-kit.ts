import type { Knowledge } from "./knowledge.ts";
import type { LossReason } from "./losses.ts";
import type { Checkpoint, Clock, Files, Report } from "./ports.ts";
import type { Tail } from "./tail.ts";
import type { Tails } from "./tails.ts";

/** What it takes to follow files through rotation. */
export interface FollowKit {
  readonly tails: Tails;
  readonly files: Files;
  readonly clock: Clock;
  readonly knowledge: Knowledge;
  /** Would a file under this path be shipped as those of a place are? */
  readonly belongs: (place: Place, path: string) => boolean;
  readonly offer: (tail: Tail) => void;
  readonly commit: (checkpoint: Checkpoint) => void;
  readonly retire: (tail: Tail) => void;
  /** Finds what came and went under the path of a file since it is followed; resolves to how many files. */
  readonly adopt: (tail: Tail, since?: number) => Promise<number>;
  /** Bytes that were in a file when it was last seen will never be read. */
  readonly lost: (path: string, bytes: number, reason: LossReason) => void;
  /** Rotated files that hold unread bytes get a second name. */
  readonly holdRotated: boolean;
  readonly tell: (level: Report["level"], event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** What a file under some path is shipped as. */
export type Place = Pick<Tail, "entry" | "home" | "target">;
