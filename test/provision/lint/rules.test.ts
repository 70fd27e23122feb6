import { describe, expect, it } from "vitest";
import { lintUserData } from "../../../provision/lint/lint.ts";
import type { Example } from "../../../provision/lint/rule.ts";
import { RULES } from "../../../provision/lint/rules.ts";
import { holds } from "../rules-hold.ts";

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
  it("are UD01 to UD47, each once", () => {
    const ids = Array.from({ length: 47 }, (_, at) => `UD${String(at + 1).padStart(2, "0")}`);
    expect(RULES.map(({ id }) => id)).toEqual(ids);
  });

  describe.each(RULES.map((rule) => [rule.id, rule] as const))("%s", (_, rule) => holds(rule, found, shown));
});
