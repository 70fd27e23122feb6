import type { FollowKit, Place } from "./follow-kit.ts";
import { nameOf, spotKey } from "./knowledge.ts";
import type { Lane } from "./lane.ts";
import type { Checkpoint, Checkpoints, Intent, Listing, Sink, Target } from "./ports.ts";
import { advance, hasLanded, piecesOf, type RecoverKit, unfinished } from "./recover.ts";
import { besides } from "./rotated-name.ts";
import type { Rotation } from "./rotation.ts";
import { pathKey } from "./sweep-plan.ts";
import type { Tail } from "./tail.ts";

export interface ResumptionKit
  extends Pick<FollowKit, "tails" | "knowledge" | "belongs" | "clock" | "commit" | "tell"> {
  readonly entries: readonly { readonly target: (path: string) => Target }[];
  readonly rotation: Rotation;
  readonly checkpoints: Checkpoints;
  readonly sink: Sink;
  readonly listing: Pick<Listing, "directories">;
  readonly abort: AbortSignal;
  readonly open: (tail: Tail) => Promise<boolean>;
  /** Nothing is read of it for now. */
  readonly rest: (tail: Tail) => void;
  readonly onUnreadable: (tail: Tail, error: unknown) => void;
  /** One more look at all directories. */
  readonly sweep: () => Promise<void>;
  readonly lane: (target: Target) => Lane;
}

/** A file that an earlier run was in. */
interface Missing {
  readonly place: Place;
  readonly checkpoint: Checkpoint;
}

/** A time in which it is not known what a path led to. */
interface Gap {
  readonly place: Place;
  readonly since: number;

  /** Where else files of that name are. */
  readonly directories?: ReadonlySet<string>;
}

/** Goes on where an earlier run has stopped: finds what it was in, and what came and went since. */
export class Resumption {
  readonly #kit: ResumptionKit;
  /** Where files may have come and gone while no agent was there. */
  readonly #gaps: Gap[] = [];
  readonly #startedAt: number;
  readonly #allFound: Promise<void>;
  #noteAllFound: () => void = () => undefined;
  #isUnderWay = true;

