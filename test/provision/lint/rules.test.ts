import { describe, expect, it } from "vitest";
import { lintUserData } from "../../../provision/lint/lint.ts";
import type { Example } from "../../../provision/lint/rule.ts";
import { RULES } from "../../../provision/lint/rules.ts";

const found = (example: Example): readonly string[] => {
  const { text, context } = typeof example === "string" ? { text: example, context: {} } : example;
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return lintUserData(bytes, "user-data", context).findings.map(({ rule }) => rule);
};

const shown = (example: Example): string =>
  JSON.stringify(
    typeof example === "string" ? example : [String(example.text).slice(0, 200), example.context],
  );

describe("the rules", () => {
  it("are UD01 to UD46, each once", () => {
    const ids = Array.from({ length: 46 }, (_, at) => `UD${String(at + 1).padStart(2, "0")}`);
    expect(RULES.map(({ id }) => id)).toEqual(ids);
  });

  describe.each(RULES.map((rule) => [rule.id, rule] as const))(
    "%s",
    (id, { examples, title, why, sources }) => {
      it.each(examples.pass.map((example) => [shown(example), example] as const))(
        "passes %s",
        (_, example) => {
          expect(found(example)).not.toContain(id);
        },
      );

      it.each(examples.fail.map((example) => [shown(example), example] as const))(
        "finds %s",
        (_, example) => {
          expect(found(example)).toContain(id);
        },
      );

      it("says what and why, in a line each, and where that is from", () => {
        for (const text of [title, why]) expect(text).toMatch(/^\S.{3,160}$/);
        for (const source of sources) expect(URL.canParse(source)).toBe(true);
        expect(Math.min(examples.pass.length, examples.fail.length)).toBeGreaterThan(0);
      });
    },
  );
});
