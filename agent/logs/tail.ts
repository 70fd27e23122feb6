import { createHash } from "node:crypto";
import { Account } from "./accounting.ts";
import { ANCHOR_BYTES } from "./encoder.ts";
import type { Checkpoint, FileId, FoundFile, OpenFile, Target } from "./ports.ts";

/** Longest head of a file that its identity is made of, in bytes. */
export const HEAD_BYTES = 1_024;

/** The name of a file that survives its renaming, for one entry of the configuration. */
export const tailKey = (entry: number, { dev, ino }: FileId): string => `${entry}:${dev}:${ino}`;

/** Where a file stands: still under its path, moved aside, or without any name. */
export type Standing = "live" | "rotated" | "deleted";

/** One file on its way to one log stream. */
export class Tail {
  readonly entry: number;
  readonly id: FileId;
  readonly target: Target;
  readonly account: Account;
  path: string;
  standing: Standing = "live";
  /** When it left its path, in milliseconds. */
  leftAt = 0;
  /** Bytes, as last seen. */
  size: number;
  /** When `size` last changed, in milliseconds. */
  grewAt = 0;
  /** Since when there has been something undelivered, in milliseconds; of no meaning when nothing is. */
  behindSince = 0;
  /** The next byte to read. */
  readAt = 0;
  /** The next byte to deliver: everything before it is acknowledged or accounted for otherwise. */
  committedAt = 0;
  /** The up to 64 bytes before `readAt`, as a hash; undefined before the first read of a resumed file. */
  anchor = hash(Buffer.alloc(0));
  headLength = 0;
  headHash = this.anchor;
  /** False until the head of a resumed file has been compared with what the checkpoint says. */
  verified = true;
  generation = 0;
  handle: OpenFile | undefined;
  /** A last line without its end is sent as it is. */
  sendsPartial = false;
  /** Bytes behind `readAt` that were seen and do not end a line yet. */
  partialLength = 0;
  /** True while the file waits in the line of its stream. */
  queued = false;
  /** Mean bytes per record, newline included: how much to read to fill a batch. */
  meanRecord = 120;
  trouble: { readonly at: number; readonly message: string } | undefined;

  constructor(entry: number, found: FoundFile, target: Target, total: Account) {
    this.entry = entry;
    this.id = { dev: found.dev, ino: found.ino };
    this.path = found.path;
    this.size = found.size;
    this.target = target;
    this.account = new Account(total);
  }

  /** Goes on where an earlier run has stopped. The first read verifies the anchor. */
  resume(checkpoint: Checkpoint): void {
    this.readAt = checkpoint.offset;
    this.committedAt = checkpoint.offset;
    this.anchor = checkpoint.anchor;
    this.headLength = checkpoint.headLength;
    this.headHash = checkpoint.headHash;
    this.generation = checkpoint.generation;
    this.verified = false;
  }

  /** Starts over: the bytes under this path are not those we knew. */
  restart(): void {
    this.readAt = 0;
    this.committedAt = 0;
    this.anchor = hash(Buffer.alloc(0));
    this.headLength = 0;
    this.headHash = this.anchor;
    this.verified = true;
    this.partialLength = 0;
    this.generation++;
  }

  get hasPartial(): boolean {
    return this.partialLength > 0;
  }

  /** Bytes that are in the file and not yet read, as far as is known. */
  get unread(): number {
    return Math.max(0, this.size - this.readAt);
  }

  /** Notes the size that was seen at the time `now`. */
  resize(size: number, now: number): void {
    if (size === this.size) return;
    if (this.committedAt >= this.size) this.behindSince = now;
    this.size = size;
    this.grewAt = now;
  }

  /**
   * How many bytes before `readAt` are read along: the anchor, or everything while the file is so short that its
   * head still grows.
   */
  get contextLength(): number {
    return this.readAt < HEAD_BYTES ? this.readAt : ANCHOR_BYTES;
  }

  /** True when `context`, the bytes before `readAt`, are those that were read there earlier. */
  recognises(context: Uint8Array): boolean {
    return hash(context.subarray(-ANCHOR_BYTES)) === this.anchor;
  }

  /** True when the file begins as the checkpoint says. `head` holds the first bytes of the file. */
  beginsWith(head: Uint8Array): boolean {
    return head.length >= this.headLength && hash(head.subarray(0, this.headLength)) === this.headHash;
  }

  /** Lengthens the head, from the first bytes of the file. */
  growHead(bytes: Uint8Array): void {
    const length = Math.min(HEAD_BYTES, bytes.length);
    if (this.headLength >= length) return;
    this.headLength = length;
    this.headHash = hash(bytes.subarray(0, length));
  }

  checkpoint(offset: number, anchor: string): Checkpoint {
    return {
      ...this.id,
      path: this.path,
      logGroupName: this.target.logGroupName,
      logStreamName: this.target.logStreamName,
      offset,
      anchor,
      // A head that reaches past the offset covers bytes that may still change before they are delivered.
      headLength: this.headLength,
      headHash: this.headHash,
      generation: this.generation,
    };
  }
}

export const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
