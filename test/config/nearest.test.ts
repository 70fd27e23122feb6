import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance, nearest } from "../../agent/config/nearest.ts";

describe("distance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "abd", 1],
    ["abc", "abcd", 1],
    ["abc", "ac", 1],
    ["ab", "ba", 1],
    ["kitten", "sitting", 3],
    ["regoin", "region", 1],
    ["ca", "abc", 3],
  ])("%j to %j is %i", (a, b, far) => {
    expect(distance(a, b)).toBe(far);
  });

  it("is the same both ways, nothing only between equals, and at most the longer word", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "_"), maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const far = distance(a, b);
        expect(distance(b, a)).toBe(far);
        expect(far === 0).toBe(a === b);
        expect(far).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(far).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe("nearest", () => {
  const KEYS = [
    "file_path",
    "log_group_name",
    "log_group_class",
    "log_stream_name",
    "retention_in_days",
    "exclude",
  ];

  it.each([
    ["file_paht", "file_path"],
    ["filePath", "file_path"],
    ["File Path", "file_path"],
    ["file-path", "file_path"],
    ["FILE_PATH", "file_path"],
    ["log_group", "log_group_name"],
    ["logGroup", "log_group_name"],
    ["log_steam_name", "log_stream_name"],
    ["retention_days", "retention_in_days"],
    ["retention", "retention_in_days"],
    ["excludes", "exclude"],
    ["log_group_nam", "log_group_name"],
  ])("%s is nearest to %s", (word, key) => {
    expect(nearest(word, KEYS)).toBe(key);
  });

  it.each(["", "metrics", "xyzzy", "path", "log_", "a".repeat(65), "file_path".repeat(50)])(
    "%j is near to none",
    (word) => {
      expect(nearest(word, KEYS)).toBeUndefined();
    },
  );

  it("finds every word with one letter wrong", () => {
    fc.assert(
      fc.property(fc.constantFrom(...KEYS), fc.nat(), fc.constantFrom("x", "", "qq"), (key, at, put) => {
        const index = at % key.length;
        expect(nearest(key.slice(0, index) + put + key.slice(index + 1), KEYS)).toBeDefined();
      }),
    );
  });

  it("has nothing to offer from an empty list", () => {
    expect(nearest("file_path", [])).toBeUndefined();
  });

  it("offers the first of those that are equally near", () => {
    expect(nearest("lag", ["log", "lug"])).toBe("log");
  });
});
