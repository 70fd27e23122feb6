import { join } from "node:path";
import type {
  Checkpoint,
  Checkpoints,
  Clock,
  Files,
  Hints,
  Intent,
  OpenFile,
  PutResult,
  Report,
  Sink,
} from "../../../agent/logs/ports.ts";
import { type ShipEntry, Shipper } from "../../../agent/logs/shipper.ts";
import { type Status, statusOf } from "../../../agent/logs/status.ts";
import type { History, Life } from "../history.ts";
import type { Plan } from "../plan.ts";
import type { Random } from "../random.ts";
import { groupName, STREAM } from "../receiver.ts";
import type { VirtualClock } from "./clock.ts";
import { type SimulatedDisk, type Stir, simulatedListing } from "./disk.ts";
import type { Answer, SimulatedService } from "./service.ts";

const MIB = 1_048_576;
/** Milliseconds since 1970 at the beginning of a simulation. */
export const EPOCH = 1_790_000_000_000;
/** Checkpoints are written together, at most so many milliseconds after they were made. */
const GROUP_MS = 100;
/** How long the agent may take to finish after SIGTERM, in milliseconds. */
const DEADLINE_MS = 10_000;
const HELD = "/state/held";

export interface World {
  readonly clock: VirtualClock;
  readonly disk: SimulatedDisk;
  readonly service: SimulatedService;
  readonly history: History;
  readonly random: Random;
  readonly plan: Plan;
  readonly patterns: readonly string[];
  readonly report: (report: Report) => void;
}

/** What is on the disk of the agent. */
interface Durable {
  readonly checkpoints: Map<string, Checkpoint>;
  readonly intents: Map<string, Intent>;
  readonly met: Map<string, number>;
}

