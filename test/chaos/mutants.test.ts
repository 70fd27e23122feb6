import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { applied, MUTANTS } from "./mutants.ts";

const source = (file: string): string => readFileSync(join(import.meta.dirname, "../..", file), "utf8");

/** `npm run chaos -- --mutants` builds them and runs them; here they must still fit the source. */
describe("faults that are put in on purpose", () => {
  it.each(MUTANTS)("$name", ({ edits }) => {
    for (const edit of edits) expect(applied(source(edit.file), edit)).not.toBe(source(edit.file));
  });

  it("say when the source has moved on", () => {
    const edit = { file: "a.ts", find: "here", put: "there" };
    expect(() => applied("nowhere else", { ...edit, find: "gone" })).toThrow("a.ts holds 0 times");
    expect(() => applied("here and here", edit)).toThrow("a.ts holds 2 times");
  });
});
