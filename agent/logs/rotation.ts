import { ANCHOR_BYTES } from "./encoder.ts";
import { hunt, isSame, type Quarry, unseen } from "./hunt.ts";
import type { Losses, LossReason } from "./losses.ts";
import type {
  Checkpoint,
  Clock,
  FileId,
  Files,
  FoundFile,
  OpenFile,
  Print,
  Report,
  Sibling,
  Target,
} from "./ports.ts";
import { fits, isBlank, NO_PRINT, printAt } from "./print.ts";
import { pathKey } from "./sweep-plan.ts";
import type { Tail } from "./tail.ts";
import { tailKey } from "./tail.ts";
import type { Tails } from "./tails.ts";

export interface RotationKit {
  readonly tails: Tails;
  readonly files: Files;
  readonly clock: Clock;
  readonly losses: Losses;
  readonly offer: (tail: Tail) => void;
  readonly commit: (checkpoint: Checkpoint) => void;
  readonly retire: (tail: Tail) => void;
  /** Finds what came and went under the path of a file since it is followed. */
  readonly adopt: (tail: Tail) => Promise<void>;
  readonly checkpointOf: (id: FileId, target: Target) => Checkpoint | undefined;
  /** Rotated files that hold unread bytes get a second name. */
  readonly holdRotated: boolean;
  readonly tell: (level: Report["level"], event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** A name that is looked for changes at most so often meanwhile. */
const MOST_MOVES = 4;
/** What a file under some path is shipped as. */
export type Place = Pick<Tail, "entry" | "home" | "target">;

/** How long a file that looks like a copy waits for its original to be truncated, in milliseconds: two sweeps. */
const COPY_WAIT_MS = 12_000;

/** What becomes of files that are moved, copied, truncated, compressed or deleted, and where their bytes are found. */
export class Rotation {
  readonly #kit: RotationKit;

  constructor(kit: RotationKit) {
    this.#kit = kit;
  }

  /** Its path is not its own any more: go on with the open descriptor, or find it among its siblings. */
  async left(tail: Tail): Promise<void> {
    const { tails, clock, files } = this.#kit;
    tails.leave(tail);
    tail.leftAt = clock.now();
    const place = await this.#whereabouts(tail);
    tail.standing = place === undefined ? "deleted" : "rotated";
    if (place !== undefined) tail.path = place.path;
    if (tail.handle !== undefined) tail.resize(tail.handle.size(), clock.now());
    else if (place !== undefined) tail.resize(place.size, clock.now());
    else {
      // Nobody holds it, and it has no name: it may have been compressed.
      const quarry = await hunt(files, tail.home, undefined, tail.print);
      if (quarry === undefined) this.lose(tail, "deleted");
      else this.#goOnIn(tail, quarry);
      return;
    }
    await this.#hold(tail);
    if (tail.differs) this.#kit.offer(tail);
  }

  async #whereabouts(tail: Tail): Promise<FoundFile | undefined> {
    const { files } = this.#kit;
    const beside = await files.siblings(tail.home);
    const same = beside.find((sibling) => isSame(sibling, tail.id));
    if (same !== undefined || tail.realPath === undefined) return same;
    // Its path was a link: what it pointed to may still be where it was.
    const behind = await files.siblings(`${tail.realPath}.`);
    const moved = await files.siblings(tail.realPath);
    return [...behind, ...moved].find((sibling) => isSame(sibling, tail.id));
  }

  async #hold(tail: Tail): Promise<void> {
    if (!this.#kit.holdRotated || tail.standing !== "rotated" || (!tail.differs && tail.settled)) return;
    try {
      tail.held = await this.#kit.files.hold(tail.path, tail.id);
    } catch (error) {
      const { message } = error as Error;
      this.#kit.tell("warn", "file.not_held", { path: tail.path, message });
    }
  }

  /** What is read next are not the bytes that were there: find those, finish them, and then begin anew. */
  async changed(tail: Tail): Promise<void> {
    const { files, clock, tell, commit, offer } = this.#kit;
    if (tail.suspended) return;
    tail.suspended = true;
    const { print, generation, largest } = tail;
    // A head alone may be the same in every generation: then a copy is one that nobody knows yet.
    const excluded = (id: FileId) => print.offset < ANCHOR_BYTES && this.#isFollowed(tail, id);
    const quarry = isBlank(print)
      ? undefined
      : await hunt(files, tail.home, undefined, print, excluded).catch(() => undefined);
    const copy = quarry === undefined ? undefined : this.#copyOf(tail, quarry);
    tell("warn", "file.restarted", {
      path: tail.path,
      offset: print.offset,
      ...(quarry && { copy: quarry.path }),
    });
    if (copy === undefined) this.#noteLoss(tail, Math.max(0, largest - print.offset), "overwritten");
    if (copy !== undefined) this.#takeOver(tail, copy);
    tail.restart();
    tail.restartedAt = clock.now();
    tail.size = tail.handle?.size() ?? 0;
    tail.largest = tail.size;
    if (copy === undefined) commit(tail.checkpoint(0, tail.anchor));
    else {
      // Until the copy is finished, the checkpoint of the original stays: after a crash it leads to the copy again.
      tail.former.set(generation, copy);
      copy.origin = { ...tail.checkpoint(0, ""), generation };
      lineUp(tail, [copy]);
      offer(copy);
    }
    // Copied and truncated more than once: each copy but the first was made of a file that we never saw.
    await this.#kit.adopt(tail);
    tail.suspended = false;
    offer(tail);
  }

  /** What the service has taken of the original counts for the copy; what is on its way will, once it is taken. */
  #takeOver(tail: Tail, copy: Tail): void {
    if (copy.committedAt !== copy.readAt || copy.readAt !== tail.readAt) return;
    const noted = this.#kit.checkpointOf(tail.id, tail.target);
    copy.committedAt = tail.committedAt;
    const print =
      noted?.offset === tail.committedAt && noted.generation === tail.generation ? noted : NO_PRINT;
    this.#kit.commit({
      ...copy.checkpoint(print.offset, print.anchor),
      ...printOf(print),
    });
  }

  #isFollowed({ entry, target }: Tail, id: FileId): boolean {
    const known = this.#kit.tails.byKey.get(tailKey(entry, id));
    return known === undefined
      ? this.#kit.checkpointOf(id, target) !== undefined
      : known.copyUntil === undefined;
  }

  /** Follows the copy from where its original was read to. */
  #copyOf(tail: Tail, quarry: Quarry): Tail {
    const { tails, clock } = this.#kit;
    const { file, path, modifiedAt } = quarry;
    const known = tails.byKey.get(tailKey(tail.entry, file.id));
    const found = { ...file.id, path, size: file.size(), modifiedAt };
    const copy = known ?? tails.aside(tail.entry, found, tail.home, tail.target, clock.now());
    copy.handle?.close();
    copy.handle = file;
    // One that an earlier run, or this one, has read further is not read again.
    if (known === undefined || known.readAt < tail.readAt) {
      copy.resume(tail.print, 0);
      copy.verified = true;
    }
    copy.suspended = false;
    copy.copyUntil = undefined;
    copy.size = file.size();
    return copy;
  }

  /** The content of a file that is gone was found in another one. */
  #goOnIn(tail: Tail, quarry: Quarry): void {
    const { tails, offer } = this.#kit;
    const copy = this.#copyOf(tail, quarry);
    copy.waitFor(tail.before);
    const live = tails.byPath.get(pathKey(tail.entry, tail.home));
    this.#kit.retire(tail);
    tails.setFormer(tail.entry, tail.home, copy);
    if (live !== undefined) offer(live);
    offer(copy);
  }

  /**
   * A file that an earlier run was in, and that no path has now. Looks for it, under its inode or by its content;
   * what is found comes before whatever is under its path now.
   */
  async missing(entry: number, target: Target, checkpoint: Checkpoint): Promise<void> {
    const { files, tails, clock, commit, offer, tell } = this.#kit;
    const quarry =
      (await this.#held(checkpoint)) ?? (await hunt(files, checkpoint.path, checkpoint, checkpoint));
    if (quarry === undefined) {
      const bytes = Math.max(0, checkpoint.size - checkpoint.offset);
      this.#kit.losses.add({ path: checkpoint.path, bytes, reason: "deleted", at: clock.now() });
      if (bytes > 0) tell("error", "file.lost", { path: checkpoint.path, bytes, reason: "deleted" });
      commit({ ...checkpoint, done: true });
      return;
    }
    const { file, path, modifiedAt } = quarry;
    // A renamed file is followed for a while even at its end: its writer may not have let go of it yet.
    const finished = !isSame(file.id, checkpoint) && file.size() <= checkpoint.offset;
    if (finished || tails.knows(entry, file.id)) {
      file.close();
      if (!isSame(file.id, checkpoint)) commit({ ...checkpoint, done: true });
      return;
    }
    const found = { ...file.id, path, size: file.size(), modifiedAt };
    const tail = tails.aside(entry, found, checkpoint.path, target, clock.now());
    tail.resume(checkpoint, checkpoint.generation);
    tail.liveAt = checkpoint.seenAt;
    tail.verified = true;
    tail.handle = file;
    tail.origin = checkpoint;
    this.#insert(tail);
    tell("info", "file.found", { path: checkpoint.path, at: path, offset: checkpoint.offset });
    offer(tail);
  }

  async #held(checkpoint: Checkpoint): Promise<Quarry | undefined> {
    const { files } = this.#kit;
    const path = await files.held(checkpoint.path, checkpoint);
    if (path === undefined) return undefined;
    const file = await files.open(path).catch(() => undefined);
    if (file !== undefined && (await fits(file, checkpoint).catch(() => false)))
      return { file, path, modifiedAt: checkpoint.seenAt };
    file?.close();
    return undefined;
  }

  /**
   * Between two looks a path may have had several files. Those that came and went are found by their names and their
   * age, and come between the one that we knew and the one that is there now.
   */
  async adoptUnseen(
    place: Place,
    since: number,
    known: (sibling: Sibling) => boolean,
    prints: readonly Print[],
  ): Promise<void> {
    const { files, tails, clock, commit, offer, tell } = this.#kit;
    const { entry, home, target } = place;
    const siblings = await files.siblings(home);
    for (const sibling of unseen(home, siblings, since, known)) {
      const file = await this.#openSame(sibling, home);
      if (file === undefined) continue;
      if (tails.knows(entry, file.id) || (await this.#isKnown(file, home, prints))) {
        file.close();
        continue;
      }
      const tail = tails.aside(entry, sibling, home, target, clock.now());
      tail.handle = file;
      commit(tail.checkpoint(0, tail.anchor));
      this.#insert(tail);
      tell("info", "file.adopted", { path: sibling.path, home });
      offer(tail);
    }
  }

  /** Puts an older generation before what is under its path, now or next. */
  #insert(tail: Tail): void {
    const { tails } = this.#kit;
    const live = tails.byPath.get(pathKey(tail.entry, tail.home));
    if (live !== undefined) lineUp(live, [tail]);
    else {
      tail.waitFor(tails.formerAt(tail.entry, tail.home));
      tails.setFormer(tail.entry, tail.home, tail);
    }
  }

  /** Is it what was compressed or copied of a file that was read already, or that is followed? */
  async #isKnown(file: OpenFile, home: string, prints: readonly Print[]): Promise<boolean> {
    try {
      for (const print of prints) if (print.offset > 0 && (await fits(file, print))) return true;
      for (const other of this.#kit.tails.all) {
        if (other.home !== home) continue;
        const known = other.readAt > 0 ? fits(file, other.print) : isBeginningOf(file, other.handle);
        if (await known) return true;
      }
      return false;
    } catch {
      return true;
    }
  }

  /** Opens a file by what it is: numbers may have moved up since it was listed. */
  async #openSame(sibling: Sibling, home: string): Promise<OpenFile | undefined> {
    const { files } = this.#kit;
    for (
      let path: string | undefined = sibling.path, tries = 0;
      path !== undefined && tries < MOST_MOVES;
      tries++
    ) {
      const file = await files.open(path).catch(() => undefined);
      if (file !== undefined && isSame(file.id, sibling)) return file;
      file?.close();
      path = (await files.siblings(home)).find((other) => isSame(other, sibling))?.path;
    }
    return undefined;
  }

  /** A file that was moved on since it was found: looks for its new name. False when it has none. */
  async relocate(tail: Tail): Promise<boolean> {
    const place = await this.#whereabouts(tail);
    if (place === undefined || place.path === tail.path) return false;
    tail.path = place.path;
    return true;
  }

  /**
   * A new file that begins as one we know does, under a name that rotation would give to its copy: the original may be
   * about to be truncated, and then its unread bytes are in the copy. Until that is clear it waits.
   */
  async mayBeCopy(tail: Tail): Promise<boolean> {
    const { tails, files, clock } = this.#kit;
    const original = originalPath(tail.path).map((path) => tails.byPath.get(`${tail.entry}:${path}`));
    for (const candidate of original) {
      if (candidate === undefined || candidate === tail || isBlank(candidate.print)) continue;
      const file = await files.open(tail.path).catch(() => undefined);
      const isCopy = file !== undefined && (await fits(file, candidate.print).catch(() => false));
      file?.close();
      if (!isCopy) continue;
      tail.suspended = true;
      tail.copyUntil = clock.now() + COPY_WAIT_MS;
      return true;
    }
    return false;
  }

  /** Bytes that were in the file when it was last seen will never be read. */
  lose(tail: Tail, reason: LossReason): void {
    this.#noteLoss(tail, Math.max(0, tail.largest - tail.readAt), reason);
    this.#kit.retire(tail);
  }

  #noteLoss(tail: Tail, bytes: number, reason: LossReason): void {
    const { losses, clock, tell } = this.#kit;
    losses.add({ path: tail.path, bytes, reason, at: clock.now() });
    if (bytes > 0) tell("error", "file.lost", { path: tail.path, bytes, reason });
  }
}

