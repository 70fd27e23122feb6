import type { Batch } from "./batch.ts";
import { ANCHOR_BYTES, type Encoder, SLOT_BYTES, type Slot } from "./encoder.ts";
import { HEAD_BYTES, hash } from "./print.ts";
import type { Tail } from "./tail.ts";

export type Filled =
  /** Bytes were taken, or there was nothing more to take for now. */
  | { readonly kind: "read"; readonly atEnd: boolean }
  /** The bytes before our position are not those that were there: another file, or a rewritten one. */
  | { readonly kind: "changed" };

/** Never read less than this at once, in bytes. */
const LEAST_READ = 16_384;

/**
 * Reads once from where the tail stands, as much as the batch has room for, and appends the records to the batch.
 * The only way in which a read position advances. What is behind `until` is left for later. Rejects when the file
 * cannot be read.
 */
export const fill = async (
  tail: Tail,
  batch: Batch,
  slot: Slot,
  encoder: Encoder,
  stamp: number,
  until = Number.POSITIVE_INFINITY,
): Promise<Filled> => {
  const { handle } = tail;
  const { held } = batch;
  if (handle === undefined || held === undefined)
    throw new Error("fill needs an open file and a batch with memory");
  if (!(await tail.verify())) return { kind: "changed" };
  // Truncated before anything of it was read: it may have been copied before.
  if (tail.readAt === 0 && tail.shrank) return { kind: "changed" };

  const context = tail.contextLength;
  const want = Math.max(0, Math.min(readSize(tail, batch), until - tail.readAt));
  const { generation, readAt } = tail;
  const got = await handle.read(slot.bytes, 0, context + want, readAt - context);
  if (got < context || !tail.recognises(slot.bytes.subarray(0, context))) return { kind: "changed" };
  // The head may have been seen further than lines could be read: it must be what it was, too, where it is read again.
  const short = got < context + want;
  const coversHead = readAt === context && (short || got >= tail.headLength);
  if (coversHead && !tail.beginsWith(slot.bytes.subarray(0, got))) return { kind: "changed" };
  const seen = readAt - context + got;
  // Where it ends it ends, whatever its directory entry says: that of a compressed file speaks of something else.
  tail.resize(short ? seen : Math.max(tail.size, seen), stamp);
  const hole = tail.mayBeHole ? holeLength(slot.bytes.subarray(context, got)) : 0;
  if (hole > 0) {
    skipHole(tail, batch, hole, stamp, slot.bytes.subarray(0, context + hole));
    return { kind: "read", atEnd: false };
  }
  const atEnd = short || seen >= until;
  const final = atEnd && tail.isSentAt(seen);
  const encoded = encoder.encode(slot, context, got, stamp, batch.room, final, held.body);
  held.memory.hold(held.body.footprint);
  const end = context + encoded.consumed;
  if (encoded.consumed > 0) {
    tail.advance(readAt + encoded.consumed, anchorOf(slot.bytes.subarray(0, end)));
    const records = encoded.records + encoded.blanks;
    tail.mayBeHole = false;
    tail.meanRecord = Math.max(1, encoded.consumed / Math.max(1, records));
    tail.account.read({ bytes: encoded.consumed, records });
    tail.account.noteCuts(encoded.cuts, encoded.repaired);
    const counts = { records: encoded.records, blanks: encoded.blanks, hole: 0 };
    const place = { from: readAt, to: tail.readAt, anchor: tail.anchor, final };
    batch.add({ ...place, ...counts, tail, generation, stamp }, encoded);
  } else if (encoded.full) batch.full = true;
  else if (!atEnd) tail.meanRecord = Math.min(SLOT_BYTES, tail.meanRecord * 8);
  if (readAt === context) tail.growHead(slot.bytes.subarray(0, Math.min(got, HEAD_BYTES)));
  if (readAt === 0 && encoded.consumed > 0) tail.markWithin(slot.bytes.subarray(0, end));
  tail.partialLength = atEnd && !encoded.full ? got - end : 0;
  if (final && end === got && tail.standing === "live") tail.wasSentPartial();
  return { kind: "read", atEnd: atEnd && !encoded.full };
};

/** A line may begin with a few zeros of its own, in bytes. */
const LEAST_HOLE = 32;

const anchorOf = (bytes: Uint8Array): string => hash(bytes.subarray(-ANCHOR_BYTES));

/** Bytes at the front that no writer wrote: where a file was truncated under a writer that went on at its position. */
const holeLength = (bytes: Uint8Array): number => {
  const data = bytes.findIndex((byte) => byte !== 0);
  const length = data === -1 ? bytes.length : data;
  return length < LEAST_HOLE ? 0 : length;
};

const skipHole = (tail: Tail, batch: Batch, hole: number, stamp: number, bytes: Uint8Array): void => {
  const from = tail.readAt;
  tail.advance(from + hole, anchorOf(bytes));
  if (from === 0) tail.growHead(bytes);
  tail.account.read({ bytes: hole, records: 0 });
  const place = { from, to: tail.readAt, anchor: tail.anchor, final: false };
  batch.spans.push({ ...place, records: 0, blanks: 0, hole, tail, generation: tail.generation, stamp });
};

/** How many bytes fill the rest of the batch, judged by the records of this file so far. */
const readSize = (tail: Tail, batch: Batch): number => {
  const { bytes, records } = batch.room;
  const mean = tail.meanRecord;
  const fits = Math.min((bytes * mean) / (mean + 26), records * mean);
  return Math.ceil(Math.min(SLOT_BYTES - HEAD_BYTES, Math.max(LEAST_READ, fits + mean)));
};
