import { expect, it } from "vitest";
import type { RuleText } from "../../provision/lint/rule.ts";

interface Exemplified<Example> extends RuleText {
  readonly id: string;
  readonly examples: { readonly pass: readonly Example[]; readonly fail: readonly Example[] };
}

/** The tests of one rule: it says what it should, and its examples are what it says of them. */
export const holds = <Example>(
  { id, examples, title, why, sources }: Exemplified<Example>,
  found: (example: Example) => readonly string[],
  shown: (example: Example) => string,
): void => {
  it.each(examples.pass.map((example) => [shown(example), example] as const))("passes %s", (_, example) => {
    expect(found(example)).not.toContain(id);
  });

  it.each(examples.fail.map((example) => [shown(example), example] as const))("finds %s", (_, example) => {
    expect(found(example)).toContain(id);
  });

  it("says what and why, in a line each, and where that is from", () => {
    for (const text of [title, why]) expect(text).toMatch(/^\S.{3,160}$/);
    for (const source of sources) expect(URL.canParse(source)).toBe(true);
    expect(Math.min(examples.pass.length, examples.fail.length)).toBeGreaterThan(0);
  });
};
