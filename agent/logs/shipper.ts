import { Account, type Totals } from "./accounting.ts";
import { BufferPool } from "./body.ts";
import { createCreator } from "./creator.ts";
import { Encoder } from "./encoder.ts";
import { Lane, type LaneKit } from "./lane.ts";
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
import { type Action, pathKey, planSweep } from "./sweep-plan.ts";
import { hash, type Tail, Tail as TailFile, tailKey } from "./tail.ts";
import { Turnstile } from "./turnstile.ts";

export interface ShipEntry {
  readonly target: (path: string) => Target;
  /** False: files that are there when the agent runs for the first time begin at their end. */
  readonly fromBeginning: boolean;
}

export interface ShipperOptions {
  readonly entries: readonly ShipEntry[];
  readonly flushMs: number;
  /** Bytes of request bodies in memory. */
  readonly memoryBytes: number;
}

export interface ShipperPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly listing: Listing;
  readonly hints: Hints;
  readonly sink: Sink;
  readonly checkpoints: Checkpoints;
  readonly report: (report: Report) => void;
}

/** The directories are looked at this often, whatever the hints say, in milliseconds. */
export const SWEEP_MS = 5_000;
/** Files that were written to lately are asked for their size this often, in milliseconds. */
const TICK_MS = 500;
/** Changes that a hint announces are looked at together, after this many milliseconds. */
const HINT_MS = 50;
/** A descriptor that nothing happens on is closed after this, in milliseconds. */
const IDLE_CLOSE_MS = 60_000;
/** Most descriptors kept open on files that have nothing to read. */
const IDLE_OPEN = 256;
/** A file that was moved aside is finished when nobody has written to it for this long, in milliseconds. */
const LEFT_QUIET_MS = 15_000;
/** Reads under way at once: one slow disk must not hold up the others. */
const READERS = 4;

/** Everything between the log files and the service. */
export class Shipper {
  readonly total = new Account();
  readonly troubles = new Map<string, { readonly message: string; readonly since: number }>();
  readonly #options: ShipperOptions;
  readonly #ports: ShipperPorts;
  readonly #byKey = new Map<string, Tail>();
  readonly #byPath = new Map<string, Tail>();
  readonly #lanes = new Map<string, Lane>();
  readonly #resumable = new Map<string, Checkpoint>();
  readonly #open = new Set<Tail>();
  readonly #abort = new AbortController();
  readonly #kit: LaneKit;
  #firstRun = false;
  #sweeping: Promise<void> | undefined;
  #hinted: Cancel | undefined;
  readonly #timers = new Set<Cancel>();

  constructor(options: ShipperOptions, ports: ShipperPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#kit = this.#makeKit();
  }

