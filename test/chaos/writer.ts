import { basename, join } from "node:path";
import type { Disk, Pen } from "./disk.ts";
import type { FileModel, Ledger, Line, Reach } from "./ledger.ts";
import { BANNER, makeLine } from "./line.ts";
import type { WriterPlan } from "./plan.ts";
import type { Random } from "./random.ts";

/** A file that the writer has left behind. */
interface Rotated {
  readonly file: FileModel;
  path: string;
}

/** What is written and has not reached the file yet: bytes of one line. */
interface Pending {
  readonly line: Line;
  readonly bytes: Buffer;
  written: number;
}

export interface WriterKit {
  readonly ledger: Ledger;
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  readonly random: Random;
  readonly disk: Disk;
}

/** One program that writes a log, and whoever rotates it. Every step tells the ledger. */
export class Writer {
  readonly index: number;
  readonly plan: WriterPlan;
  readonly directory: string;
  readonly #kit: WriterKit;
  #pen: Pen | undefined;
  /** The file that the pen leads to, and the one that has the name. */
  #target: FileModel;
  #live: FileModel | undefined;
  #rotated: Rotated[] = [];
  #sequence = 0;
  #generation = 0;
  #pending: Pending | undefined;
  /** Until then a line stays half-written. */
  #heldUntil = 0;
  #count = 0;
  /** Actions on one writer happen one after the other. */
  #queue: Promise<void> = Promise.resolve();

  constructor(index: number, plan: WriterPlan, directory: string, kit: WriterKit) {
    this.index = index;
    this.plan = plan;
    this.directory = directory;
    this.#kit = kit;
    const below = this.#inDirectory ? "logs" : plan.place === "link-aside" ? "data" : "";
    kit.disk.makeDirectory(join(directory, below));
    this.#target = this.#create();
  }

  /** The pattern by which the agent finds the files. */
  get pattern(): string {
    const names = {
      literal: "app.log",
      glob: "*.log",
      wide: "app.log*",
      dated: "app-*.log",
      link: "current.log",
      "link-aside": "current.log",
      directory: "logs/app.log",
      "directory-glob": "*/app.log",
    };
    return join(this.directory, names[this.plan.place]);
  }

  /** Runs an action on this writer when those before it are done. */
  queue(action: () => Promise<void> | void): Promise<void> {
    const next = this.#queue.then(action);
    this.#queue = next.catch(() => undefined);
    return next;
  }

