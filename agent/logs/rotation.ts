import { Copies } from "./copies.ts";
import type { FollowKit, Place } from "./follow-kit.ts";
import { Generations } from "./generations.ts";
import { isSame, type Quarry } from "./hunt.ts";
import type { LossReason } from "./losses.ts";
import { Origin } from "./origin.ts";
import type { Checkpoint, FoundFile, Print } from "./ports.ts";
import { fits, isBlank } from "./print.ts";
import { besides } from "./rotated-name.ts";
import { Search } from "./search.ts";
import { pathKey } from "./sweep-plan.ts";
import { type Tail, tailKey } from "./tail.ts";

/** What becomes of files that are moved, compressed or deleted, and where their bytes are found. */
export class Rotation {
  readonly copies: Copies;
  readonly generations: Generations;
  readonly #kit: FollowKit;
  readonly #search: Search;

  constructor(kit: FollowKit) {
    this.#kit = kit;
    this.#search = new Search(kit);
    const origin = new Origin(kit.tails, this.#search);
    this.copies = new Copies(kit, this.#search, origin);
    this.generations = new Generations(kit, this.#search, origin, this.copies);
  }

  /**
   * Their paths are not their own any more: go on with the open descriptors, or find them among their siblings. All are
   * looked for at once, so that a directory in which a hundred have moved is not read a hundred times.
   */
  async left(gone: readonly Tail[]): Promise<void> {
    const { tails, clock } = this.#kit;
    for (const tail of gone) {
      tails.leave(tail);
      tail.leftAt = clock.now();
    }
    const places = await Promise.all(gone.map((tail) => this.#search.whereabouts(tail)));
    for (const [at, tail] of gone.entries()) await this.#goOn(tail, places[at]);
  }

  async #goOn(tail: Tail, place: FoundFile | undefined): Promise<void> {
    const { clock } = this.#kit;
    const { liveAt } = tail;
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
    const quarry = await this.#search.find(tail, tail.print);
    if (quarry !== undefined) return this.#goOnIn(tail, quarry);
    // Of a file of which nothing was read only its time tells.
    const adopted = isBlank(tail.print) ? await adopt(tail, Math.min(tail.followedAt, tail.bornAt) - 1) : 0;
    if (adopted > 0) return retire(tail);
    if (tail.missing || tail.largest <= tail.readAt) return this.lose(tail, "deleted");
    // Its directory may have been moved, to where nobody has looked yet: those that come after it wait until then.
    tail.missing = true;
    tail.suspended = true;
  }

  /** At a full look: files that had no name any more, where a directory that was moved may hold them. Resolves to those. */
  async findMoved(directories: readonly string[]): Promise<readonly Tail[]> {
    const { tails, belongs, offer } = this.#kit;
    const found: Tail[] = [];
    for (const tail of [...tails.all].filter(({ missing, retired }) => missing && !retired)) {
      const fitting = directories.filter((directory) => belongs(tail, besides(`${directory}/`, tail.home)));
      const quarry = await this.#search.find(tail, tail.print, { id: tail.id, directories: fitting });
      tail.suspended = false;
      if (quarry === undefined) await this.#vanished(tail);
      else if (!isSame(quarry.file.id, tail.id)) await this.#goOnIn(tail, quarry);
      else {
        const { file, path, modifiedAt } = quarry;
        tail.handle?.close();
        Object.assign(tail, { handle: file, path, modifiedAt, standing: "rotated", missing: false });
        found.push(tail);
        offer(tail);
      }
    }
    return found;
  }

  /**
   * A file that has just been moved on: opens it under its new name. False when it has none. Where that is one of those
   * that are looked for, the next look notes it.
   */
  async openMoved(tail: Tail): Promise<boolean> {
    const place = await this.#search.whereabouts(tail);
    if (place === undefined && tail.standing !== "live") await this.#vanished(tail);
    const handle = place && (await this.#search.openSame(place, tail));
    if (handle === undefined || tail.handle !== undefined) {
      handle?.close();
      return tail.handle !== undefined;
    }
    tail.handle = handle;
    if (tail.standing !== "live" && place !== undefined) tail.path = place.path;
    return true;
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

  /** The content of a file that is gone was found in another one. */
  async #goOnIn(tail: Tail, quarry: Quarry): Promise<void> {
    const { tails, offer } = this.#kit;
    const copy = await this.copies.follow(tail, quarry);
    const live = tails.byPath.get(pathKey(tail.entry, tail.home));
    this.#kit.retire(tail);
    if (live !== undefined) offer(live);
    offer(copy);
  }

  /**
   * A file that an earlier run was in, and that no path has now. Looks for it, under its inode or by its content;
   * what is found comes before whatever is under its path now. False when there is no such file.
   */
  async findMissing(
    place: Place,
    checkpoint: Checkpoint,
    directories: ReadonlySet<string>,
  ): Promise<boolean> {
    const { tails, clock, offer, tell } = this.#kit;
    const { entry, target } = place;
    /** It was found to hold something else by now, and is followed as such. */
    let isRestarted = false;
    const commit = (of: Checkpoint): void => {
      if (!isRestarted || !isSame(of, checkpoint)) this.#kit.commit(of);
    };
    const quarry =
      (await this.#held(checkpoint)) ??
      (await this.#search.find(place, checkpoint, { id: checkpoint, directories }));
    if (quarry === undefined) return false;
    if (!isSame(quarry.file.id, checkpoint))
      isRestarted = await this.generations.restartedAndMoved(place, checkpoint);
    const { file, path, modifiedAt } = quarry;
    // A renamed file is followed for a while even at its end: its writer may not have let go of it yet.
    const finished = !isSame(file.id, checkpoint) && file.size() <= checkpoint.offset;
    const known = tails.byKey.get(tailKey(entry, file.id));
    if (finished || known !== undefined) {
      file.close();
      if (isSame(file.id, checkpoint)) return true;
      if (known !== undefined) this.#goOnAt(known, checkpoint);
      commit({ ...checkpoint, done: true });
      // Its own number may belong to another file by now; this is how it is known again.
      if (finished) commit({ ...checkpoint, ...file.id, done: true });
      return true;
    }
    const found = { ...file.id, path, size: file.size(), modifiedAt };
    const tail = tails.aside(entry, found, checkpoint.path, target, clock.now());
    tail.resume(checkpoint, checkpoint.generation);
    tail.liveAt = checkpoint.seenAt;
    tail.verified = true;
    tail.handle = file;

    if (!isSame(file.id, checkpoint)) {
      await this.copies.catchUp(tail, file);
      commit(tail.checkpoint(tail.readAt, tail.anchor));
      commit({ ...checkpoint, done: true });
    }
    tell("info", "file.found", { path: checkpoint.path, at: path, offset: checkpoint.offset });
    offer(tail);
    return true;
  }

  /** A file that an earlier run was in is nowhere. */
  async giveUp(place: Place, checkpoint: Checkpoint): Promise<void> {
    this.#kit.lost(checkpoint.path, Math.max(0, checkpoint.size - checkpoint.offset), "deleted");
    this.#kit.commit({ ...checkpoint, done: true });
    await this.generations.restartedAndMoved(place, checkpoint);
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

  /** Bytes that were in the file when it was last seen will never be read. */
  lose(tail: Tail, reason: LossReason): void {
    this.#kit.lost(tail.path, Math.max(0, tail.largest - tail.readAt), reason);
    this.#kit.retire(tail);
  }
}