  /** Reads the checkpoints, looks at the directories for the first time, and goes on until {@link stop}. */
  async start(): Promise<void> {
    const known = this.#ports.checkpoints.load();
    this.#firstRun = known.length === 0;
    for (const checkpoint of known) this.#resumable.set(checkpointKey(checkpoint), checkpoint);
    await this.sweep();
    this.#firstRun = false;
    this.#every(SWEEP_MS, () => void this.sweep());
    this.#every(TICK_MS, () => this.tick());
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
  readonly #hintedDirectories = new Set<string>();

  /** Asks the open files for their size: cheaper than any notification when a file is written to all the time. */
  tick(): void {
    const now = this.#ports.clock.now();
    for (const tail of this.#open) {
      if (tail.handle === undefined) this.#open.delete(tail);
      else this.#tickTail(tail, tail.handle.size(), now);
    }
  }

  /**
   * Reads what is there now, last lines without an end included if `partials`, and resolves when the service has
   * taken it all. Never rejects; whoever waits sets a deadline and calls {@link stop}.
   */
  async drain(partials: boolean): Promise<void> {
    this.#stopTimers();
    await this.sweep();
    for (const tail of this.#byKey.values()) {
      tail.sendsPartial ||= partials;
      if (tail.unread > 0 || tail.hasPartial || tail.readAt < (tail.handle?.size() ?? 0))
        this.#lane(tail.target).offer(tail);
    }
    for (const lane of this.#lanes.values()) lane.drain();
    while (!this.quiet && !this.#abort.signal.aborted)
      await new Promise<void>((done) => this.#ports.clock.after(10, done));
    this.#ports.checkpoints.flush();
  }

  /** Gives up on what is under way: no offset moves after this. */
  stop(): void {
    this.#stopTimers();
    this.#abort.abort();
    this.#ports.sink.close();
    for (const tail of this.#open) this.#close(tail);
    this.#ports.checkpoints.flush();
  }

  /** Nothing is on its way. */
  get quiet(): boolean {
    return [...this.#lanes.values()].every((lane) => lane.quiet);
  }

  get tails(): Iterable<Tail> {
    return this.#byKey.values();
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  laneOf(tail: Tail): Lane {
    return this.#lane(tail.target);
  }

  get memoryUsed(): number {
    return this.#kit.memory.used;
  }

  totals(): Totals {
    return this.total.totals();
  }

  async #sweep(only: ReadonlySet<string> | undefined): Promise<void> {
    const { listing, hints } = this.#ports;
    const sweep = await listing.sweep(only);
    if (only === undefined) this.#noteTroubles(sweep.troubles);
    for (const action of planSweep(sweep, { byKey: this.#byKey, byPath: this.#byPath }))
      await this.#apply(action);
    if (only === undefined) hints.watch(listing.directories());
  }

  async #apply(action: Action): Promise<void> {
    if (action.kind === "open") await this.#openFile(action.entry, action.found);
    else if (action.kind === "moved") this.#moveTail(action.tail, action.path);
    else if (action.kind === "left") await this.#leave(action.tail);
    else this.#tickTail(action.tail, action.size, this.#ports.clock.now());
  }

  async #openFile(entry: number, found: FoundFile): Promise<void> {
    const described = this.#options.entries[entry];
    if (described === undefined) return;
    const tail = new TailFile(entry, found, described.target(found.path), this.total);
    tail.grewAt = this.#ports.clock.now();
    tail.behindSince = tail.grewAt;
    this.#byKey.set(tailKey(entry, found), tail);
    this.#byPath.set(pathKey(entry, found.path), tail);
    const checkpoint = this.#resumable.get(checkpointKey({ ...found, ...tail.target }));
    if (checkpoint !== undefined) tail.resume(checkpoint);
    else if (this.#firstRun && !described.fromBeginning) await this.#skipToEnd(tail);
    if (tail.unread > 0 || found.size < tail.readAt) this.#offer(tail);
  }

  /** Begins at the end of a file that was there before us, and remembers that. */
  async #skipToEnd(tail: Tail): Promise<void> {
    try {
      const file = await this.#ports.files.open(tail.path);
      const size = file.size();
      const anchor = Buffer.alloc(Math.min(64, size));
      await file.read(anchor, 0, anchor.length, size - anchor.length);
      file.close();
      tail.resume(tail.checkpoint(size, hash(anchor)));
      this.#ports.checkpoints.commit(tail.checkpoint(size, tail.anchor));
    } catch (error) {
      this.#kit.onUnreadable(tail, error);
    }
  }

  #moveTail(tail: Tail, path: string): void {
    this.#forgetPath(tail);
    tail.path = path;
    tail.standing = "live";
    this.#byPath.set(pathKey(tail.entry, path), tail);
  }

  /** Its path is not its own any more: go on with the open descriptor, or find it among its siblings. */
  async #leave(tail: Tail): Promise<void> {
    this.#forgetPath(tail);
    tail.leftAt = this.#ports.clock.now();
    const siblings = await this.#ports.files.siblings(tail.path);
    const sibling = siblings.find(({ dev, ino }) => dev === tail.id.dev && ino === tail.id.ino);
    tail.standing = sibling === undefined ? "deleted" : "rotated";
    if (sibling !== undefined) tail.path = sibling.path;
    const handle = tail.handle;
    if (handle === undefined && sibling === undefined) return this.#lose(tail);
    tail.size = handle?.size() ?? sibling?.size ?? tail.size;
    if (tail.unread > 0) this.#offer(tail);
    if (handle === undefined && tail.unread === 0) this.#retire(tail);
  }

  /** Deleted while we did not hold it: what was not read can never be. */
  #lose(tail: Tail): void {
    if (tail.unread > 0)
      this.#tell("error", "file.lost", {
        path: tail.path,
        bytes: tail.unread,
        reason: "deleted before it was read",
      });
    this.#retire(tail);
  }

  #tickTail(tail: Tail, size: number, now: number): void {
    tail.resize(size, now);
    if (size > tail.readAt + tail.partialLength || size < tail.readAt) this.#offer(tail);
    else if (tail.standing !== "live" && now - Math.max(tail.leftAt, tail.grewAt) > LEFT_QUIET_MS)
      this.#finish(tail);
    else if (now - tail.grewAt > IDLE_CLOSE_MS) this.#closeIfIdle(tail);
  }

  /** Nobody writes to a file that was moved aside: its last line is complete, whether or not it says so. */
  #finish(tail: Tail): void {
    if (tail.hasPartial && !tail.sendsPartial) {
      tail.sendsPartial = true;
      this.#offer(tail);
    } else if (tail.committedAt === tail.readAt) this.#retire(tail);
  }

