import { ANCHOR_BYTES } from "./encoder.ts";
import { hunt, isSame, type Quarry, unseen } from "./hunt.ts";
import type { Knowledge, Spot } from "./knowledge.ts";
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
} from "./ports.ts";
import { fits, isBlank, NO_PRINT, printAt } from "./print.ts";
import { besides, isMovedAside, isRotatedName, plainPath } from "./rotated-name.ts";
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
  /** Finds what came and went under the path of a file since it is followed; resolves to how many files. */
  readonly adopt: (tail: Tail, since?: number) => Promise<number>;
  readonly knowledge: Knowledge;
  /** Rotated files that hold unread bytes get a second name. */
  readonly holdRotated: boolean;
  readonly tell: (level: Report["level"], event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** A name that is looked for changes at most so often meanwhile. */
const MOST_MOVES = 32;
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
    const { tails, clock } = this.#kit;
    tails.leave(tail);
    tail.leftAt = clock.now();
    const { liveAt } = tail;
    const place = await this.whereabouts(tail);
    tail.standing = place === undefined ? "deleted" : "rotated";
    tail.liveAt = liveAt;
    if (place !== undefined) {
      tail.path = place.path;
      tail.modifiedAt = place.modifiedAt;
    }
    if (tail.handle !== undefined) tail.resize(tail.handle.size(), clock.now());
    else if (place !== undefined) tail.resize(place.size, clock.now());
    else return this.#vanished(tail);
    await this.#hold(tail);
    if (tail.differs) this.#kit.offer(tail);
  }

  /** Nobody holds it, and it has no name: it may have been compressed. */
  async #vanished(tail: Tail): Promise<void> {
    const { adopt, retire } = this.#kit;
    tail.standing = "deleted";
    const quarry = await this.#hunt(tail, undefined, tail.print);
    if (quarry !== undefined) return this.#goOnIn(tail, quarry);
    // Of a file of which nothing was read only its time tells.
    const adopted = isBlank(tail.print) ? await adopt(tail, Math.min(tail.followedAt, tail.bornAt) - 1) : 0;
    if (adopted > 0) retire(tail);
    else this.lose(tail, "deleted");
  }

  /** What rotation may have made of a file: beside its path, and where the directories of its log are now. */
  async #beside(
    { entry, home, target }: Place,
    directories: Iterable<string> = [],
  ): Promise<readonly Sibling[]> {
    const { files, tails } = this.#kit;
    const plain = plainPath(home);
    // Found under a number, it moves on to the next one.
    const first = isMovedAside(home, plain) ? plain : home;
    const places = new Set([first]);
    for (const directory of directories) places.add(besides(`${directory}/`, first));
    for (const { path } of tails.ofLog(entry, home, target)) places.add(besides(path, first));
    return (await Promise.all([...places].map((place) => files.siblings(place)))).flat();
  }

  /** Looks for the file that a print describes, among what rotation may have made of what was in a place. */
  async #hunt(
    place: Place,
    id: FileId | undefined,
    print: Print,
    excluded: (sibling: Sibling) => boolean = () => false,
    directories: Iterable<string> = [],
    isOut: (file: OpenFile) => boolean = () => false,
  ): Promise<Quarry | undefined> {
    const beside = await this.#beside(place, directories);
    const isOther = async (file: OpenFile) => isOut(file) || this.#isOfAnother(file, place, print);
    return hunt(beside, this.#opener(place), id, print, excluded, isOther);
  }

  /** Files may begin alike, and then one is what the longest beginning says that is known. */
  async #isOfAnother(file: OpenFile, spot: Spot, { offset }: Print): Promise<boolean> {
    for (const known of this.#longestFirst(spot)) {
      if (known.offset <= offset) return false;
      if (!isSame(known, file.id) && (await fits(file, known))) return true;
    }
    return false;
  }

  #longestFirst(spot: Spot): readonly Checkpoint[] {
    return this.#kit.knowledge.ofLog(spot).toSorted((a, b) => b.offset - a.offset);
  }

  /** Where a file is now, whatever its name; undefined when it has none. */
  async whereabouts(tail: Tail): Promise<FoundFile | undefined> {
    const { files } = this.#kit;
    const same = (await this.#beside(tail)).find((sibling) => isSame(sibling, tail.id));
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
    const { clock, tell, commit, offer } = this.#kit;
    if (tail.suspended) return;
    tail.suspended = true;
    const { print, generation, largest } = tail;
    // A head alone may be the same in every generation: then a copy is one that nobody knows yet.
    const excluded = (sibling: Sibling) => print.offset < ANCHOR_BYTES && this.#isFollowed(tail, sibling);
    const quarry = isBlank(print)
      ? undefined
      : await this.#hunt(tail, undefined, print, excluded).catch(() => undefined);
    const copy = quarry === undefined ? await this.#readCopy(tail) : await this.#copyOf(tail, quarry);
    tell("warn", "file.restarted", {
      path: tail.path,
      offset: print.offset,
      ...(copy && { copy: copy.path }),
    });
    if (copy !== undefined) this.#takeOver(tail, copy);
    tail.restart();
    tail.restartedAt = clock.now();
    tail.size = tail.handle?.size() ?? 0;
    tail.largest = tail.size;
    if (copy === undefined) commit(tail.checkpoint(0, tail.anchor));
    else {
      // Until the copy is finished, the checkpoint of the original stays: after a crash it leads to the copy again.
      tail.former ??= new Map();
      tail.former.set(generation, copy);

      offer(copy);
    }
    // Copied and truncated more than once: each copy but the first was made of a file that we never saw.
    const adopted = await this.#kit.adopt(tail);
    if (copy === undefined && adopted === 0)
      this.#noteLoss(tail, Math.max(0, largest - print.offset), "overwritten");
    tail.suspended = false;
    offer(tail);
  }

  /** The copy of what was read further than it was copied: lines may come between the copy and the truncation. */
  async #readCopy(tail: Tail): Promise<Tail | undefined> {
    let further: Print = tail.print;
    for (const mark of tail.marks) {
      const known = (sibling: Sibling) => this.#isFollowed(tail, sibling);
      const goesOn = (file: OpenFile): boolean => file.size() >= further.offset;
      const quarry = await this.#hunt(tail, undefined, mark, known, [], goesOn).catch(() => undefined);
      further = mark;
      if (quarry === undefined) continue;
      const copy = await this.#copyOf(tail, quarry);
      // All of it was read, but not all of that may have been taken by the service.
      if (copy.readAt === tail.readAt) {
        copy.resume(await printAt(quarry.file, quarry.file.size()), copy.generation);
        copy.verified = true;
      }
      return copy;
    }
    return undefined;
  }

  /** What the service has taken of the original counts for the copy; what is on its way will, once it is taken. */
  #takeOver(tail: Tail, copy: Tail): void {
    if (!copy.settled || copy.readAt > tail.readAt) return;
    if (copy.readAt <= tail.committedAt) {
      this.#kit.commit(copy.checkpoint(copy.readAt, copy.anchor));
      return;
    }
    const noted = this.#kit.knowledge.of(tail.id, tail.target);
    copy.committedAt = tail.committedAt;
    const print =
      noted?.offset === tail.committedAt && noted.generation === tail.generation ? noted : NO_PRINT;
    this.#kit.commit({
      ...copy.checkpoint(print.offset, print.anchor),
      ...printOf(print),
    });
  }

  #isFollowed({ entry, target }: Tail, sibling: Sibling): boolean {
    const known = this.#kit.tails.byKey.get(tailKey(entry, sibling));
    if (known !== undefined) return known.copyUntil === undefined;
    return this.#kit.knowledge.of(sibling, target) !== undefined;
  }

  /** Follows the copy from where its original was read to. */
  async #copyOf(tail: Tail, quarry: Quarry): Promise<Tail> {
    const { tails, clock } = this.#kit;
    const { file, path, modifiedAt } = quarry;
    const known = tails.byKey.get(tailKey(tail.entry, file.id));
    const found = { ...file.id, path, size: file.size(), modifiedAt };
    const copy = known ?? tails.aside(tail.entry, found, tail.home, tail.target, clock.now());
    // Others may look at it meanwhile.
    copy.suspended = true;
    copy.handle?.close();
    copy.handle = file;
    // One that an earlier run, or this one, has read further is not read again.
    if (known === undefined || known.readAt < tail.readAt) {
      copy.resume(tail.print, 0);
      copy.verified = true;
      await this.#catchUp(copy, file);
    }
    copy.suspended = false;
    copy.copyUntil = undefined;
    copy.size = file.size();
    tails.lineUp(copy);
    return copy;
  }

  /** An earlier run may have read further in a copy than in its original. */
  async #catchUp(copy: Tail, file: OpenFile): Promise<void> {
    const noted = this.#kit.knowledge.of(file.id, copy.target);
    if (noted === undefined || noted.offset <= copy.readAt || !(await fits(file, noted))) return;
    copy.resume(noted, copy.generation);
    copy.verified = true;
  }

  /** The content of a file that is gone was found in another one. */
  async #goOnIn(tail: Tail, quarry: Quarry): Promise<void> {
    const { tails, offer } = this.#kit;
    const copy = await this.#copyOf(tail, quarry);
    const live = tails.byPath.get(pathKey(tail.entry, tail.home));
    this.#kit.retire(tail);
    if (live !== undefined) offer(live);
    offer(copy);
  }

  /**
   * A file that an earlier run was in, and that no path has now. Looks for it, under its inode or by its content;
   * what is found comes before whatever is under its path now.
   */
  async missing(place: Place, checkpoint: Checkpoint, directories: ReadonlySet<string>): Promise<void> {
    const { tails, clock, offer, tell } = this.#kit;
    const { entry, target } = place;
    /** It was found to hold something else by now, and is followed as such. */
    let isRestarted = false;
    const commit = (of: Checkpoint): void => {
      if (!isRestarted || !isSame(of, checkpoint)) this.#kit.commit(of);
    };
    const quarry =
      (await this.#held(checkpoint)) ??
      (await this.#hunt(place, checkpoint, checkpoint, () => false, directories));
    if (quarry === undefined) {
      const bytes = Math.max(0, checkpoint.size - checkpoint.offset);
      this.#kit.losses.add({ path: checkpoint.path, bytes, reason: "deleted", at: clock.now() });
      if (bytes > 0) tell("error", "file.lost", { path: checkpoint.path, bytes, reason: "deleted" });
      commit({ ...checkpoint, done: true });
      await this.#restartedAndMoved(place, checkpoint);
      return;
    }
    if (!isSame(quarry.file.id, checkpoint)) isRestarted = await this.#restartedAndMoved(place, checkpoint);
    const { file, path, modifiedAt } = quarry;
    // A renamed file is followed for a while even at its end: its writer may not have let go of it yet.
    const finished = !isSame(file.id, checkpoint) && file.size() <= checkpoint.offset;
    const known = tails.byKey.get(tailKey(entry, file.id));
    if (finished || known !== undefined) {
      file.close();
      if (isSame(file.id, checkpoint)) return;
      if (known !== undefined) this.#goOnAt(known, checkpoint);
      commit({ ...checkpoint, done: true });
      // Its own number may belong to another file by now; this is how it is known again.
      if (finished) commit({ ...checkpoint, ...file.id, done: true });
      return;
    }
    const found = { ...file.id, path, size: file.size(), modifiedAt };
    const tail = tails.aside(entry, found, checkpoint.path, target, clock.now());
    tail.resume(checkpoint, checkpoint.generation);
    tail.liveAt = checkpoint.seenAt;
    tail.verified = true;
    tail.handle = file;

    if (!isSame(file.id, checkpoint)) {
      await this.#catchUp(tail, file);
      commit(tail.checkpoint(tail.readAt, tail.anchor));
      commit({ ...checkpoint, done: true });
    }
    tell("info", "file.found", { path: checkpoint.path, at: path, offset: checkpoint.offset });
    offer(tail);
  }

  /** Copied, truncated, written to again, and then moved aside: the copy holds what was known, and this one the rest. */
  async #restartedAndMoved(place: Place, checkpoint: Checkpoint): Promise<boolean> {
    const { tails, clock, commit, offer, tell } = this.#kit;
    const { entry, home, target } = place;
    const same = (await this.#beside(place)).find((sibling) => isSame(sibling, checkpoint));
    if (same === undefined) return false;
    if (!isRotatedName(same.path, home) || tails.knows(entry, same)) return false;
    const file = await this.#openSame(same, place);
    if (file === undefined || tails.knows(entry, same)) {
      file?.close();
      return file !== undefined;
    }
    const tail = tails.aside(entry, same, home, target, clock.now());
    tail.handle = file;
    tail.generation = checkpoint.generation + 1;
    commit(tail.checkpoint(0, tail.anchor));
    tell("info", "file.adopted", { path: same.path, home, offset: 0 });
    offer(tail);
    return true;
  }

  /** A file that was found by its name holds what was shipped of another one: what came of that does not come again. */
  #goOnAt(tail: Tail, print: Print): void {
    if (!tail.settled || tail.readAt >= print.offset) return;
    tail.resume(print, tail.generation);
    this.#kit.commit(tail.checkpoint(tail.readAt, tail.anchor));
  }

  async #held(checkpoint: Checkpoint): Promise<Quarry | undefined> {
    const { files } = this.#kit;
    const path = await files.held(checkpoint.path, checkpoint);
    if (path === undefined) return undefined;
    const file = await files.open(path).catch(() => undefined);
    if (file !== undefined && (await fits(file, checkpoint).catch(() => false)))
      return { file, path, modifiedAt: file.modifiedAt() };
    file?.close();
    return undefined;
  }

  /**
   * Between two looks a path may have had several files. Those that came and went are found by their names and their
   * age, and come between the one that we knew and the one that is there now. Resolves to how many there were.
   */
  async adoptUnseen(
    place: Place,
    since: number,
    known: (sibling: Sibling) => boolean,
    directories: ReadonlySet<string>,
  ): Promise<number> {
    const { tails, clock, commit, offer, tell } = this.#kit;
    const { entry, home, target } = place;
    let adopted = 0;
    const siblings = await this.#beside(place, directories);
    this.#noteNames(entry, siblings);
    const live = tails.byPath.get(pathKey(entry, home));
    for (const sibling of unseen(home, siblings, since, known)) {
      // What came later than the file that is known under this path is found with the next one.
      if (live !== undefined && !precedes(sibling, live)) continue;
      const file = await this.#openSame(sibling, place);
      if (file === undefined) continue;
      const read = tails.knows(entry, file.id)
        ? EVERYTHING
        : await this.#readOf(file, place, siblings).catch((): typeof EVERYTHING => EVERYTHING);
      // A sweep may have come to it meanwhile.
      if (read === EVERYTHING || tails.knows(entry, file.id)) {
        file.close();
        continue;
      }
      const tail = tails.aside(entry, sibling, home, target, clock.now());
      tail.handle = file;
      // Those that came after it may not be noted any more.
      tail.liveAt = sibling.bornAt || sibling.modifiedAt;
      if (read !== undefined) {
        tail.resume(read, 0);
        tail.verified = true;
      }
      commit(tail.checkpoint(tail.readAt, tail.anchor));
      tell("info", "file.adopted", { path: sibling.path, home, offset: tail.readAt });
      offer(tail);
      adopted++;
    }
    return adopted;
  }

  /** Is it what one of our files holds, or held until it was truncated? Then that one will find it. */
  async #copied(file: OpenFile, of: Tail): Promise<Copied> {
    // Its own descriptor may be closed by whoever is done with it; of one that has no name there is no other.
    const opened = await this.#openSame({ ...of.id, path: of.path }, of);
    const own = opened ?? of.handle;
    try {
      // In this order: it may be truncated meanwhile.
      if (await isBeginningOf(file, own))
        return (of.standing === "live" && !of.aside) || file.size() === own?.size() ? "present" : "nothing";
      if (own !== undefined && (await fits(own, of.print))) return "nothing";
      // As far as it goes it is the same: what begins alike and goes on otherwise is no copy.
      const print = [of.print, ...of.marks].find(({ offset }) => offset <= file.size());
      return print !== undefined && !isBlank(print) && (await fits(file, print)) ? "past" : "nothing";
    } finally {
      opened?.close();
    }
  }

  /** Numbers move up: what rotated files are called now tells their age where their times do not. */
  #noteNames(entry: number, siblings: readonly Sibling[]): void {
    for (const sibling of siblings) {
      const tail = this.#kit.tails.byKey.get(tailKey(entry, sibling));
      if (tail?.standing === "rotated")
        Object.assign(tail, { path: sibling.path, modifiedAt: sibling.modifiedAt });
    }
  }

  /** How far an unknown file was read already, under another number: what was compressed or copied of one that we know. */
  async #readOf(
    file: OpenFile,
    { entry, home, target }: Place,
    siblings: readonly Sibling[],
  ): Promise<Print | typeof EVERYTHING | undefined> {
    const { tails } = this.#kit;
    for (const tail of tails.wholeLog(entry, home, target))
      if ((await this.#copied(file, tail)) !== "nothing") return EVERYTHING;
    for (const checkpoint of this.#longestFirst({ home, target })) {
      const { offset, done } = checkpoint;
      const isThere = tails.knows(entry, checkpoint) || siblings.some((other) => isSame(other, checkpoint));
      if (isThere && !isSame(checkpoint, file.id)) continue;
      if (isBlank(checkpoint) || !(await fits(file, checkpoint))) continue;
      return done && file.size() <= offset ? EVERYTHING : checkpoint;
    }
    return undefined;
  }

  #opener(place: Place): (sibling: Sibling) => Promise<OpenFile | undefined> {
    return (sibling) => this.#openSame(sibling, place);
  }

  /** Opens a file by what it is: numbers may have moved up since it was listed. */
  async #openSame(sibling: FileId & { readonly path: string }, place: Place): Promise<OpenFile | undefined> {
    const { files } = this.#kit;
    for (
      let path: string | undefined = sibling.path, tries = 0;
      path !== undefined && tries < MOST_MOVES;
      tries++
    ) {
      const file = await files.open(path).catch(() => undefined);
      if (file !== undefined && isSame(file.id, sibling)) return file;
      file?.close();
      path = (await this.#beside(place)).find((other) => isSame(other, sibling))?.path;
    }
    return undefined;
  }

  /**
   * A file that has just been moved on: opens it under its new name. False when it has none. Where that is one of those
   * that are looked for, the next look notes it.
   */
  async openMoved(tail: Tail): Promise<boolean> {
    const place = await this.whereabouts(tail);
    if (place === undefined && tail.standing !== "live") await this.#vanished(tail);
    const handle = place && (await this.#openSame(place, tail));
    if (handle === undefined || tail.handle !== undefined) {
      handle?.close();
      return tail.handle !== undefined;
    }
    tail.handle = handle;
    if (tail.standing !== "live" && place !== undefined) tail.path = place.path;
    return true;
  }

  /**
   * A new file that begins as one we know does, under a name that rotation would give to its copy: the original may be
   * about to be truncated, and then its unread bytes are in the copy. Until that is clear it waits.
   */
  async mayBeCopy(tail: Tail): Promise<boolean> {
    const { tails, files, clock } = this.#kit;
    for (const candidate of tails.ofLog(tail.entry, tail.home, tail.target)) {
      if (candidate === tail || isBlank(candidate.print) || !isRotatedName(tail.path, candidate.home))
        continue;
      const file = await files.open(tail.path).catch(() => undefined);
      const copied = file && (await this.#copied(file, candidate).catch(() => undefined));
      file?.close();
      // Its original was looked at meanwhile, and has found it.
      if (!tail.suspended) return true;
      if (copied === undefined || copied === "nothing") continue;
      // Truncated already: what is in the copy goes before all that came later.
      if (copied === "past" && !candidate.reading) {
        await this.changed(candidate);
        if (!tail.suspended) return true;
      }
      tail.copyUntil = clock.now() + COPY_WAIT_MS;
      return true;
    }
    return false;
  }

  /**
   * A copy goes on from where we are, and the file itself does not: it was truncated, and what it holds now begins in
   * the same way. `since`: when the file was last looked at.
   */
  async wasCopied(tail: Tail, since: number): Promise<boolean> {
    const { tails } = this.#kit;
    const { handle, home, entry } = tail;
    if (handle === undefined || isBlank(tail.print)) return false;
    const known = (sibling: Sibling): boolean => tails.knows(entry, sibling);
    for (const sibling of unseen(home, await this.#beside(tail), since, known)) {
      const file = await this.#openSame(sibling, tail);
      const isCopy =
        file !== undefined &&
        (await fits(file, tail.print)) &&
        !(await isBeginningOf(file, handle)) &&
        !(await this.#isOfAnother(file, tail, tail.print));
      file?.close();
      if (isCopy) return true;
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

/** A predecessor, or a copy that was made before the file was truncated. */
const precedes = ({ bornAt, modifiedAt }: Sibling, live: Tail): boolean =>
  bornAt <= live.bornAt || modifiedAt <= (live.handle?.modifiedAt() ?? live.modifiedAt);

/** What a file holds of another one: what is in that now, or what was before that was truncated. */
type Copied = "present" | "past" | "nothing";

/** Nothing in a file is new. */
const EVERYTHING: unique symbol = Symbol("everything");

/** Does a file hold what another one begins with, as far as head and end tell? */
const isBeginningOf = async (file: OpenFile, other: OpenFile | undefined): Promise<boolean> => {
  const length = file.size();
  if (other === undefined || length === 0 || other.size() < length) return false;
  return fits(other, await printAt(file, length));
};
