import { ANCHOR_BYTES } from "./encoder.ts";
import type { FollowKit } from "./follow-kit.ts";
import { isSame, type Quarry, unseen } from "./hunt.ts";
import { isBeginningOf, type Origin } from "./origin.ts";
import type { OpenFile, Print, Sibling } from "./ports.ts";
import { extentOf, fits, Head, isBlank, NO_PRINT, printAt } from "./print.ts";
import { isRotatedName } from "./rotated-name.ts";
import type { Search } from "./search.ts";
import { type Tail, tailKey } from "./tail.ts";

/** How long a file that looks like a copy waits for its original to be truncated, in milliseconds: two sweeps. */
const COPY_WAIT_MS = 12_000;

/** Files that are copied and truncated: what was in them goes on in the copy, and they begin anew. */
export class Copies {
  readonly #kit: FollowKit;
  readonly #search: Search;
  readonly #origin: Origin;

  constructor(kit: FollowKit, search: Search, origin: Origin) {
    this.#kit = kit;
    this.#search = search;
    this.#origin = origin;
  }

  /** What is read next are not the bytes that were there: find those, finish them, and then begin anew. */
  async changed(tail: Tail): Promise<void> {
    const { clock, tell, commit, offer } = this.#kit;
    if (tail.suspended) return;
    tail.suspended = true;
    const { print, generation, largest } = tail;
    // It may have begun anew with the bytes that it had, which makes it no copy of itself. A head alone may be the same
    // in every generation: then a copy is one that nobody knows yet.
    const excluded = (sibling: Sibling) =>
      isSame(sibling, tail.id) || (print.offset < ANCHOR_BYTES && this.#isFollowed(tail, sibling));
    const quarry = isBlank(print)
      ? undefined
      : await this.#search.find(tail, print, { excluded }).catch(() => undefined);
    const copy = quarry === undefined ? await this.#readCopy(tail) : await this.follow(tail, quarry);
    tell("warn", "file.restarted", {
      path: tail.path,
      offset: print.offset,
      ...(copy && { copy: copy.path }),
    });
    if (copy !== undefined) this.#takeOver(tail, copy);
    tail.restart();
    tail.restartedAt = clock.now();
    tail.size = tail.currentSize;
    tail.largest = tail.size;
    if (copy === undefined) {
      // What an earlier copy holds is not finished as long as the checkpoint leads to it.
      if ((tail.former?.size ?? 0) === 0) commit(tail.checkpoint(0, tail.anchor));
    } else {
      // Until the copy is finished, the checkpoint of the original stays: after a crash it leads to the copy again.
      tail.former ??= new Map();
      tail.former.set(generation, copy);
      offer(copy);
    }
    // Copied and truncated more than once: each copy but the first was made of a file that we never saw.
    // Where nothing was read only times tell, and what was packed of it bears that of its last line.
    const adopted = isBlank(print)
      ? this.#goOnInWaiting(tail) + (await this.#kit.adopt(tail, Math.min(tail.followedAt, tail.bornAt) - 1))
      : await this.#kit.adopt(tail);
    if (copy === undefined && adopted === 0)
      this.#kit.lost(tail.path, Math.max(0, largest - print.offset), "overwritten");
    tail.suspended = false;
    offer(tail);
  }

  /** Nothing of a file was read before it was truncated: all of that is in what was taken for its copy. */
  #goOnInWaiting(tail: Tail): number {
    let found = 0;
    for (const copy of this.#kit.tails.ofLog(tail.entry, tail.home, tail.target)) {
      if (copy.copyUntil === undefined || !isRotatedName(copy.path, tail.home)) continue;
      copy.endSuspense();
      this.#kit.offer(copy);
      found++;
    }
    return found;
  }

  /** True when a file that is in doubt has begun anew: what was read goes on in a copy. Else it lost what it ended with. */
  async resolveDoubt(tail: Tail): Promise<boolean> {
    const missing = tail.largest - Math.max(tail.currentSize, tail.readAt);
    if (await this.wasCopied(tail, tail.followedAt)) return true;
    if (missing > 0) this.#kit.lost(tail.path, missing, "overwritten");
    tail.trust();
    return false;
  }

