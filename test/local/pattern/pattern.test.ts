import fc from "fast-check";
import { expect, it } from "vitest";
import { compilePattern } from "../../../agent/local/pattern/pattern.ts";
import { refusalOf } from "./refused.ts";

/** Text that looks like a pattern often enough to get far into the parsers. */
const pieces = [
  ..."{}[]()$.*%\"'\\=!<>&|,?- ",
  "...",
  "$.a",
  "&&",
  "||",
  "IS NULL",
  "NOT EXISTS",
  "word",
  "1e3",
  "[0]",
  "['k']",
  "%x+%",
  "\u0000",
  "\ud800",
  "é",
] as const;
const structured = fc
  .tuple(
    fc.constantFrom("", "{ $.a", "{", "[", "[a,"),
    fc.array(fc.constantFrom(...pieces), { maxLength: 12 }),
  )
  .map(([start, rest]) => start + rest.join(""));
const anyPattern = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), structured);
const anyMessage = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.constantFrom('{"a":1}', '{"a":[null,{"k":"x"}]}', '1 "2 3" [4] 5', '"', "["),
);

it("any text is a pattern or an invalid parameter, and never another error", () => {
  fc.assert(
    fc.property(anyPattern, anyMessage, (pattern, message) => {
      const refusal = refusalOf(() => {
        expect(typeof compilePattern(pattern)(message)).toBe("boolean");
      });
      if (refusal !== undefined)
        expect(refusal).toMatchObject({ type: "InvalidParameterException", status: 400 });
    }),
    { numRuns: 3_000 },
  );
});

it("a pattern that was compiled stays the same from message to message", () => {
  fc.assert(
    fc.property(anyPattern, anyMessage, anyMessage, (pattern, first, second) => {
      refusalOf(() => {
        const test = compilePattern(pattern);
        const answers = [test(first), test(second)];
        expect([test(first), test(second)]).toEqual(answers);
      });
    }),
    { numRuns: 1_000 },
  );
});
