import type { Place } from "../../lint/subject.ts";
import type { Part } from "../../user-data/parse.ts";

/** Where user data says something: the name of the part, and the line in its text, counted from 1. */
export interface Named {
  readonly part: string;
  readonly line: number;
}

const lineStarts = (text: string): readonly number[] => [
  0,
  ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1),
];

/** How many of the ascending numbers are not above this one. */
const countUpTo = (numbers: readonly number[], limit: number): number => {
  let from = 0;
  let to = numbers.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? 0) <= limit) from = middle + 1;
    else to = middle;
  }
  return from;
};

/** Turns places into parts and lines, in any order; each part is walked once. */
export const lineFinder = (): ((place: Place) => Named) => {
  const known = new Map<Part, readonly number[]>();
  return ({ part, offset }) => {
    if (part === undefined) return { part: "", line: 1 };
    const starts = known.get(part) ?? lineStarts(part.text);
    known.set(part, starts);
    return { part: part.name, line: countUpTo(starts, offset) };
  };
};

/** A place so many lines further on in the same text. */
export const linesAfter = (place: Place, lines: number): Place => {
  let at = place.offset;
  for (let left = lines; left > 0; left -= 1) at = (place.part?.text.indexOf("\n", at) ?? -1) + 1 || at;
  return { ...place, offset: at };
};