  #offer(tail: Tail): void {
    this.#lane(tail.target).offer(tail);
    this.#open.add(tail);
  }

  #closeIfIdle(tail: Tail): void {
    if (tail.standing === "live" && !tail.queued && tail.committedAt === tail.readAt && !tail.hasPartial)
      this.#close(tail);
  }

  #close(tail: Tail): void {
    tail.handle?.close();
    tail.handle = undefined;
    this.#open.delete(tail);
  }

  /** Done with it. Its checkpoint stays, in case it comes back. */
  #retire(tail: Tail): void {
    this.#close(tail);
    this.#forgetPath(tail);
    this.#byKey.delete(tailKey(tail.entry, tail.id));
  }

  #forgetPath(tail: Tail): void {
    const key = pathKey(tail.entry, tail.path);
    if (this.#byPath.get(key) === tail) this.#byPath.delete(key);
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
    const { clock, sink, files, checkpoints } = this.#ports;
    const { memoryBytes, flushMs } = this.#options;
    const encoder = new Encoder(READERS);
    return {
      clock,
      sink,
      files,
      encoder,
      flushMs,
      creator: createCreator(sink),
      pool: new BufferPool(memoryBytes),
      memory: new Turnstile(memoryBytes),
      slots: new Turnstile(READERS),
      freeSlots: [...encoder.slots],
      abort: this.#abort.signal,
      commit: (checkpoint) => {
        this.#resumable.set(checkpointKey(checkpoint), checkpoint);
        checkpoints.commit(checkpoint);
      },
      onChanged: (tail) => this.#restart(tail),
      onUnreadable: (tail, error) => {
        const message = error instanceof Error ? error.message : String(error);
        if (tail.trouble?.message !== message)
          this.#tell("warn", "file.unreadable", { path: tail.path, message });
        tail.trouble = { at: clock.now(), message };
      },
      onSettled: (tail) => {
        if (this.#open.size > IDLE_OPEN && tail.unread === 0) this.#closeIfIdle(tail);
      },
      onTrouble: ({ logGroupName, logStreamName }, trouble) => {
        if (trouble === undefined) this.#tell("info", "stream.recovered", { logGroupName, logStreamName });
        else if (trouble.attempts === 1 || trouble.attempts % 10 === 0)
          this.#tell("warn", "stream.trouble", { logGroupName, logStreamName, ...trouble });
      },
      onRefused: ({ logGroupName, logStreamName }, kind, records) =>
        this.#tell("error", "events.refused", { logGroupName, logStreamName, kind, records }),
    };
  }

  /** The file was truncated or overwritten: what is there now is new. */
  #restart(tail: Tail): void {
    this.#tell("warn", "file.restarted", { path: tail.path, offset: tail.readAt });
    tail.restart();
    tail.size = tail.handle?.size() ?? 0;
    this.#ports.checkpoints.commit(tail.checkpoint(0, tail.anchor));
    if (tail.unread > 0) this.#offer(tail);
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

const checkpointKey = (
  of: FoundFileId & { readonly logGroupName: string; readonly logStreamName: string },
): string => `${of.dev}:${of.ino}:${of.logGroupName}:${of.logStreamName}`;

type FoundFileId = Pick<FoundFile, "dev" | "ino">;
