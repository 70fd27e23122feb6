import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { browserModule } from "./browser-module.ts";

const { termsOf, spansOf } = await browserModule<{
  readonly termsOf: (pattern: string) => readonly string[];
  readonly spansOf: (text: string, terms: readonly string[]) => readonly (readonly [number, number])[];
}>("terms.js");

describe("what is marked in a message", () => {
  it.each([
    ["ERROR timeout", ["ERROR", "timeout"]],
    ['?ERROR -debug "out of \\"memory\\""', ["ERROR", 'out of "memory"']],
    ["%5\\d\\d% ERROR", ["ERROR"]],
    ["{ $.a = 1 }", []],
    ["[a, b = 1]", []],
    ["  ", []],
  ])("is for %j: %j", (pattern, terms) => expect(termsOf(pattern)).toEqual(terms));

  it("is in order, without overlaps, and where the term is", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 });
    const terms = fc.array(
      letters.filter((term) => term !== ""),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(letters, terms, (text, wanted) => {
        let end = 0;
        for (const [from, to] of spansOf(text, wanted)) {
          expect(from).toBeGreaterThanOrEqual(end);
          expect(wanted).toContain(text.slice(from, to));
          end = to;
        }
      }),
    );
  });
});