  constructor(kit: ResumptionKit) {
    this.#kit = kit;
    this.#startedAt = kit.clock.now();
    this.#allFound = new Promise((resolve) => {
      this.#noteAllFound = resolve;
    });
  }

  /** It is not known yet where each file begins. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  /** Asks the streams whether the requests that an earlier run noted last were taken; until then they wait. */
  askForRequests(): void {
    const { checkpoints, sink, clock, abort, open, commit, lane, tell } = this.#kit;
    const kit = { sink, clock, abort };
    const committed = (end: Checkpoint) => this.#kit.knowledge.of(end, end);
    for (const intent of unfinished(checkpoints.intents(), committed)) {
      const target = { ...intent, retentionInDays: undefined, logGroupClass: "STANDARD" } as const;
      const stream = lane(this.#targetOf(intent) ?? target);
      const goOn = stream.hold();
      const askedSince = Math.min(intent.askedSince ?? Number.POSITIVE_INFINITY, clock.now());
      // A run that ends before it has its answer does not ask all over again.
      checkpoints.intend({ ...intent, askedSince });
      void learn(target, intent, stream, kit, askedSince).then(async (landed) => {
        // Until everything is found it is not known whose bytes these were.
        await this.#allFound;
        if (kit.abort.aborted) return;
        for (const end of landed === true ? intent.ends : []) {
          const tail = await advance(end, this.#kit.tails.all, open);
          if (tail !== undefined) commit(tail.checkpoint(tail.readAt, tail.anchor));
        }
        const { logGroupName, logStreamName } = intent;
        tell("info", "request.verified", { logGroupName, logStreamName, landed });
        goOn();
      });
    }
  }

  #targetOf({ ends, logGroupName, logStreamName }: Intent): Target | undefined {
    return ends
      .flatMap(({ path }) => this.#kit.entries.map((entry) => entry.target(path)))
      .find((target) => target.logGroupName === logGroupName && target.logStreamName === logStreamName);
  }

  /** After the first look: finds what that did not show. Then everything can go in its order: that is `goOn`. */
  async complete(goOn: () => void): Promise<void> {
    await this.#verifyResumed();
    await this.#findMissing();
    this.#kit.knowledge.endInheritance();
    this.#isUnderWay = false;
    this.#noteAllFound();
    goOn();
  }

  /** What an earlier run was in the middle of is found before anything that came later. */
  async #verifyResumed(): Promise<void> {
    const { tails, open, onUnreadable, rest } = this.#kit;
    const { copies } = this.#kit.rotation;
    for (const tail of tails.all) {
      if (tail.verified) continue;
      const same = await open(tail)
        .then(
          async (opened) =>
            !opened || ((await tail.verify()) && !(await copies.wasCopied(tail, tail.followedAt))),
        )
        .catch((error) => {
          onUnreadable(tail, error);
          return true;
        });
      if (!same) await copies.changed(tail);
      rest(tail);
    }
  }

  /** Files that an earlier run was in and that no path has now. */
  async #findMissing(): Promise<void> {
    const missing = this.#kit.knowledge.unclaimed.flatMap((checkpoint) => {
      const place = this.#placeOf(checkpoint);
      return place === undefined ? [] : [{ place, checkpoint }];
    });
    let left: readonly Missing[] = await this.#findAll(missing);
    if (left.length > 0) {
      // Its directory may have been moved meanwhile.
      await this.#kit.sweep();
      left = await this.#findAll(left);
    }
    for (const { place, checkpoint } of left) await this.#kit.rotation.giveUp(place, checkpoint);
    // What came and went while the agent was down lies between what it knew and what is there now.
    for (const { place, checkpoint } of missing) this.#gaps.push({ place, since: checkpoint.seenAt });
    for (const place of this.#orphaned()) this.#gaps.push(place);
    await this.#closeGaps();
  }

  /** Resolves to those that are nowhere. */
  async #findAll(missing: readonly Missing[]): Promise<readonly Missing[]> {
    if (missing.length === 0) return [];
    const whereIn = this.#namesakes();
    const nowhere: Missing[] = [];
    for (const one of missing)
      if (!(await this.#kit.rotation.findMissing(one.place, one.checkpoint, whereIn(one.place))))
        nowhere.push(one);
    return nowhere;
  }

  /** That takes its time, and meanwhile a directory may be moved once more. */
  async #closeGaps(): Promise<void> {
    const { listing, sweep } = this.#kit;
    const closed: Gap[] = [];
    for (let round = 1; this.#gaps.length > 0; round++) {
      const before = new Set(listing.directories());
      const whereIn = this.#namesakes();
      const open = this.#gaps.splice(0);
      for (const gap of open) await this.#close({ ...gap, directories: whereIn(gap.place) });
      closed.push(...open);
      if (round === MOST_ROUNDS) return;
      await sweep();
      const isMoved = listing.directories().some((directory) => !before.has(directory));
      if (isMoved) this.#gaps.push(...closed.splice(0));
    }
  }

  /** Where files with the name of a place are now: a directory may have been moved. */
  #namesakes(): (place: Place) => ReadonlySet<string> {
    const places = new Map<string, Set<string>>();
    for (const { path, target } of this.#kit.tails.all) {
      const key = spotKey({ home: nameOf(path), target });
      places.set(key, (places.get(key) ?? new Set()).add(directoryOf(path)));
    }
    const strange = this.#strangeDirectories();
    return (place) => {
      const { home, target } = place;
      const there = places.get(spotKey({ home: nameOf(home), target })) ?? NOWHERE_ELSE;
      const fitting = strange.filter((directory) => this.#kit.belongs(place, besides(`${directory}/`, home)));
      return fitting.length === 0 ? there : new Set([...there, ...fitting]);
    };
  }

  /** Where an earlier run knew no file: a directory that was moved may hold nothing but rotated files by now. */
  #strangeDirectories(): readonly string[] {
    const familiar = new Set([...this.#kit.knowledge.all].map(({ path }) => directoryOf(path)));
    return this.#kit.listing.directories().filter((directory) => !familiar.has(directory));
  }

  /** Places that an earlier run knew, and that lead to nothing now. */
  #orphaned(): Iterable<Gap> {
    const orphans = new Map<string, Gap>();
    for (const checkpoint of this.#kit.knowledge.all) {
      const key = spotKey({ home: checkpoint.path, target: checkpoint });
      const place = orphans.has(key) ? undefined : this.#placeOf(checkpoint);
      if (place === undefined || this.#kit.tails.byPath.has(pathKey(place.entry, place.home))) continue;
      orphans.set(key, { place, since: this.#kit.knowledge.ledAt(place) ?? checkpoint.seenAt });
    }
    return orphans.values();
  }

  #placeOf(checkpoint: Checkpoint): Place | undefined {
    const entry = this.#entryOf(checkpoint);
    const target = this.#kit.entries[entry]?.target(checkpoint.path);
    return target && { entry, home: checkpoint.path, target };
  }

  /** The entry that a checkpoint belongs to: the one that gives its path that target. */
  #entryOf({ path, logGroupName, logStreamName }: Checkpoint): number {
    const live = this.#kit.entries.findIndex((entry, index) => {
      if (!this.#kit.tails.byPath.has(`${index}:${path}`)) return false;
      const target = entry.target(path);
      return target.logGroupName === logGroupName && target.logStreamName === logStreamName;
    });
    if (live !== -1) return live;
    return this.#kit.entries.findIndex((entry) => {
      const target = entry.target(path);
      return target.logGroupName === logGroupName && target.logStreamName === logStreamName;
    });
  }

  /**
   * A file is met for the first time: other files may have come and gone under its path. Until those are looked for it is
   * not known what the path led to; after a crash they are looked for again.
   */
  unsure(tail: Tail): Gap | undefined {
    const gap = this.#gapBefore(tail);
    tail.unsureSince = gap?.since;
    return gap;
  }

  /** Looks for those files; at the start what an earlier run knew is found first. */
  async lookInto(gap: Gap): Promise<void> {
    if (this.#isUnderWay) this.#gaps.push(gap);
    else await this.#close(gap);
  }

  /** The time in which files may have come and gone under its path. */
  #gapBefore(tail: Tail): Gap | undefined {
    const since = this.#kit.knowledge.ledAt(tail);
    if (!this.#isUnderWay) return { place: tail, since: since ?? this.#startedAt };
    // Its directory may have got another name.
    const earlier = since ?? this.#kit.knowledge.namesakeLedAt(tail);
    return earlier === undefined ? undefined : { place: tail, since: earlier };
  }

  async #close({ place, since, directories }: Gap): Promise<void> {
    await this.#kit.rotation.generations.adoptUnseen(place, since, directories);
    const tail = this.#kit.tails.byPath.get(pathKey(place.entry, place.home));
    if (tail !== undefined) tail.unsureSince = undefined;
  }
}

/** What became of a request. Of one that was sent in pieces the stream itself has to know what it need not send. */
const learn = async (
  target: Target,
  intent: Intent,
  stream: Lane,
  kit: RecoverKit,
  askedSince: number,
): Promise<boolean | "in part"> => {
  const { dividedSince } = intent;
  if (dividedSince === undefined) return hasLanded(target, intent, kit, askedSince);
  stream.know(await piecesOf(target, intent, dividedSince, kit, askedSince), dividedSince);
  return "in part";
};

/** Directories that are moved all the time do not keep the agent from starting. */
const MOST_ROUNDS = 3;

const NOWHERE_ELSE: ReadonlySet<string> = new Set();

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));
