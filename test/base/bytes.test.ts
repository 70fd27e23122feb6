import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBytes, formatCount } from "../../agent/base/bytes.ts";

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [812, "812 B"],
    [999, "999 B"],
    [1_000, "0.98 KiB"],
    [1_024, "1.00 KiB"],
    [10_239, "10.0 KiB"],
    [1_478_492, "1.41 MiB"],
    [1_023_999, "0.98 MiB"],
    [5 * 1_024 ** 4, "5.00 TiB"],
    [5_000 * 1_024 ** 4, "5000.0 TiB"],
    [-2_048, "-2.00 KiB"],
    [-204_800, "-200.0 KiB"],
  ])("%i is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it("never needs more than three digits before the point, and stays near the value", () => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900 * 1_024 ** 4 }), (bytes) => {
        const [number = "", unit = ""] = formatBytes(bytes).split(" ");
        expect(number).toMatch(/^\d{1,3}(\.\d\d?)?$/);
        const value = Number(number) * 1_024 ** units.indexOf(unit);
        expect(Math.abs(value - bytes)).toBeLessThanOrEqual(bytes * 0.006);
      }),
    );
  });
});

describe("formatCount", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [12_345, "12,345"],
    [1_234_567, "1,234,567"],
  ])("%i is %s, whatever the locale of the machine", (count, text) => {
    expect(formatCount(count)).toBe(text);
  });
});
