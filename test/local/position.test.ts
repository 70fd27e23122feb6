import fc from "fast-check";
import { expect, it } from "vitest";
import { behind, comparePositions, parsePosition, positionText } from "../../agent/local/position.ts";

const position = fc.record({
  timestamp: fc.oneof(fc.nat(3), fc.maxSafeNat()),
  batch: fc.oneof(fc.nat(3), fc.maxSafeNat()),
  index: fc.nat(10_000),
});

it("the text of a position has 56 digits, sorts like the position and reads back", () => {
  fc.assert(
    fc.property(position, position, (a, b) => {
      const [first, second] = [positionText(a), positionText(b)];
      expect(first).toMatch(/^\d{56}$/);
      expect(parsePosition(first)).toEqual(a);
      expect(Math.sign(comparePositions(a, b))).toBe(first < second ? -1 : first > second ? 1 : 0);
    }),
  );
});

it("the boundary behind an event lies between it and the next one", () => {
  const event = { timestamp: 5, batch: 7, index: 1 };
  expect(comparePositions(event, behind(event))).toBeLessThan(0);
  expect(comparePositions(behind(event), { ...event, index: 2 })).toBe(0);
});

it.each(["", "1", "x".repeat(56), "9".repeat(56), "1".repeat(55), "1".repeat(57), `-${"1".repeat(55)}`])(
  "%j is no position",
  (text) => {
    expect(parsePosition(text)).toBeUndefined();
  },
);