  /** Writes lines of about this length; what does not fit into a block waits for the next call. */
  write(count: number, length: number): void {
    if (this.#held()) return;
    this.#flushPending();
    const chunks: Buffer[] = [];
    const lines: Line[] = [];
    for (let nth = 0; nth < count; nth++) {
      const line = this.#newLine(this.#kit.random.spread(30, 2 * length));
      lines.push(line);
      chunks.push(Buffer.from(`${line.text}\n`));
    }
    const all = Buffer.concat(chunks);
    const last = lines.at(-1);
    if (last === undefined) return;
    const lastBytes = Buffer.from(`${last.text}\n`);
    const cut = this.plan.blocks ? this.#kit.random.int(1, lastBytes.length) : lastBytes.length;
    this.#append(all.subarray(0, all.length - lastBytes.length + cut));
    const at = this.#kit.now();
    for (const line of lines.slice(0, -1)) Object.assign(line, { wholeAt: at, endedAt: at });
    this.#pending = { line: last, bytes: lastBytes, written: cut };
    this.#notePending(at);
  }

  /** Writes one line of this length. */
  writeLong(length: number): void {
    this.finish();
    const line = this.#newLine(length);
    this.#append(Buffer.from(`${line.text}\n`));
    line.wholeAt = line.endedAt = this.#kit.now();
  }

  /** Writes one line up to the given share of it, and leaves it like that for so long. */
  async writePartly(share: number, ms: number): Promise<void> {
    this.#flushPending();
    const line = this.#newLine(this.#kit.random.spread(60, 2_000));
    const bytes = Buffer.from(`${line.text}\n`);
    const cut = Math.min(bytes.length - 1, Math.max(24, Math.floor(bytes.length * share)));
    this.#append(bytes.subarray(0, cut));
    this.#pending = { line, bytes, written: cut };
    this.#notePending(this.#kit.now());
    // Whoever takes a line that waits for so long for its end is not wrong.
    if (ms > IDLE_MS) line.cuts.add(cut);
    this.#heldUntil = this.#kit.now() + ms;
    await this.#kit.pause(ms);
    this.#heldUntil = 0;
    this.#flushPending();
  }

  /** Ends what is half-written. */
  finish(): void {
    this.#heldUntil = 0;
    this.#flushPending();
  }

  close(): void {
    this.#pen?.close();
  }

  /** The writer's name for its log now. */
  get path(): string {
    const { place } = this.plan;
    if (place === "dated") return join(this.directory, `app-${String(this.#count).padStart(5, "0")}.log`);
    if (this.#linked) return join(this.directory, "current.log");
    return join(this.directory, this.#inDirectory ? "logs" : "", "app.log");
  }

  get targetPath(): string {
    const number = String(this.#count).padStart(5, "0");
    if (this.plan.place === "link") return join(this.directory, `current.log.${number}`);
    if (this.plan.place === "link-aside") return join(this.directory, "data", `run-${number}`);
    return this.path;
  }

  /** Moves the log aside, and the rotated ones before it. The writer does not know yet. */
  moveAside(): void {
    const live = this.#live;
    if (live === undefined) return;
    if (this.plan.place === "dated") this.#rotated.unshift({ file: live, path: this.path });
    else {
      const name = this.#asideName();
      this.#kit.disk.rename(this.path, name);
      this.#rotated.unshift({ file: live, path: name });
      this.#moved(live, this.#siblingReach, name);
    }
    this.#live = undefined;
    this.#forgetOldest();
  }

  /** The file under the name of the log is there before the writer opens it. */
  createLive(): void {
    if (this.#live === undefined) this.#makeLive();
  }

  /** The writer opens the log anew. `open`: the last line of the old file never gets its end. */
  reopen(open: boolean): void {
    if (open) this.#leaveOpen();
    else this.finish();
    this.#pen?.close();
    if (this.#live === undefined) this.#makeLive();
    this.#openLive();
  }

  /** Packs the newest rotated file that is not packed. */
  async compress(): Promise<void> {
    const old = this.#rotated.find(({ path, file }) => !path.endsWith(".gz") && file !== this.#target);
    if (old === undefined) return;
    await this.#kit.disk.compress(old.path);
    old.path += ".gz";
    this.#moved(old.file, this.#compressedReach, old.path);
  }

  /** Copies the log and, after so many milliseconds, empties it. The writer never notices. */
  async copyAndEmpty(gapMs: number, leaveHole: boolean): Promise<void> {
    const live = this.#live;
    if (live === undefined || live !== this.#target) return;
    const path = this.#asideName();
    this.#kit.disk.copy(this.path, path);
    const copy = this.#kit.ledger.file(this.index, this.#kit.now(), this.#siblingReach, path);
    this.#kit.ledger.copied(live, copy, this.#kit.now());
    this.#rotated.unshift({ file: copy, path });
    this.#tear();
    if (gapMs > 0) await this.#kit.pause(gapMs);
    const size = this.size;
    this.empty(leaveHole);
    // As from a writer that does not append: it goes on where it was.
    if (leaveHole) this.#kit.disk.resize(this.path, size);
    this.#forgetOldest();
  }

  /** Empties the log in place. */
  empty(headless = false): void {
    this.#tear();
    this.#openPen.empty();
    this.#kit.ledger.emptied(this.#target, this.#kit.now());
    this.#generation++;
    if (!headless) this.#head();
  }

  /** Writes at once until the file is so many bytes long. */
  writeUpTo(size: number): void {
    while (this.size < size) this.write(1, 120);
    this.finish();
  }

  get size(): number {
    return this.#openPen.size();
  }

  unlinkLive(): void {
    if (this.#live === undefined) return;
    this.#remove(this.#live, this.targetPath);
    this.#live = undefined;
  }

  /** Another directory takes the place of the one with the log. */
  renameDirectory(): void {
    const live = this.#live;
    if (live === undefined) return;
    this.#count++;
    const old = join(this.directory, "logs");
    const renamed = join(this.directory, `logs-${this.#count}`);
    this.#kit.disk.rename(old, renamed);
    this.#kit.disk.makeDirectory(old);
    const matches = this.plan.place === "directory-glob";
    // Who sees a file for the first time where it is now does not know what it was before.
    if (this.#kit.now() - (live.standings[0]?.at ?? 0) < UNSEEN_MS) {
      live.unordered = true;
      for (const { line } of live.parts) line.unordered = true;
    }
    this.#moved(live, matches ? "matching" : "aside", join(renamed, "app.log"));
    for (const { file, path } of this.#rotated)
      this.#moved(file, matches ? "sibling" : "aside", join(renamed, basename(path)));
    this.#rotated = [];
    this.#live = undefined;
  }

  /** A new file with the same head and at least so many bytes takes the name; the old one goes. */
  swap(how: "rename" | "unlink" | "overwrite", bytes: number): void {
    if (this.#live === undefined || this.#live !== this.#target) return;
    if (how === "overwrite") {
      this.empty();
      this.writeUpTo(bytes);
      return;
    }
    this.finish();
    if (how === "rename") this.moveAside();
    else this.unlinkLive();
    this.reopen(false);
    this.writeUpTo(bytes);
  }

  /** The link points to a new file; the writer does not know yet. */
  relink(): void {
    const old = this.#live;
    if (old === undefined) return;
    const oldPath = this.targetPath;
    this.#count++;
    this.#makeLive();
    this.#moved(old, this.plan.place === "link" ? "sibling" : "aside", oldPath);
    this.#rotated.unshift({ file: old, path: oldPath });
    this.#forgetOldest();
  }

  get #linked(): boolean {
    return this.plan.place === "link" || this.plan.place === "link-aside";
  }

  get #inDirectory(): boolean {
    return this.plan.place === "directory" || this.plan.place === "directory-glob";
  }

  get #siblingReach(): Reach {
    return this.plan.place === "wide" || this.plan.place === "dated" ? "matching" : "sibling";
  }

  /** Patterns do not find packed files, but their names begin as those of files that were found. */
  get #compressedReach(): Reach {
    return this.plan.place === "dated" ? "packed" : "sibling";
  }

  #create(): FileModel {
    this.#makeLive();
    this.#openLive();
    return this.#target;
  }

  /** Makes the file that has the name from now on, empty. */
  #makeLive(): void {
    if (this.plan.place === "dated") this.#count++;
    const path = this.targetPath;
    this.#kit.disk.create(path);
    if (this.#linked) {
      const temporary = join(this.directory, ".link");
      this.#kit.disk.link(path, temporary);
      this.#kit.disk.rename(temporary, join(this.directory, "current.log"));
    }
    this.#live = this.#kit.ledger.file(this.index, this.#kit.now(), "matching", path);
  }

  #openLive(): void {
    if (this.#live === undefined) throw new Error("there is no file to open");
    this.#pen = this.#kit.disk.open(this.targetPath);
    this.#target = this.#live;
    this.#generation++;
    this.#head();
  }

  #head(): void {
    if (this.plan.banner && this.size === 0) this.#append(Buffer.from(`${BANNER}\n`));
  }

  #newLine(length: number): Line {
    const label = { writer: this.index, generation: this.#generation, sequence: this.#sequence++ };
    const text = makeLine(label, this.#kit.random, length);
    return this.#kit.ledger.begin(label, text, this.#target, this.#kit.now());
  }

  get #openPen(): Pen {
    if (this.#pen === undefined) throw new Error("the log is not open");
    return this.#pen;
  }

  #held(): boolean {
    return this.#kit.now() < this.#heldUntil;
  }

  #append(bytes: Buffer): void {
    this.#openPen.append(bytes);
  }

  #notePending(at: number): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const { line, bytes, written } = pending;
    if (written >= bytes.length - 1) line.wholeAt ??= at;
    if (written < bytes.length) return;
    line.endedAt = at;
    this.#pending = undefined;
  }

  #flushPending(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#append(pending.bytes.subarray(pending.written));
    pending.written = pending.bytes.length;
    this.#notePending(this.#kit.now());
  }

