import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../agent/local/pattern/pattern.ts";
import { refusalOf } from "./refused.ts";

const LINES = [
  "[ERROR 400] BAD REQUEST",
  "[ERROR 401] UNAUTHORIZED REQUEST",
  "[ERROR 419] MISSING ARGUMENTS",
  "[ERROR 420] INVALID ARGUMENTS",
  "[INFO] REQUEST FAILED",
  '[WARN] he said "INTERNAL SERVER ERROR"',
  "one",
] as const;

const matched = (pattern: string) =>
  LINES.flatMap((line, index) => (compilePattern(pattern)(line) ? index : []));

describe("terms", () => {
  it.each([
    ["everything without a pattern", "", [0, 1, 2, 3, 4, 5, 6]],
    ["everything for blanks", "  \t ", [0, 1, 2, 3, 4, 5, 6]],
    ["everything for a blank phrase", '" "', [0, 1, 2, 3, 4, 5, 6]],
    ["everything for an empty phrase", '""', [0, 1, 2, 3, 4, 5, 6]],
    ["a term anywhere in the message, also inside a word", "AUTHORIZED", [1]],
    ["all terms in any order", "ARGUMENTS ERROR", [2, 3]],
    ["a phrase as it stands", '"BAD REQUEST"', [0]],
    ["a phrase with quotes in it", String.raw`"\"INTERNAL SERVER"`, [5]],
    ["a phrase with brackets", '"[INFO]"', [4]],
    ["a phrase and a term", '"[ERROR" INVALID', [3]],
    ["all but an excluded term", "ERROR -ARGUMENTS", [0, 1, 5]],
    ["all but an excluded phrase", 'REQUEST -"BAD REQUEST"', [1, 4]],
    ["what an exclusion alone leaves", "-REQUEST", [2, 3, 5, 6]],
    ["any of the optional terms", "?UNAUTHORIZED ?MISSING", [1, 2]],
    ["an optional phrase", '?"BAD REQUEST" ?one', [0, 6]],
    [
      "the other terms when there are any: optional ones are then ignored",
      "?UNAUTHORIZED ?MISSING REQUEST",
      [0, 1, 4],
    ],
    ["exclusions when there are any: optional ones are then ignored", "?INVALID -REQUEST", [2, 3, 5, 6]],
    ["what a regular expression finds", "%4[0-9]{2}%", [0, 1, 2, 3]],
    ["regular expressions and terms together", "%4[01]% REQUEST -%40.%", []],
    ["an optional regular expression", "?%^one$% ?%MISS%", [2, 6]],
    ["an excluded regular expression", "-%[A-Z]%", [6]],
  ] as const)("match %s: %s", (_, pattern, expected) => {
    expect(matched(pattern)).toEqual(expected);
  });

  it("respect case", () => {
    expect(compilePattern("error")("ERROR")).toBe(false);
  });

  it("may be of any script", () => {
    expect(compilePattern("größe 日本")("die größe von 日本")).toBe(true);
  });

  it.each([
    "hello-world",
    "ERR*",
    "a.b",
    '"open',
    "a:",
    "-",
    "?",
    "- x",
    "--x",
    "&&",
    "%",
    "%a",
    "$.a",
    "'x'",
  ])("refuse %j: anything but letters, digits and underscores is quoted", (pattern) => {
    const refusal = refusalOf(() => compilePattern(pattern));
    expect(refusal).toMatchObject({ type: "InvalidParameterException", status: 400 });
    expect(refusal?.message).toMatch(/^Invalid /);
  });

  it("may not be longer than 1,024 characters", () => {
    expect(refusalOf(() => compilePattern("x".repeat(1_024)))).toBeUndefined();
    expect(refusalOf(() => compilePattern("x".repeat(1_025)))?.type).toBe("InvalidParameterException");
  });
});

describe("for any terms and any message", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "_", "ß"), minLength: 1, maxLength: 3 });
  const message = fc.string({
    unit: fc.constantFrom("a", "b", "c", "1", "_", "ß", " ", '"', "\\"),
    maxLength: 12,
  });
  const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;

  it("all are contained, none of the excluded is", () => {
    fc.assert(
      fc.property(fc.array(word), fc.array(word), message, (wanted, excluded, text) => {
        const pattern = [...wanted, ...excluded.map((term) => `-${term}`)].join(" ");
        const expected =
          wanted.every((term) => text.includes(term)) && !excluded.some((term) => text.includes(term));
        expect(compilePattern(pattern)(text)).toBe(expected);
      }),
    );
  });

  it("one of the optional ones is contained", () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), message, (terms, text) => {
        const pattern = terms.map((term) => `?${term}`).join(" ");
        expect(compilePattern(pattern)(text)).toBe(terms.some((term) => text.includes(term)));
      }),
    );
  });

  it("a phrase is contained, whatever characters it is of", () => {
    fc.assert(
      fc.property(
        message.filter((text) => text.trim() !== ""),
        message,
        (phrase, text) => {
          expect(compilePattern(quote(phrase))(text)).toBe(text.includes(phrase));
        },
      ),
    );
  });
});
