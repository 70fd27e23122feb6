import { pause } from "../base/pause.ts";
import { Account, type Totals } from "./accounting.ts";
import { BufferPool } from "./body.ts";
import { Chorus } from "./chorus.ts";
import { createCreator } from "./creator.ts";
import { type DescriptorLimits, Descriptors } from "./descriptors.ts";
import { Encoder } from "./encoder.ts";
import type { FollowKit } from "./follow-kit.ts";
import { isSameStream, Knowledge } from "./knowledge.ts";
import { Lane, type LaneKit, type Refused } from "./lane.ts";
import { Losses } from "./losses.ts";
import type {
  Cancel,
  Checkpoint,
  Checkpoints,
  Clock,
  Files,
  FoundFile,
  Hints,
  Listing,
  Report,
  Sink,
  Target,
} from "./ports.ts";
import { isBlank, printAt } from "./print.ts";
import { Resumption } from "./resumption.ts";
import { Rotation } from "./rotation.ts";
import { type Action, perLog, planSweep } from "./sweep-plan.ts";
import { type Tail, tailKey } from "./tail.ts";
import { followedLog, Tails } from "./tails.ts";
import { Turns } from "./turns.ts";
import { Turnstile } from "./turnstile.ts";

export interface ShipEntry {
  /** Of the configuration: by this the entry is known again in later runs. */
  readonly pattern: string;
  readonly target: (path: string) => Target;
  /** False: files that are there when the agent meets this entry for the first time begin at their end. */
  readonly fromBeginning: boolean;
}

export interface ShipperOptions extends DescriptorLimits {
  readonly entries: readonly ShipEntry[];
  readonly flushMs: number;
  /** Bytes of request bodies in memory, in all. */
  readonly memoryBytes: number;
  /** A last line without its end is sent after nothing was added to it for this long, in milliseconds. */
  readonly partialMs: number;
  readonly holdRotated: boolean;
  /** After a crash or a cut connection the stream is asked what it has taken. */
  readonly verify: boolean;
}

export interface ShipperPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly listing: Listing;
  readonly hints: Hints;
  readonly sink: Sink;
  readonly checkpoints: Checkpoints;
  readonly report: (report: Report) => void;
  /** Keeps events that the service refused for good. */
  readonly quarantine: (target: Target, refused: readonly Refused[]) => void;
}

/** The directories are looked at this often, whatever the hints say, in milliseconds. */
export const SWEEP_MS = 5_000;
/** Files that were written to lately are asked for their size this often, in milliseconds. */
const TICK_MS = 500;
/** When the state cannot be written at the end, that is tried again each time, in milliseconds. */
const FLUSH_AGAIN_MS = 250;
/** Files that were not written to for this long are left to the sweep and its hints, in milliseconds. */
const ACTIVE_MS = 30_000;
/** Changes that a hint announces are looked at together, after this many milliseconds. */
const HINT_MS = 50;
/** A file that was moved aside is finished when nobody has written to it for this long, in milliseconds. */
const LEFT_QUIET_MS = 15_000;
/** So much later than its size was seen may a file bear the time of the write that led to it, in milliseconds. */
const READ_MS = 5;
/** For this long after a file began anew its copies are looked for, in milliseconds. */
const RESTARTED_MS = 60_000;
/** Reads under way at once: one slow disk must not hold up the others. */
const READERS = 4;
/** Logs in which files that were found are compared with those that are known, at once. */
const OPENED_AT_ONCE = 16;
/** Bytes of bodies under way while all is well: enough for a fast disk and a fast network at the same time. */
const WORKING_BYTES = 4 * 1_048_576;

/** So much more than was expected may what is being read take, in bytes, before whoever comes next waits for it. */
const SPARE_BYTES = READERS * 262_144;

/** A request that is under way for this long is reported, in milliseconds. */
const STALLED_MS = 60_000;

