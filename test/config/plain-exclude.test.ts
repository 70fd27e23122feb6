import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { plainExclude } from "../../agent/config/plain-exclude.ts";

describe("plainExclude", () => {
  it.each([
    ["debug", ["*debug*"]],
    ["^debug", ["debug*"]],
    ["\\.gz$", ["*.gz"]],
    ["^app\\.log$", ["app.log"]],
    ["a.*b", ["*a*b*"]],
    ["^a.b$", ["a?b"]],
    ["^.+\\.tmp$", ["?*.tmp"]],
    ["^a|b$|c", ["a*", "*b", "*c*"]],
    ["x\\-y_z w", ["*x-y_z w*"]],
    [".*", ["*"]],
  ])("%s is %j", (expression, globs) => {
    expect(plainExclude(expression)).toEqual(globs);
  });

  it.each([
    "",
    "^",
    "^$",
    "|a",
    "a|",
    "[0-9]",
    "a+",
    "a*",
    "a?",
    "(a|b)",
    "\\d",
    "a{2}",
    "(?i)a",
    "a$b",
    "a^b",
    ".*?",
    "a\nb",
    "a/b",
    "{a,b}",
    "\\\\",
    "(",
    "!x",
  ])("%j cannot be said in globs", (expression) => {
    expect(plainExclude(expression)).toBeUndefined();
  });

  it("leaves out the same names as the regular expression", () => {
    const piece = fc.constantFrom("a", "b", "1", "-", "_", " ", "\\.", "\\-", ".", ".*", ".+");
    const alternative = fc
      .tuple(
        fc.constantFrom("", "^"),
        fc.array(piece, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("", "$"),
      )
      .map(([start, pieces, end]) => start + pieces.join("") + end);
    const expressions = fc.array(alternative, { minLength: 1, maxLength: 3 }).map((all) => all.join("|"));
    // In the library for globs a star behind a dot wants at least one character, so `a.` is apart.
    const names = fc
      .string({ unit: fc.constantFrom("a", "b", "1", "-", "_", " ", "."), minLength: 1, maxLength: 6 })
      .filter((name) => !name.endsWith("."));
    fc.assert(
      fc.property(expressions, fc.array(names, { minLength: 1, maxLength: 5 }), (expression, some) => {
        const globs = plainExclude(expression);
        if (globs === undefined) return;
        for (const name of some)
          expect(
            globs.some((glob) => picomatch(glob, { dot: true })(name)),
            `${expression} as ${globs.join(" ")} on ${JSON.stringify(name)}`,
          ).toBe(new RegExp(expression, "s").test(name));
      }),
      { numRuns: 3_000 },
    );
  });
});
