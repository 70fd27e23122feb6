import { BATCH_BYTES, BATCH_EVENTS } from "../base/cloudwatch-limits.ts";
import type { Batch, Span } from "./batch.ts";
import { ANCHOR_BYTES, type Encoder, SLOT_BYTES, type Slot } from "./encoder.ts";
import { hash } from "./print.ts";
import type { Tail } from "./tail.ts";

/**
 * Reads the bytes of a batch again that had to give up its memory, and makes the identical request of them. False
 * when they are not what they were: the file was overwritten, or let go.
 */
export const restore = async (batch: Batch, slot: Slot, encoder: Encoder): Promise<boolean> => {
  for (const span of batch.spans)
    if (span.records > 0 && !(await restoreSpan(batch, span, slot, encoder))) return false;
  return true;
};

/** The file that holds the bytes of a span now: itself, or the copy that was made of it before it was truncated. */
const sourceOf = ({ tail, generation }: Span): Tail | undefined =>
  generation === tail.generation ? tail : tail.former?.get(generation);

/** Whether the bytes of a batch could be read again, as far as is known. */
export const restorable = (batch: Batch): boolean =>
  batch.spans.every((span) => span.records === 0 || sourceOf(span)?.handle !== undefined);

const restoreSpan = async (batch: Batch, span: Span, slot: Slot, encoder: Encoder): Promise<boolean> => {
  const { from, to, stamp } = span;
  const { held } = batch;
  const handle = sourceOf(span)?.handle;
  if (held === undefined || handle === undefined || to - from > SLOT_BYTES) return false;
  const got = await handle.read(slot.bytes, ANCHOR_BYTES, to - from, from);
  const end = ANCHOR_BYTES + got;
  if (got < to - from) return false;
  const room = { records: BATCH_EVENTS, bytes: BATCH_BYTES };
  const encoded = encoder.encode(slot, ANCHOR_BYTES, end, stamp, room, true, held.body);
  if (encoded.records !== span.records || encoded.blanks !== span.blanks) return false;
  if (got >= ANCHOR_BYTES && hash(slot.bytes.subarray(end - ANCHOR_BYTES, end)) !== span.anchor) return false;
  held.memory.hold(held.body.footprint);
  return true;
};
