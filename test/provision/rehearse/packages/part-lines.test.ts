import fc from "fast-check";
import { expect, it } from "vitest";
import { lineFinder, linesAfter } from "../../../../provision/rehearse/packages/part-lines.ts";
import { parseUserData } from "../../../../provision/user-data/parse.ts";

it("a line is one more than the line ends before it, in whichever order it is asked for", () => {
  const text = fc.array(fc.constantFrom("a", "\n", "\r\n", "é", " "), { maxLength: 60 });
  fc.assert(
    fc.property(text, fc.array(fc.nat(80)), (pieces, offsets) => {
      const [part] = parseUserData(Buffer.from(`#!/bin/sh\n${pieces.join("")}`)).parts;
      const find = lineFinder();
      for (const offset of offsets.filter((each) => part !== undefined && each <= part.text.length)) {
        const line = part?.text.slice(0, offset).split("\n").length ?? 0;
        const place = { offset, ...(part && { part }) };
        expect(find(place)).toEqual({ part: part?.name, line });
        const last = part?.text.split("\n").length ?? 0;
        expect(find(linesAfter(place, 2)).line).toBe(Math.min(line + 2, last));
      }
    }),
  );
});
