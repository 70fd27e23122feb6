import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRegex } from "../../../agent/local/pattern/regex.ts";
import { refusalOf } from "./refused.ts";

describe("a regular expression", () => {
  it.each([
    ["^[hc]at", "hat trick", true],
    ["^[hc]at", "a hat", false],
    ["[hc]at$", "the cat", true],
    ["[hc]at$", "cats", false],
    ["colou?r", "color", true],
    ["colou?r", "colour", true],
    ["colou?r", "colouur", false],
    ["[abcx-z]", "-y-", true],
    ["[abcx-z]", "-d-", false],
    ["[^c]", "ccc", false],
    ["[^c]", "cbc", true],
    ["^a{3,5}$", "aa", false],
    ["^a{3,5}$", "aaa", true],
    ["^a{3,5}$", "aaaaaa", false],
    ["^a{3,}$", "aaaaaa", true],
    ["^a{3,}$", "aa", false],
    ["^a{,2}$", "", true],
    ["^a{,2}$", "aa", true],
    ["^a{,2}$", "aaa", false],
    ["^a{2}$", "aa", true],
    ["gra|ey", "grey", true],
    ["^starting|^initializing|^shutting down", "shutting down now", true],
    ["^starting|^initializing|^shutting down", "skipping initializing", false],
    [String.raw`\[.\]`, "a [7] b", true],
    [String.raw`\[.\]`, "a 7 b", false],
    [String.raw`10\.10\.0\.1`, "10.10.0.1", true],
    [String.raw`10\.10\.0\.1`, "10010,051", false],
    ["10.10.0.1", "10010,051", true],
    ["ab*c", "ac", true],
    ["ab+c", "ac", false],
    ["ab+c", "abbbc", true],
    ["^.at$", " at", true],
    [String.raw`^\d$`, "7", true],
    [String.raw`^\D$`, "7", false],
    [String.raw`^\s\S\w\W$`, "\tx_-", true],
    [String.raw`\x3A`, "key:value", true],
    [String.raw`\x28\x25\x29`, "(%)", true],
    [String.raw`a\-b\\`, "a-b\\", true],
    [String.raw`[\]]`, "]", true],
    ["a|", "b", true],
    ["$", "anything", true],
  ])("%s on %j: %s", (source, text, expected) => {
    expect(compileRegex(source)(text)).toBe(expected);
  });

  it.each([
    ["something!", "an unsupported symbol"],
    ["(ab)+", "groups"],
    [String.raw`\(ab\)`, "escaped parentheses"],
    ["café", "letters of more than one byte"],
    [String.raw`\é`, "escaped letters of more than one byte"],
    [String.raw`\!`, "an escaped symbol that is not supported"],
    [String.raw`\p`, "an unknown escape"],
    [String.raw`\b`, "word boundaries"],
    [String.raw`\1`, "back references"],
    ["a\\", "an escape of nothing"],
    ["[abc", "an open bracket"],
    ["[]", "an empty bracket"],
    ["[^]", "an empty negated bracket"],
    ["[z-a]", "a range out of order"],
    ["a{3", "an open brace"],
    ["a{x}", "a brace without numbers"],
    ["a{,}", "a brace without any number"],
    ["a{5,3}", "bounds out of order"],
    ["*a", "nothing to repeat"],
    ["a**", "a repetition of a repetition"],
    ["^*", "a repeated anchor"],
    ["a{9999}", "more than a thousand steps"],
    [`${"a{900}|".repeat(2)}b`, "more than a thousand steps over all alternatives"],
    ["", "nothing at all"],
  ])("%j is refused: %s", (source) => {
    expect(refusalOf(() => compileRegex(source))).toMatchObject({
      type: "InvalidParameterException",
      message: expect.stringContaining("Invalid regular expression"),
    });
  });

  it("takes time linear in the text where backtracking takes for ever", () => {
    const test = compileRegex("a*a*a*a*a*a*a*a*a*a*b");
    const text = "a".repeat(100_000);
    const start = performance.now();
    expect(test(text)).toBe(false);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("means the same as one of the language", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", String.raw`\d`, String.raw`\w`, "c");
    const repeated = fc
      .tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,2}", "{2,}"))
      .map(([what, times]) => what + times);
    const sequence = fc
      .tuple(
        fc.constantFrom("", "^"),
        fc.array(repeated, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("", "$"),
      )
      .map(([start, parts, end]) => start + parts.join("") + end);
    const source = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|"));
    const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1"), maxLength: 8 });
    fc.assert(
      fc.property(source, text, (expression, subject) => {
        expect(compileRegex(expression)(subject)).toBe(new RegExp(expression).test(subject));
      }),
      { numRuns: 500 },
    );
  });

  it("is compiled or refused, whatever its text", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."ab^$?[]{}|\\*+.,-09xd ("), maxLength: 20 }),
    );
    fc.assert(
      fc.property(text, fc.string({ maxLength: 10 }), (source, subject) => {
        refusalOf(() => compileRegex(source)(subject));
      }),
      { numRuns: 1_000 },
    );
  });
});