  /** A file that is not being read is asked whether it is still what we know of it. */
  async check(tail: Tail): Promise<void> {
    if (tail.suspended || tail.reading) return;
    if (isBlank(tail.print)) return tail.shrank ? this.changed(tail) : undefined;
    if (tail.isProven) return;
    const changedTo = await this.#search
      .ask(tail, (file) => this.#changedSize(tail, file))
      .catch(() => undefined);
    if (changedTo === undefined || tail.reading) return;
    tail.size = changedTo;
    await this.changed(tail);
  }

  /** How large a file is by now that is not what we know of it any more; undefined for one that is. */
  async #changedSize(tail: Tail, file: OpenFile | undefined): Promise<number | undefined> {
    if (file === undefined) return undefined;
    const now = this.#kit.clock.now();
    const as = { size: file.size(), modifiedAt: file.modifiedAt() };
    const { print, generation } = tail;
    if (!(await fits(file, print))) return file.size();
    // Others may have found meanwhile that it has begun anew.
    if (tail.generation === generation) tail.prove(as, now);
    return undefined;
  }

  /** The copy of what was read further than it was copied: lines may come between the copy and the truncation. */
  async #readCopy(tail: Tail): Promise<Tail | undefined> {
    let further: Print = tail.print;
    for (const mark of tail.marks) {
      const known = (sibling: Sibling) => this.#isFollowed(tail, sibling);
      const goesOn = (file: OpenFile): boolean => file.size() >= extentOf(further);
      const quarry = await this.#search
        .find(tail, mark, { excluded: known, isOut: goesOn })
        .catch(() => undefined);
      further = mark;
      if (quarry === undefined) continue;
      const copy = await this.follow(tail, quarry);
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
    // Of one that was met a moment ago it is just being found out what it is.
    if (known !== undefined)
      return known.copyUntil === undefined && !(known.suspended && isBlank(known.print));
    return this.#kit.knowledge.of(sibling, target) !== undefined;
  }

  /** Follows the copy from where its original was read to. */
  async follow(tail: Tail, quarry: Quarry): Promise<Tail> {
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
      await this.catchUp(copy, file);
    }
    await this.#endTwins(copy, file);
    copy.endSuspense();
    copy.size = file.size();
    tails.lineUp(copy);
    return copy;
  }

  /** What was seen as a copy before it was packed is open still, and waits: the same bytes, under another number. */
  async #endTwins(copy: Tail, file: OpenFile): Promise<void> {
    const { tails, commit, offer } = this.#kit;
    for (const twin of tails.ofLog(copy.entry, copy.home, copy.target)) {
      const { handle } = twin;
      if (twin === copy || twin.copyUntil === undefined || handle === undefined) continue;
      const size = handle.size();
      const isTwin = size === file.size() && (await isBeginningOf(handle, file).catch(() => false));
      if (!isTwin || twin.copyUntil === undefined) continue;
      twin.resume(await printAt(handle, size), twin.generation);
      twin.verified = true;
      twin.endSuspense();
      commit(twin.checkpoint(twin.readAt, twin.anchor));
      offer(twin);
    }
  }

  /** An earlier run may have read further in a copy than in its original. */
  async catchUp(copy: Tail, file: OpenFile): Promise<void> {
    const noted = this.#kit.knowledge.of(file.id, copy.target);
    if (noted === undefined || noted.offset <= copy.readAt || !(await fits(file, noted))) return;
    copy.resume(noted, copy.generation);
    copy.verified = true;
  }

  /**
   * A new file that begins as one we know does, under a name that rotation would give to its copy: the original may be
   * about to be truncated, and then its unread bytes are in the copy. Until that is clear it waits.
   */
  async mayBeCopy(tail: Tail): Promise<boolean> {
    const { tails, clock } = this.#kit;
    for (const candidate of tails.ofLog(tail.entry, tail.home, tail.target)) {
      if (candidate === tail || !isRotatedName(tail.path, candidate.home)) continue;
      // Truncated already, and nobody has looked: an earlier copy goes before this one.
      if (candidate.standing === "live") await this.check(candidate);
      // Not whatever has its name by now: numbers move up.
      const file = await this.#search.openSame({ ...tail.id, path: tail.path }, tail);
      const copied =
        file &&
        (await Head.of(file)
          .then((head) => this.#origin.copied(file, head, candidate))
          .catch(() => undefined));
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
    for (const sibling of unseen(home, await this.#search.beside(tail), since, known)) {
      const file = await this.#search.openSame(sibling, tail);
      const isCopy =
        file !== undefined &&
        (await fits(file, tail.print)) &&
        !(await isBeginningOf(file, handle)) &&
        !(await this.#search.isOfAnother(file, tail, tail.print));
      file?.close();
      if (isCopy) return true;
    }
    return false;
  }
}

const printOf = ({ offset, anchor, headLength, headHash }: Print): Print => ({
  offset,
  anchor,
  headLength,
  headHash,
});