/** The shipper of the agent in a world where everything else is simulated: it can be killed, frozen and ended. */
export class SimulatedAgent {
  readonly crashes: { readonly at: number; readonly what: string }[] = [];
  readonly #world: World;
  readonly #durable: Durable = { checkpoints: new Map(), intents: new Map(), met: new Map() };
  #process: Process | undefined;
  #downs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const { clock, random } = this.#world;
    const process = new Process(this.#world, this.#durable, (what) => {
      this.crashes.push({ at: clock.now, what });
    });
    this.#process = process;
    // The runtime takes its time to start.
    await clock.pause(random.int(80, 500));
    if (this.#process === process) process.begin();
  }

  async down(signal: "SIGKILL" | "SIGTERM", wait: Promise<void>, meanwhile?: () => void): Promise<void> {
    this.#downs++;
    await this.end(signal);
    meanwhile?.();
    await wait;
    this.#downs--;
    if (this.#downs === 0) await this.start();
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    process.thaw();
    if (signal === "SIGTERM") await process.terminate();
    process.kill(signal === "SIGTERM" ? "terminate" : "kill");
    if (this.#process === process) this.#process = undefined;
  }

  freeze(): void {
    this.#process?.freeze();
  }

  thaw(): void {
    this.#process?.thaw();
  }

  status(): Status | undefined {
    return this.#process?.status();
  }
}

/** One life of the agent. What it waits for never comes once it is dead, and late when it is frozen. */
class Process {
  readonly #world: World;
  readonly #durable: Durable;
  readonly #onCrash: (what: string) => void;
  readonly #open = new Set<OpenFile>();
  readonly #unlisten: (() => void)[] = [];
  readonly #waiting = new Map<string, Checkpoint>();
  #held: (() => void)[] | undefined;
  #life: Life | undefined;
  #dead = false;
  #shipper: Shipper | undefined;
  #begun: Promise<void> = Promise.resolve();

  constructor(world: World, durable: Durable, onCrash: (what: string) => void) {
    this.#world = world;
    this.#durable = durable;
    this.#onCrash = onCrash;
  }

  begin(): void {
    const { clock, history } = this.#world;
    this.#life = { from: clock.now, frozen: [] };
    history.lives.push(this.#life);
    this.#shipper = this.#makeShipper();
    this.#begun = this.#shipper.start().catch((error: Error) => this.#onCrash(`start: ${error.stack}`));
  }

  status(): Status | undefined {
    if (this.#shipper === undefined || this.#dead || this.#held !== undefined) return undefined;
    return statusOf(this.#shipper, this.#clock.now());
  }

  freeze(): void {
    if (this.#life === undefined || this.#held !== undefined) return;
    this.#held = [];
    this.#life.frozen.push({ from: this.#world.clock.now });
  }

  thaw(): void {
    const held = this.#held;
    const spell = this.#life?.frozen.at(-1);
    if (held === undefined || spell === undefined) return;
    this.#held = undefined;
    spell.to = this.#world.clock.now;
    for (const task of held) task();
  }

  /** What SIGTERM does: finishes within the deadline, and writes down how far it came. */
  async terminate(): Promise<void> {
    const { clock } = this.#world;
    const shipper = this.#shipper;
    if (shipper === undefined) return;
    const late = Symbol("late");
    const end = await Promise.race([
      this.#begun.then(() => shipper.drain(false)),
      clock.pause(DEADLINE_MS).then(() => late),
    ]);
    if (this.#dead) return;
    shipper.stop();
    if (end === late && this.#life !== undefined) this.#life.end = "late";
  }

  kill(end: "kill" | "terminate"): void {
    if (this.#dead) return;
    this.#dead = true;
    for (const unlisten of this.#unlisten) unlisten();
    for (const file of this.#open) file.close();
    if (this.#life === undefined) return;
    this.#life.to = this.#world.clock.now;
    this.#life.end ??= end;
  }

  /** Does something when its time has come, unless the process is not there any more. */
  #after(ms: number, task: () => void): () => void {
    const guarded = (): void => {
      if (this.#dead) return;
      if (this.#held === undefined) task();
      else if (!cancelled) this.#held.push(guarded);
    };
    let cancelled = false;
    const cancel = this.#world.clock.after(ms, () => {
      if (!cancelled) guarded();
    });
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** The result of `work`, after the time that a disk takes. */
  #io<T>(work: () => T | Promise<T>): Promise<T> {
    const { random } = this.#world;
    const ms = random.chance(0.02) ? random.int(5, 60) : random.next() * 0.6;
    return new Promise((resolve, reject) => {
      this.#after(ms, () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  readonly #clock: Clock = {
    now: () => EPOCH + Math.floor(this.#world.clock.now),
    // Timers count whole milliseconds.
    after: (ms, task) => this.#after(Math.max(1, Math.floor(ms)), task),
    random: () => this.#world.random.next(),
  };

  #makeShipper(): Shipper {
    const { plan, patterns, disk, report } = this.#world;
    return new Shipper(
      {
        entries: patterns.map(
          (pattern, writer): ShipEntry => ({
            pattern,
            fromBeginning: true,
            target: () => ({
              logGroupName: groupName(writer),
              logStreamName: STREAM,
              retentionInDays: undefined,
              logGroupClass: "STANDARD",
            }),
          }),
        ),
        flushMs: plan.flushInterval * 1_000,
        partialMs: 5_000,
        memoryBytes: 64 * MIB,
        open: 1_000,
        deletedBytes: 1_024 * MIB,
        freeBytes: 0,
        holdRotated: false,
        verify: plan.mode === "verify",
      },
      {
        clock: this.#clock,
        files: this.#files(),
        listing: simulatedListing(disk, patterns, () => this.#io(() => undefined)),
        hints: this.#hints(),
        sink: this.#sink(),
        checkpoints: this.#checkpoints(),
        report,
        quarantine: () => undefined,
      },
    );
  }

  #files(): Files {
    const { disk } = this.#world;
    const heldAt = ({ dev, ino }: { dev: bigint; ino: bigint }): string => join(HELD, `${dev}-${ino}`);
    return {
      open: (path) => this.#io(() => this.#track(disk.openToRead(path))),
      realPath: (path) => this.#io(() => disk.realPath(path)),
      siblings: (path) => this.#io(() => disk.siblings(path)),
      freeBytes: () => undefined,
      hold: (path, id) =>
        this.#io(() => {
          disk.hardLink(path, heldAt(id));
          return heldAt(id);
        }),
      held: (_, id) => this.#io(() => (disk.stat(heldAt(id)) === undefined ? undefined : heldAt(id))),
      release: (held) => this.#io(() => disk.remove(held)),
    };
  }

  #track(file: OpenFile): OpenFile {
    const tracked: OpenFile = {
      ...file,
      read: (...where) => this.#io(() => file.read(...where)),
      close: () => {
        this.#open.delete(tracked);
        file.close();
      },
    };
    this.#open.add(tracked);
    return tracked;
  }

  #hints(): Hints {
    const { disk, random } = this.#world;
    let watched: ReadonlySet<string> = new Set();
    const resting = new Set<string>();
    const hint = (directory: string): void => {
      // A busy machine is late with them, and loses some.
      if (random.chance(0.1)) return;
      const ms = random.chance(0.1) ? random.int(50, 1_500) : random.int(0, 8);
      this.#after(ms, () => this.#shipper?.hint(directory));
    };
    this.#unlisten.push(
      disk.listen((directory, stir: Stir) => {
        if (!watched.has(directory)) return;
        if (stir === "rename") return hint(directory);
        if (resting.has(directory)) return;
        resting.add(directory);
        this.#after(500, () => resting.delete(directory));
        hint(directory);
      }),
    );
    return {
      watch: (directories) => {
        watched = new Set(directories);
      },
      close: async () => undefined,
    };
  }

  #sink(): Sink {
    const { clock, service, random } = this.#world;
    let closed = false;
    /** What was sent arrives, whatever becomes of the sender. */
    const call = <T>(ask: () => Answer<T>, cut: T): Promise<T> =>
      new Promise((resolve) => {
        clock.after(random.int(1, 15), () => {
          const { result, afterMs } = ask();
          this.#after(afterMs + random.int(1, 15), () => resolve(closed ? cut : result));
        });
      });
    const CUT = { kind: "ambiguous", message: "aborted" } as const;
    return {
      put: (target, body) => {
        const { logEvents } = JSON.parse(Buffer.from(body).toString()) as {
          logEvents: { timestamp: number; message: string }[];
        };
        return call<PutResult>(() => service.put(target, logEvents), CUT);
      },
      createGroup: (target) => call(() => service.create(target, "group"), CUT),
      createStream: (target) => call(() => service.create(target, "stream"), CUT),
      putRetention: async () => ({ kind: "done" }),
      landed: (target, event) => call(() => service.landed(target, event), undefined),
      between: (target, from, to) => call(() => service.between(target, from, to), undefined),
      close: () => {
        closed = true;
      },
    };
  }

  #checkpoints(): Checkpoints {
    const { checkpoints, intents, met } = this.#durable;
    let cancel: (() => void) | undefined;
    const flush = (): boolean => {
      cancel?.();
      cancel = undefined;
      for (const [key, checkpoint] of this.#waiting) checkpoints.set(key, checkpoint);
      this.#waiting.clear();
      return true;
    };
    return {
      load: () => [...checkpoints.values()],
      commit: (checkpoint) => {
        // As the columns of the store demand.
        for (const field of ["offset", "headLength", "generation", "size", "seenAt"] as const)
          if (!Number.isInteger(checkpoint[field])) throw new Error(`${field} is ${checkpoint[field]}`);
        const { dev, ino, bornAt, logGroupName, logStreamName } = checkpoint;
        this.#waiting.set(`${dev}:${ino}:${bornAt}:${logGroupName}:${logStreamName}`, checkpoint);
        cancel ??= this.#after(GROUP_MS, () => void flush());
      },
      // With what waits, as one: an offset is not forgotten once the next request is known.
      intend: (intent) => {
        flush();
        intents.set(intent.logGroupName, intent);
      },
      intents: () => [...intents.values()],
      firstMet: (pattern, now) => {
        if (!met.has(pattern)) met.set(pattern, now);
        flush();
        return met.get(pattern) ?? now;
      },
      flush,
      close: flush,
    };
  }
}
