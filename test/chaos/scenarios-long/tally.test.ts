import { describe, expect, it } from "vitest";
import { SerialForm } from "./serial-line.ts";
import { Tally } from "./tally.ts";

const form = new SerialForm(200);
const line = (sequence: number): string => form.text({ writer: 3, sequence, at: 1_790_000_000_000 });

const tallyOf = (...sequences: readonly number[]): Tally => {
  const tally = new Tally(form);
  for (const sequence of sequences) tally.take(3, line(sequence), 1);
  return tally;
};

describe("lines that can be made again from their number", () => {
  it.each([60, 200, 1_000])("are as long as asked for: %i bytes", (bytes) => {
    const made = new SerialForm(bytes);
    const text = made.text({ writer: 12, sequence: 34, at: 56 });
    expect(Buffer.byteLength(text)).toBe(bytes - 1);
    expect(made.parse(text)).toEqual({ writer: 12, sequence: 34, at: 56 });
  });

  it("are not taken for right when something is cut off, added or altered", () => {
    const text = line(7);
    const wrong = [
      text.slice(1),
      `${text}x`,
      text.slice(0, -1),
      text.replace("red", "rad"),
      text.replace("7 at", "8 at"),
    ];
    for (const other of wrong) expect(form.parse(other)).toBeUndefined();
  });
});

describe("a tally", () => {
  it("is content with what comes once and in order", () => {
    const tally = tallyOf(0, 1, 2);
    expect(tally.missing(3, 3)).toBe(0);
    expect(tally).toMatchObject({ delivered: 3, duplicated: 0, reordered: 0, corrupt: 0, findings: [] });
  });

  it("misses what did not come: in the middle, at the end, and all of it", () => {
    expect(tallyOf(0, 3, 4, 6).missing(3, 8)).toBe(4);
    expect(tallyOf().missing(3, 5)).toBe(5);
    expect(tallyOf(2, 3).missing(3, 4)).toBe(2);
  });

  it("tells what comes late from what comes twice", () => {
    const tally = tallyOf(0, 5, 3, 3, 0);
    expect(tally).toMatchObject({ delivered: 3, reordered: 1, duplicated: 2 });
    expect(tally.missing(3, 6)).toBe(3);
  });

  it("notices what is altered, what is in the wrong stream, and what is dated back", () => {
    const tally = tallyOf(0);
    tally.take(3, line(1).replace("red", "rad"), 1);
    tally.take(4, line(1), 1);
    tally.take(3, line(1), 0);
    expect(tally).toMatchObject({ corrupt: 2, reordered: 1, delivered: 2 });
  });
});
