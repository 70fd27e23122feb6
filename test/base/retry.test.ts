import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fullJitter } from "../../agent/base/retry.ts";

const backoff = { base: 200, cap: 30_000 };

describe("fullJitter", () => {
  it("waits anything from nothing to the bound, and a whole number of milliseconds", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 10_000 }),
        fc.record({ base: fc.integer({ min: 1, max: 60_000 }), cap: fc.integer({ min: 1, max: 600_000 }) }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, { base, cap }, chance) => {
          const wait = fullJitter(attempt, { base, cap }, () => chance);
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(Math.min(cap, base * 2 ** attempt));
        },
      ),
    );
  });

  it.each([0, 1, 2, 3, 7])("doubles the bound with each try: try %i", (attempt) => {
    expect(fullJitter(attempt, backoff, () => 0.5)).toBe(100 * 2 ** attempt);
  });

  it("never waits longer than the cap, after however many tries", () => {
    for (const attempt of [8, 40, 2_000, Number.MAX_SAFE_INTEGER])
      expect(fullJitter(attempt, backoff, () => 0.999_999)).toBe(29_999);
  });

  it("spreads hosts that failed together over the whole range", () => {
    let seed = 7;
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const tenths = new Set(
      Array.from({ length: 500 }, () => Math.floor(fullJitter(20, backoff, random) / 3_000)),
    );
    expect(tenths.size).toBe(10);
  });
});