  /** The last line stays without its newline. */
  #leaveOpen(): void {
    this.#heldUntil = 0;
    if (this.#pending === undefined) {
      const line = this.#newLine(80);
      this.#pending = { line, bytes: Buffer.from(`${line.text}\n`), written: 0 };
    }
    const pending = this.#pending;
    const end = pending.bytes.length - 1;
    if (pending.written < end) this.#append(pending.bytes.subarray(pending.written, end));
    pending.line.wholeAt ??= this.#kit.now();
    // Under a name of its own a file is not known to be finished, so that its last line waits for its end.
    pending.line.unordered = this.plan.place === "dated";
    this.#pending = undefined;
  }

  /** What is half-written now will be cut in two by what comes next. */
  #tear(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    pending.line.cuts.add(pending.written);
    if (pending.written < pending.bytes.length - 1) pending.line.torn = true;
  }

  /** The name for the newest rotated file. Numbered ones before it move up. */
  #asideName(): string {
    if (this.plan.naming === "dated") return `${this.path}-20260801-${100_000 + this.#generation}`;
    for (const [nth, old] of [...this.#rotated.entries()].reverse()) {
      const path = `${this.path}.${nth + 2}${old.path.endsWith(".gz") ? ".gz" : ""}`;
      this.#kit.disk.rename(old.path, path);
      old.path = path;
      this.#moved(old.file, path.endsWith(".gz") ? this.#compressedReach : this.#siblingReach, path);
    }
    return `${this.path}.1`;
  }

  #forgetOldest(): void {
    for (const { file, path } of this.#rotated.splice(this.plan.keep)) this.#remove(file, path);
  }

  #moved(file: FileModel, reach: Reach, path: string): void {
    this.#kit.ledger.moved(file, this.#kit.now(), reach, path);
  }

  #remove(file: FileModel, path: string): void {
    this.#kit.disk.remove(path);
    this.#moved(file, "nameless", path);
  }
}

/** A file that is no older may not have been seen by anybody, in milliseconds: two sweeps. */
const UNSEEN_MS = 10_000;

/** A line that waits longer for its end may be taken for complete. */
const IDLE_MS = 4_000;
