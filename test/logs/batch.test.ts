import { describe, expect, it } from "vitest";
import { BATCH_BYTES, BATCH_EVENTS } from "../../agent/base/cloudwatch-limits.ts";
import { Batch, type Span } from "../../agent/logs/batch.ts";
import { Body, BufferPool } from "../../agent/logs/body.ts";
import type { Tail } from "../../agent/logs/tail.ts";

const span = (records: number): Span => ({
  tail: {} as Tail,
  generation: 0,
  from: 0,
  to: 100,
  records,
  blanks: 0,
  hole: 0,
  stamp: 1,
  anchor: "",
  final: false,
});
const encoded = (records: number, bytes: number, full = false) => ({
  consumed: 100,
  records,
  blanks: 0,
  bytes,
  repaired: 0,
  cuts: 0,
  full,
});

const open = () => {
  const given: string[] = [];
  const pool = new BufferPool(1e6);
  const target = {
    logGroupName: "/g",
    logStreamName: "s",
    retentionInDays: 1,
    logGroupClass: "STANDARD",
  } as const;
  const memory = { hold: () => undefined, tryHold: () => true, release: () => void given.push("memory") };
  return { batch: new Batch(5, { body: new Body(pool, target, 10), memory }), given };
};

describe("a batch", () => {
  it("has room for exactly what the service takes", () => {
    const { batch } = open();
    expect(batch.room).toEqual({ records: BATCH_EVENTS, bytes: BATCH_BYTES });
    batch.add(span(10), encoded(10, 1_000));
    expect(batch.room).toEqual({ records: BATCH_EVENTS - 10, bytes: BATCH_BYTES - 1_000 });
    expect([batch.records, batch.bytes, batch.full, batch.spans.length]).toEqual([10, 1_000, false, 1]);
  });

  it.each([
    ["the next record did not fit", encoded(10, 1_000, true)],
    ["it has nearly all events", encoded(9_900, 300_000)],
    ["it has nearly all bytes", encoded(10, 1_040_000)],
  ])("is full when %s", (_, what) => {
    const { batch } = open();
    batch.add(span(what.records), what);
    expect(batch.full).toBe(true);
  });

  it("gives its memory back once", () => {
    const { batch, given } = open();
    batch.release();
    batch.release();
    expect([batch.held, given]).toEqual([undefined, ["memory"]]);
  });
});
