import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../agent/local/pattern/pattern.ts";
import { browserModule } from "./browser-module.ts";

interface Piece {
  readonly kind: string;
  readonly text: string;
  readonly path: string;
}
const { layOut, patternFor } = await browserModule<{
  readonly layOut: (message: string) => readonly Piece[] | undefined;
  readonly patternFor: (piece: Piece) => string;
}>("json-view.js");

const textOf = (message: string) =>
  layOut(message)
    ?.map(({ text }) => text)
    .join("");
const objects = fc.object({
  maxDepth: 3,
  values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
});

describe("a JSON message, laid out", () => {
  it("looks like what the standard printer makes of it", () => {
    fc.assert(
      fc.property(objects, (value) => {
        expect(textOf(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it("keeps large numbers, their spelling and double keys", () => {
    expect(textOf('{"id":12345678901234567890,"n":1.0e+2,"id":null}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "n": 1.0e+2,\n  "id": null\n}',
    );
  });

  it.each(["plain", '"text"', "17", "{", '{"a":1} trailing', "[".repeat(200) + "]".repeat(200)])(
    "leaves %j as it came",
    (message) => expect(layOut(message)).toBeUndefined(),
  );

  it("gives for every value a pattern that finds the event", () => {
    fc.assert(
      fc.property(objects, (value) => {
        const message = JSON.stringify(value);
        for (const piece of layOut(message) ?? []) {
          const pattern = patternFor(piece);
          if (pattern !== "") expect(compilePattern(pattern)(message), pattern).toBe(true);
        }
      }),
    );
  });

  it("names values in arrays and under names with spaces", () => {
    const patterns = (layOut('{"a b":[{"c":"x"},2],"d":true}') ?? [])
      .map(patternFor)
      .filter((text) => text !== "");
    expect(patterns).toEqual([`{ $['a b'][0].c = "x" }`, `{ $['a b'][1] = 2 }`, "{ $.d IS TRUE }"]);
  });
});
