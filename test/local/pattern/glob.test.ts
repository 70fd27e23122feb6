import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob } from "../../../agent/local/pattern/glob.ts";

describe("a text with asterisks", () => {
  it.each([
    ["abc", "abc", true],
    ["abc", "abcd", false],
    ["4*", "404", true],
    ["4*", "504", false],
    ["*.html*", "GET /index.html HTTP/1.0", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "a--b--c", true],
    ["a*b*c", "a--c--b", false],
    ["a**c", "abc", true],
    ["*", "", true],
    ["", "", true],
    ["", "x", false],
  ])("%j fits %j: %s", (pattern, text, expected) => {
    expect(compileGlob(pattern)(text)).toBe(expected);
  });

  it("means the same as the expression with .* in place of each asterisk", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 }), (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
        expect(compileGlob(pattern)(text)).toBe(same.test(text));
      }),
    );
  });
});
