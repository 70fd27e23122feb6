import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Body, BufferPool, bodyOf, firstEvent, lastEvent, sizeClass } from "../../agent/logs/body.ts";
import type { Target } from "../../agent/logs/ports.ts";

const target = (logGroupName = "/g", logStreamName = "s"): Target => ({
  logGroupName,
  logStreamName,
  retentionInDays: 7,
  logGroupClass: "STANDARD",
});

const event = fc.record({ timestamp: fc.nat(), message: fc.string({ unit: "binary", minLength: 1 }) });
const wire = (events: readonly object[]): Buffer =>
  Buffer.from(events.map((one) => `,${JSON.stringify(one)}`).join(""));
const parsed = (body: Uint8Array) => JSON.parse(Buffer.from(body).toString());

describe("the body of a request", () => {
  it("is JSON with the target and all events, however it was put together", () => {
    const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 512 });
    fc.assert(
      fc.property(
        names,
        names,
        fc.array(fc.array(event)),
        fc.nat(5_000),
        (group, stream, parts, expected) => {
          const body = new Body(new BufferPool(1e6), target(group, stream), expected);
          for (const part of parts) body.append(wire(part));
          const whole = { logGroupName: group, logStreamName: stream, logEvents: parts.flat() };
          expect(parsed(body.finish())).toEqual(whole);
          // Finished is not closed: a request may be looked at, and goes on growing.
          body.append(wire([{ timestamp: 1, message: "more" }]));
          expect(parsed(body.finish()).logEvents).toHaveLength(parts.flat().length + 1);
        },
      ),
    );
  });

  it("is what bodyOf makes of objects", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), (events) => {
        const body = new Body(new BufferPool(1e6), target(), 100);
        body.append(wire(events));
        expect(parsed(bodyOf(target(), events))).toEqual(parsed(body.finish()));
      }),
    );
  });

  it("tells its first event without a look at the others", () => {
    fc.assert(
      fc.property(event, fc.array(event), fc.string({ unit: "grapheme" }), (first, others, name) => {
        const body = new Body(new BufferPool(1e6), target(`"logEvents":[${name}`, name), 100);
        body.append(wire([first, ...others]));
        expect(firstEvent(body.finish())).toEqual(first);
      }),
    );
  });

  it("tells its last event too, whatever the messages hold", () => {
    fc.assert(
      fc.property(event, fc.array(event), fc.string({ unit: "grapheme" }), (last, others, name) => {
        const body = new Body(new BufferPool(1e6), target(`"logEvents":[${name}`, name), 100);
        body.append(wire([...others, last]));
        expect(lastEvent(body.finish())).toEqual(last);
      }),
    );
  });

  it("holds as much memory as it says, and gives it back", () => {
    const pool = new BufferPool(10_000_000);
    const body = new Body(pool, target(), 1_000);
    expect(body.capacity).toBe(2_048);
    body.append(wire([{ timestamp: 1, message: "x".repeat(100_000) }]));
    expect(body.capacity).toBeGreaterThan(100_000);
    const { capacity } = body;
    body.release();
    expect(pool.take(capacity).length).toBe(capacity);
  });
});

describe("the pool of buffers", () => {
  it("gives the same buffer again", () => {
    const pool = new BufferPool(1e6);
    const buffer = pool.take(100_000);
    pool.give(buffer);
    expect(pool.take(90_000)).toBe(buffer);
    expect(pool.take(90_000)).not.toBe(buffer);
  });

  it("keeps no small buffers: thousands of them are taken at once, and then never again", () => {
    const pool = new BufferPool(1e6);
    const buffer = pool.take(10_000);
    pool.give(buffer);
    expect(pool.take(10_000)).not.toBe(buffer);
  });

  it("does not waste a large buffer on a small need", () => {
    const pool = new BufferPool(1e7);
    const large = pool.take(1_000_000);
    pool.give(large);
    expect(pool.take(5_000)).not.toBe(large);
  });

  it("keeps no more than it may", () => {
    const pool = new BufferPool(100_000);
    const buffers = Array.from({ length: 4 }, () => pool.take(60_000));
    for (const buffer of buffers) pool.give(buffer);
    const again = Array.from({ length: 4 }, () => pool.take(60_000));
    expect(again.filter((buffer) => buffers.includes(buffer)).length).toBeLessThanOrEqual(1);
  });

  it("never gives less than was asked for", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000_000 }), { maxLength: 30 }), (sizes) => {
        const pool = new BufferPool(5_000_000);
        for (const [at, size] of sizes.entries()) {
          const buffer = pool.take(size);
          expect(buffer.length).toBeGreaterThanOrEqual(size);
          expect(buffer.length).toBe(sizeClass(buffer.length));
          if (at % 3 !== 0) pool.give(buffer);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    [0, 1_024],
    [1, 1_024],
    [1_025, 2_048],
    [4_096, 4_096],
    [4_097, 8_192],
    [524_288, 524_288],
    [524_289, 1_048_576],
    [1_500_000, 1_572_864],
  ])("rounds %i up to %i", (bytes, size) => {
    expect(sizeClass(bytes)).toBe(size);
  });
});
