import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../agent/base/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["90s", 90_000],
    ["1.5m", 90_000],
    ["500ms", 500],
    ["2h", 7_200_000],
    ["60", 60_000],
    [" 5s ", 5_000],
    ["0", 0],
    ["0.25", 250],
  ])("reads %j as %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    "",
    " ",
    "s",
    "-5s",
    "+5s",
    "5 s",
    "5d",
    "1e3",
    "5S",
    "1h30m",
    ".5s",
    "5.s",
    "Infinity",
    "0x10",
    "1,5s",
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0 ms"],
    [850, "850 ms"],
    [999.4, "999 ms"],
    [999.6, "1.0 s"],
    [1_000, "1.0 s"],
    [12_340, "12.3 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 0 s"],
    [245_000, "4 min 5 s"],
    [119_700, "2 min 0 s"],
    [3_599_400, "59 min 59 s"],
    [3_599_600, "1 h 0 min"],
    [12_000_000, "3 h 20 min"],
    [7_199_999, "2 h 0 min"],
    [90_000_000, "25 h 0 min"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("never shows 60 of a unit, or 1000 ms", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        expect(formatDuration(ms)).not.toMatch(/\b60(\.0)? (s|min)\b|\b1000 ms/);
      }),
    );
  });

  it("says a time that is as long as the one it was given", () => {
    const read = (text: string): number =>
      [...text.matchAll(/([\d.]+) (ms|s|min|h)/g)].reduce(
        (sum, [, number, unit = ""]) =>
          sum + Number(number) * ({ ms: 1, s: 1e3, min: 6e4, h: 36e5 }[unit] ?? 0),
        0,
      );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        // 30 s from one hour on, half a unit below that.
        expect(Math.abs(read(formatDuration(ms)) - ms)).toBeLessThanOrEqual(ms >= 3_599_500 ? 30_500 : 500);
      }),
    );
  });
});
