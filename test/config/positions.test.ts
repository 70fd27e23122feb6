import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { positions } from "../../agent/config/positions.ts";

describe("positions", () => {
  it("counts lines and columns from 1", () => {
    const position = positions("ab\n\ncd");
    expect([0, 1, 2, 3, 4, 5, 6].map(position)).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 1, column: 3 },
      { line: 2, column: 1 },
      { line: 3, column: 1 },
      { line: 3, column: 2 },
      { line: 3, column: 3 },
    ]);
  });

  it("counts characters, not halves of them", () => {
    expect(positions("😀é x")(4)).toEqual({ line: 1, column: 4 });
  });

  it("counts the carriage return of a line end as part of its line", () => {
    const position = positions("a\r\nb");
    expect(position(2)).toEqual({ line: 1, column: 3 });
    expect(position(3)).toEqual({ line: 2, column: 1 });
  });

  it("gives the same place for the same index", () => {
    const position = positions("a\nb");
    expect([position(2), position(2)]).toEqual([
      { line: 2, column: 1 },
      { line: 2, column: 1 },
    ]);
  });

  it("agrees with counting from the beginning each time", () => {
    const texts = fc.string({ unit: fc.constantFrom("a", "\n", "😀", "é", "\r\n"), maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat({ max: 70 })), (text, offsets) => {
        const position = positions(text);
        // Not in the middle of a character, where no finding can stand.
        const starts = [...text].map((_, at, all) => all.slice(0, at).join("").length);
        const sound = offsets.filter((offset) => starts.includes(offset)).toSorted((a, b) => a - b);
        for (const offset of sound) {
          const lines = text.slice(0, offset).split("\n");
          expect(position(offset)).toEqual({
            line: lines.length,
            column: [...(lines.at(-1) ?? "")].length + 1,
          });
        }
      }),
    );
  });
});