const printOf = ({ offset, anchor, headLength, headHash }: Print): Print => ({
  offset,
  anchor,
  headLength,
  headHash,
});

/** Puts older files before one, and before one another by the time they were last written to. */
const lineUp = (tail: Tail, more: readonly Tail[]): void => {
  const line = [...new Set([...tail.elders, ...more])].toSorted((a, b) => a.modifiedAt - b.modifiedAt);
  for (const elder of line) elder.waitFor(undefined);
  for (const [at, elder] of line.entries()) elder.waitFor(line[at - 1]);
  tail.waitFor(line.at(-1));
};

/** One holds what the other begins with, as far as head and end tell, and that is something. */
const isBeginningOf = async (file: OpenFile, other: OpenFile | undefined): Promise<boolean> => {
  const length = Math.min(file.size(), other?.size() ?? 0);
  return length > 0 && other !== undefined && (await fits(file, await printAt(other, length)));
};

/** The paths whose copy this one could be: `a.log.1` of `a.log`, `a-20261124.log` of `a.log`. */
const originalPath = (path: string): readonly string[] => {
  const tail = path.replace(/[.\-_](\d[\d.\-_:T]*|old|bak|prev)$/, "");
  const middle = path.replace(/[.\-_](\d[\d.\-_:T]*|old|bak|prev)(\.[A-Za-z]+)$/, "$2");
  return [tail, middle].filter((candidate) => candidate !== path);
};