/** Everything between the log files and the service. */
export class Shipper {
  readonly total = new Account();
  readonly losses = new Losses();
  readonly troubles = new Map<string, { readonly message: string; readonly since: number }>();
  /** Requests that were cut off, and the events in them: as many may have arrived twice. */
  readonly ambiguous = { requests: 0, records: 0 };
  readonly #options: ShipperOptions;
  readonly #ports: ShipperPorts;
  readonly #knowledge = new Knowledge();
  /** Those that the patterns lead through, as of the last look. */
  #directories: ReadonlySet<string> = new Set();
  /** Those that came since the last full look. */
  readonly #arrived: string[] = [];
  readonly #tails = new Tails(
    this.total,
    (home, target) => this.#knowledge.ledAt({ home, target }) !== undefined,
  );
  readonly #descriptors: Descriptors;
  readonly #rotation: Rotation;
  readonly #lanes = new Map<string, Lane>();
  /** Files that have begun anew a short time ago. */
  readonly #restarted = new Set<Tail>();
  readonly #abort = new AbortController();
  readonly #kit: LaneKit;
  readonly #resumption: Resumption;
  readonly #chorus = new Chorus((report) => this.#ports.report(report));
  /** What is found before a look is complete: older files may have to come first. */
  #found: Set<Tail> | undefined;

  #sweeping: Promise<void> | undefined;
  #hinted: Cancel | undefined;
  readonly #hintedDirectories = new Set<string>();
  readonly #timers = new Set<Cancel>();
  readonly #stalled = new Set<Lane>();
  /** Files that something is to be done with: of ten thousand that nobody writes to none is looked at for it. */
  readonly #needy = new Set<Tail>();

  constructor(options: ShipperOptions, ports: ShipperPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#descriptors = new Descriptors(ports.files, options);
    const belongs: FollowKit["belongs"] = ({ entry, target }, path) => {
      const described = ports.listing.matches(entry, path) ? options.entries[entry] : undefined;
      return described !== undefined && isSameStream(described.target(path), target);
    };
    this.#rotation = new Rotation({
      belongs,
      tails: this.#tails,
      files: ports.files,
      clock: ports.clock,
      lost: (path, bytes, reason) => {
        this.losses.add({ path, bytes, reason, at: ports.clock.now() });
        if (bytes > 0) this.#tell("error", "file.lost", { path, bytes, reason });
      },
      offer: (tail) => this.#offer(tail),
      commit: (checkpoint) => this.#commit(checkpoint),
      retire: (tail) => this.#retire(tail),
      adopt: (tail, since = tail.followedAt) => {
        if (tail.generation > 0) this.#restarted.add(tail);
        return this.#rotation.generations.adoptUnseen(tail, since);
      },
      knowledge: this.#knowledge,
      holdRotated: options.holdRotated,
      tell: (level, event, detail) => this.#tell(level, event, detail),
    });
    this.#kit = this.#makeKit();
    this.#resumption = new Resumption({
      belongs,
      entries: options.entries,
      tails: this.#tails,
      knowledge: this.#knowledge,
      rotation: this.#rotation,
      ...ports,
      abort: this.#abort.signal,
      open: (tail) => this.#open(tail),
      rest: (tail) => this.#descriptors.rest(tail),
      sweep: () => this.sweep(),
      onUnreadable: this.#kit.onUnreadable,
      lane: (target) => this.#lane(target),
      commit: (checkpoint) => this.#commit(checkpoint),
      tell: (level, event, detail) => this.#tell(level, event, detail),
    });
  }

  /** Reads the checkpoints, looks at the directories for the first time, and goes on until {@link stop}. */
  async start(): Promise<void> {
    this.#knowledge.inherit(this.#ports.checkpoints.load());
    if (this.#options.verify) this.#resumption.askForRequests();
    await this.sweep();
    await this.#resumption.complete(() => {
      this.#offerInOrder();
      this.#every(SWEEP_MS, () => void this.sweep());
      this.#every(TICK_MS, () => this.tick());
    });
  }

  /** What has gathered in several files of one stream goes in the order in which they were last written to. */
  #offerInOrder(): void {
    const found = [...(this.#found ?? [])]
      .filter(({ retired }) => !retired)
      .toSorted((a, b) => a.modifiedAt - b.modifiedAt);
    const last = new Map<Lane, Tail>();
    for (const tail of found) {
      const before = last.get(this.laneOf(tail));
      if (before !== undefined && tail.before === undefined) tail.waitFor(before, "once");
      last.set(this.laneOf(tail), tail);
    }
    this.#found = undefined;
    for (const tail of found) this.#offer(tail);
  }

  /** One look at all directories, or only at those given. */
  async sweep(only?: ReadonlySet<string>): Promise<void> {
    // One at a time: two sweeps under way would each see the other's half.
    while (this.#sweeping !== undefined) await this.#sweeping;
    this.#sweeping = this.#sweep(only).finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  /** A directory may have changed: look at it soon. */
  hint(directory: string): void {
    if (this.#abort.signal.aborted) return;
    this.#hintedDirectories.add(directory);
    this.#hinted ??= this.#ports.clock.after(HINT_MS, () => {
      this.#hinted = undefined;
      const only = new Set(this.#hintedDirectories);
      this.#hintedDirectories.clear();
      void this.sweep(only);
    });
  }

  /** Asks the active files for their size: cheaper than any notification when a file is written to all the time. */
  tick(): void {
    const now = this.#ports.clock.now();
    for (const tail of [...this.#descriptors.open]) {
      const active =
        tail.standing !== "live" || tail.hasPartial || tail.unread > 0 || now - tail.grewAt < ACTIVE_MS;
      if (active && tail.handle !== undefined) this.#look(tail, tail.handle.size(), now);
    }
  }

  /**
   * Reads what is there now, last lines without an end included if `partials`, and resolves when the service has
   * taken it all. Never rejects; whoever waits sets a deadline and calls {@link stop}.
   */
  async drain(partials: boolean): Promise<void> {
    this.#stopTimers();
    await this.sweep();
    for (const tail of this.#tails.all) {
      if (partials) tail.sendWhateverIsThere();
      if (tail.differs || (partials && tail.hasPartial)) this.#offer(tail);
    }
    for (const lane of this.#lanes.values()) lane.drain();
    while (!this.quiet && !this.#abort.signal.aborted) {
      await pause(this.#ports.clock, 10, this.#abort.signal);
      // Nobody else looks any more.
      if (this.#tails.isOneMissing) await this.sweep();
    }
    // A disk that is full may have room again before the time is up: what is not remembered is shipped again.
    while (!this.#abort.signal.aborted && !this.#ports.checkpoints.flush())
      await pause(this.#ports.clock, FLUSH_AGAIN_MS, this.#abort.signal);
  }

  /** Gives up on what is under way: no offset moves after this. False when what was shipped last is not remembered. */
  stop(): boolean {
    this.#stopTimers();
    this.#abort.abort();
    this.#ports.sink.close();
    this.#chorus.sumUp(Number.POSITIVE_INFINITY);
    for (const tail of this.#descriptors.open) this.#descriptors.close(tail);
    return this.#ports.checkpoints.flush();
  }

  /** Nothing is on its way. */
  get quiet(): boolean {
    for (const lane of this.#lanes.values()) if (!lane.quiet) return false;
    for (const tail of this.#tails.all) if (tail.suspended && tail.copyUntil === undefined) return false;
    return true;
  }

  get tails(): Iterable<Tail> {
    return this.#tails.all;
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  laneOf(tail: Tail): Lane {
    return this.#lane(tail.target);
  }

  get memoryUsed(): number {
    return this.#kit.memory.used + this.#kit.parking.used;
  }

  get openFiles(): number {
    return this.#descriptors.open.size;
  }

  get deletedBytes(): number {
    return this.#descriptors.deletedBytes;
  }

  totals(): Totals {
    return this.total.totals();
  }

  async #sweep(only: ReadonlySet<string> | undefined): Promise<void> {
    const { listing, hints, clock } = this.#ports;
    const began = clock.now();
    const sweep = await listing.sweep(only);
    if (only === undefined) this.#noteTroubles(sweep.troubles);
    this.#found ??= new Set();
    const { left, rest } = planSweep(sweep, this.#tails);
    for (const tail of left) this.#knowledge.led(tail, tail.liveAt);
    await this.#rotation.left(left);
    await this.#applyAll(rest, began);
    const directories = listing.directories();
    await this.#noteDirectories(directories);
    await this.#lookForCopies();
    if (!this.#resumption.isUnderWay) this.#offerInOrder();
    if (only !== undefined) return;
    // Not all directories: a log may be followed in thousands.
    for (const tail of await this.#rotation.findMoved(this.#arrived.splice(0))) this.#descriptors.note(tail);
    hints.watch(directories);
    this.#tails.looks.lastAt = began;
    await this.#housekeep();
  }

  async #applyAll(actions: readonly Action[], seenAt: number): Promise<void> {
    const logOf = (entry: number, home: string): string => {
      const target = this.#options.entries[entry]?.target(home);
      return target === undefined ? home : followedLog({ entry, home, target });
    };
    const logs = perLog(actions, logOf).values();
    const follow = async (): Promise<void> => {
      for (const log of logs) for (const action of log) await this.#apply(action, seenAt);
    };
    await Promise.all(Array.from({ length: OPENED_AT_ONCE }, follow));
  }

  async #noteDirectories(now: readonly string[]): Promise<void> {
    const before = this.#directories;
    this.#directories = new Set(now);
    const arrived = now.filter((directory) => !before.has(directory));
    this.#arrived.push(...arrived);
    // At the start what an earlier run knew is found first, there too.
    if (arrived.length > 0 && !this.#resumption.isUnderWay)
      await this.#rotation.generations.lookInto(arrived, this.#resumption.startedAt);
  }

  async #apply(action: Action, seenAt: number): Promise<void> {
    if (action.kind === "open") await this.#openFile(action.entry, action.found, seenAt);
    else if (action.kind === "moved") {
      this.#knowledge.led(action.tail, action.tail.liveAt);
      this.#tails.move(action.tail, action.path);
    } else this.#noteWritten(action.tail, action.found);
  }

  #noteWritten(tail: Tail, { size: listed, modifiedAt }: FoundFile): void {
    tail.modifiedAt = modifiedAt;
    // It may have grown since it was listed.
    const size = tail.handle?.size() ?? listed;
    if (size === tail.size && modifiedAt > tail.grewAt + READ_MS) tail.touch();
    this.#look(tail, size, this.#ports.clock.now());
    // Written to, and as long as before: what is before our position may be new.
    if (!tail.differs) this.#offer(tail);
  }

  async #openFile(entry: number, found: FoundFile, seenAt: number): Promise<void> {
    const described = this.#options.entries[entry];
    if (described === undefined) return;
    const now = this.#ports.clock.now();
    const known = this.#tails.byKey.get(tailKey(entry, found));
    if (known !== undefined) {
      // It was found by its content, before the sweep came to its name.
      this.#tails.move(known, found.path);
      return;
    }
    const target = described.target(found.path);
    const checkpoint = this.#knowledge.of(found, target);
    const tail = this.#tails.live(entry, found, target, now, checkpoint?.path);
    tail.liveAt = seenAt;
    tail.followedAt = seenAt;
    tail.behindSince = now;
    tail.grewAt = Math.min(now, found.modifiedAt);
    // Those that come after it wait until it is clear where it begins.
    tail.suspended = true;
    const isClear = await this.#begin(tail, described, checkpoint).catch((error) => {
      this.#kit.onUnreadable(tail, error);
      return true;
    });
    this.#needy.add(tail);
    if (!isClear) return;
    tail.suspended = false;
    this.#offer(tail);
  }

  /** Finds out where a file begins. False when that has to be waited for. */
  async #begin(tail: Tail, entry: ShipEntry, checkpoint: Checkpoint | undefined): Promise<boolean> {
    if (checkpoint !== undefined) {
      this.#knowledge.claim(checkpoint);
      tail.resume(checkpoint, checkpoint.generation);
      tail.followedAt = checkpoint.seenAt;
    } else if (await this.#rotation.copies.mayBeCopy(tail)) return false;
    else if (this.#beginsAtEnd(entry)) await this.#skipToEnd(tail);
    const gap = checkpoint === undefined || isBlank(checkpoint) ? this.#resumption.unsure(tail) : undefined;
    // Known from the first look on: whatever happens before its first line is taken, it is looked for.
    if (checkpoint === undefined) this.#commit(tail.checkpoint(tail.committedAt, tail.anchor));
    if (gap !== undefined) await this.#resumption.lookInto(gap);
    return true;
  }

  #beginsAtEnd({ fromBeginning, pattern }: ShipEntry): boolean {
    if (!this.#resumption.isUnderWay) return false;
    const firstMet = this.#ports.checkpoints.firstMet(pattern, this.#resumption.startedAt);
    return !fromBeginning && firstMet === this.#resumption.startedAt;
  }

  /** Begins at the end of a file that was there before us. */
  async #skipToEnd(tail: Tail): Promise<void> {
    try {
      const file = await this.#ports.files.open(tail.path);
      const print = await printAt(file, file.size());
      file.close();
      tail.resume(print, 0);
    } catch (error) {
      this.#kit.onUnreadable(tail, error);
    }
  }

  #look(tail: Tail, size: number, now: number): void {
    tail.resize(size, now);
    const { partialMs } = this.#options;
    if (tail.differs) this.#offer(tail);
    else if (tail.standing !== "live" && now - Math.max(tail.leftAt, tail.grewAt) > LEFT_QUIET_MS)
      this.#finish(tail);
    else if (tail.hasPartial && !tail.sendsPartial && now - tail.grewAt > partialMs) {
      tail.sendPartial();
      this.#offer(tail);
    }
  }

  /** Nobody writes to a file that was moved aside: its last line is complete, whether or not it says so. */
  #finish(tail: Tail): void {
    if (tail.hasPartial) {
      tail.sendPartial();
      this.#offer(tail);
    } else if (tail.settled && tail.verified && !tail.queued) this.#retire(tail);
  }

  #offer(tail: Tail): void {
    if (tail.retired) return;
    this.#needy.add(tail);
    this.#descriptors.note(tail);
    if (this.#found === undefined) this.#lane(tail.target).offer(tail);
    else this.#found.add(tail);
  }

  /** Done with it. Its checkpoint stays, in case it comes back. */
  #retire(tail: Tail): void {
    const { files } = this.#ports;
    tail.retired = true;
    this.#descriptors.close(tail);
    this.#tails.remove(tail);
    if (tail.held !== undefined) void files.release(tail.held).catch(() => undefined);
    if (tail.settled) this.#commit(tail.checkpoint(tail.committedAt, tail.anchor, true));
    // From now on a restart may begin its successor anew: there is nothing left to find of what was before.
    for (const other of this.#tails.wholeLog(tail.entry, tail.home, tail.target))
      if (other.home === tail.home && other.isAllNew) this.#commit(other.checkpoint(0, other.anchor));
  }

  #commit(checkpoint: Checkpoint): void {
    this.#knowledge.note(checkpoint);
    this.#ports.checkpoints.commit(checkpoint);
  }

  /** A file that is copied and truncated twice between two looks leaves a copy that nothing else tells of. */
  async #lookForCopies(): Promise<void> {
    const now = this.#ports.clock.now();
    for (const tail of this.#restarted)
      if (tail.standing === "live" && now - tail.restartedAt < RESTARTED_MS)
        await this.#rotation.generations.adoptUnseen(tail, tail.followedAt);
      else this.#restarted.delete(tail);
  }

  /** What is to be done from time to time, after each complete look. */
  async #housekeep(): Promise<void> {
    const now = this.#ports.clock.now();
    this.#descriptors.closeIdle(now);
    this.#knowledge.forgetOld(now);
    for (const tail of this.#needy) if (tail.retired || !needs(tail)) this.#needy.delete(tail);
    await this.#descriptors.secure(this.#needy);
    for (const tail of this.#descriptors.toEvict()) this.#rotation.lose(tail, "evicted");
    for (const tail of this.#needy) {
      if (tail.copyUntil !== undefined && now > tail.copyUntil) {
        tail.endSuspense();
        this.#offer(tail);
      } else if (tail.trouble !== undefined || (tail.unread > 0 && !tail.queued)) this.#offer(tail);
    }
    const busy = [...this.#needy].map((tail) => this.laneOf(tail));
    for (const lane of new Set([...busy, ...this.#stalled])) this.#watch(lane, now);
    this.#chorus.sumUp(now);
  }

  /** A stream that makes no progress is said once, and once more when it does. */
  #watch(lane: Lane, now: number): void {
    const stalled = lane.sendingSince !== undefined && now - lane.sendingSince > STALLED_MS;
    if (stalled === this.#stalled.has(lane)) return;
    if (stalled) this.#stalled.add(lane);
    else this.#stalled.delete(lane);
    const reason = lane.trouble && { reason: lane.trouble.message };
    this.#chorus.say(
      stalled ? "error" : "info",
      stalled ? "stream.stalled" : "stream.moves",
      lane.target,
      reason,
    );
  }

  #lane(target: Target): Lane {
    const key = `${target.logGroupName}\n${target.logStreamName}`;
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = new Lane(target, this.#kit);
    this.#lanes.set(key, lane);
    return lane;
  }

  #makeKit(): LaneKit {
    const { clock, sink, checkpoints, quarantine } = this.#ports;
    const { memoryBytes, flushMs, verify } = this.#options;
    const encoder = new Encoder(READERS);
    const working = Math.min(WORKING_BYTES, memoryBytes);
    return {
      clock,
      sink,
      encoder,
      flushMs,
      creator: createCreator(sink),
      pool: new BufferPool(working),
      memory: new Turnstile(working),
      parking: new Turnstile(Math.max(1, memoryBytes - working - SPARE_BYTES)),
      slots: new Turnstile(READERS),
      freeSlots: [...encoder.slots],
      turns: new Turns(clock),
      abort: this.#abort.signal,
      open: (tail) => this.#open(tail),
      commit: (checkpoint) => this.#commit(checkpoint),
      intend: verify ? (intent) => checkpoints.intend(intent) : undefined,
      onChanged: (tail) => void this.#rotation.copies.changed(tail),
      adopt: (tail) => this.#rotation.generations.adoptUnseen(tail, tail.followedAt),
      resolveDoubt: (tail) => this.#rotation.copies.resolveDoubt(tail),
      onUnreadable: (tail, error) => {
        const message = error instanceof Error ? error.message : String(error);
        if (tail.trouble?.message !== message)
          this.#tell("warn", "file.unreadable", { path: tail.path, message });
        tail.trouble = { at: clock.now(), message };
      },
      onSettled: (tail) => this.#descriptors.rest(tail),
      onTrouble: ({ logGroupName, logStreamName }, trouble) => {
        const stream = { logGroupName, logStreamName };
        if (trouble === undefined) this.#chorus.say("info", "stream.recovered", stream);
        else if (trouble.attempts === 1 || trouble.attempts % 10 === 0)
          this.#chorus.say("warn", "stream.trouble", stream, { ...trouble });
      },
      onAmbiguous: (_, { records }) => {
        this.ambiguous.requests++;
        this.ambiguous.records += records;
      },
      onRefused: (target, refused) => {
        const { logGroupName, logStreamName } = target;
        const reasons = Object.fromEntries(
          [...new Set(refused.map(({ reason }) => reason))].map((reason) => [
            reason,
            refused.filter((event) => event.reason === reason).length,
          ]),
        );
        this.#tell("error", "events.refused", { logGroupName, logStreamName, ...reasons });
        quarantine(target, refused);
      },
    };
  }

  /** Opens a file under the name that it has by now. */
  async #open(tail: Tail): Promise<boolean> {
    if (tail.retired) return false;
    let trouble: unknown;
    const opened = await this.#descriptors.ensure(tail).catch((error: unknown) => {
      trouble = error;
      return false;
    });
    if (opened) return true;
    const moved = await this.#rotation.openMoved(tail);
    this.#descriptors.note(tail);
    if (!moved && !tail.retired && trouble !== undefined) throw trouble;
    return moved;
  }

  #noteTroubles(found: readonly { readonly path: string; readonly message: string }[]): void {
    const now = this.#ports.clock.now();
    const current = new Map(found.map(({ path, message }) => [path, message]));
    for (const path of this.troubles.keys()) if (!current.has(path)) this.troubles.delete(path);
    for (const [path, message] of current) {
      if (this.troubles.get(path)?.message === message) continue;
      this.troubles.set(path, { message, since: now });
      this.#tell("warn", "path.skipped", { path, message });
    }
  }

  #every(ms: number, task: () => void): void {
    const { clock } = this.#ports;
    const again = (): void => {
      this.#timers.delete(cancel);
      if (this.#abort.signal.aborted) return;
      task();
      cancel = clock.after(ms, again);
      this.#timers.add(cancel);
    };
    let cancel = clock.after(ms, again);
    this.#timers.add(cancel);
  }

  #stopTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#hinted?.();
    this.#hinted = undefined;
  }

  #tell(level: Report["level"], event: string, detail: Readonly<Record<string, unknown>>): void {
    this.#ports.report({ level, event, detail });
  }
}

/** There is something to read in it, on its way, or to be found out about it. */
const needs = ({ copyUntil, trouble, unread, settled, queued }: Tail): boolean =>
  copyUntil !== undefined || trouble !== undefined || unread > 0 || !settled || queued;
