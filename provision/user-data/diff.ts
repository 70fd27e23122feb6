import { explainUserData } from "./explain.ts";
import type { Part, UserData } from "./parse.ts";

/** One line of a comparison: `-` only before, `+` only after, a blank for both. */
export interface Line {
  readonly sign: "-" | "+" | " ";
  readonly text: string;
}

/** A difference that somebody would want to read. */
export interface Difference {
  /** The part, or empty for what is around the parts. */
  readonly part: string;
  readonly lines: readonly Line[];
}

/** Beyond that many cells the middle of a comparison is taken as replaced. */
const MOST_CELLS = 4_000_000;

/** The shortest way from one list of lines to the other. */
export const lineDiff = (before: readonly string[], after: readonly string[]): readonly Line[] => {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end += 1;
  const same = (lines: readonly string[]): Line[] => lines.map((text) => ({ sign: " ", text }));
  return [
    ...same(before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(end === 0 ? [] : before.slice(-end)),
  ];
};

const middle = (a: readonly string[], b: readonly string[]): readonly Line[] => {
  const removed = a.map((text): Line => ({ sign: "-", text }));
  const added = b.map((text): Line => ({ sign: "+", text }));
  if (a.length * b.length > MOST_CELLS || a.length === 0 || b.length === 0) return [...removed, ...added];
  // common[i][j]: how many lines a from i on and b from j on have in common.
  const common = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row !== undefined)
        row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(removed[i++] as Line);
    else lines.push(added[j++] as Line);
  }
  return lines;
};

const CONTEXT_LINES = 3;

/** Only what is near a change. */
const nearChanges = (lines: readonly Line[]): readonly Line[] =>
  lines.filter((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT_LINES), at + CONTEXT_LINES + 1).some(({ sign }) => sign !== " "),
  );

const textLines = (part: Part | undefined): readonly string[] =>
  part === undefined ? [] : [`(${part.type})`, ...part.text.replace(/\n$/, "").split("\n")];

/** What is around the parts, and the order in which they run, as lines. */
const outline = (data: UserData): readonly string[] => {
  const { layers, raw_bytes, order } = explainUserData(data);
  return [`${raw_bytes} bytes`, `inside of: ${layers.join(", ") || "nothing"}`, `order: ${order.join(", ")}`];
};

/**
 * What differs between two user data in what cloud-init makes of them: parts are compared by name and decoded, so
 * that a boundary or a line length of base64 is no difference. Empty when they do the same. Pure.
 */
export const diffUserData = (before: UserData, after: UserData): readonly Difference[] => {
  const names = [...new Set([...before.parts, ...after.parts].map(({ name }) => name))];
  const found = names.map((part) => {
    const of = ({ parts }: UserData) => textLines(parts.find(({ name }) => name === part));
    return { part, lines: nearChanges(lineDiff(of(before), of(after))) };
  });
  const parts = found.filter(({ lines }) => lines.length > 0);
  const around = lineDiff(outline(before), outline(after)).filter(({ sign }) => sign !== " ");
  const reordered = around.some(({ text }) => text.startsWith("order:"));
  return parts.length === 0 && !reordered
    ? []
    : [...(around.length > 0 ? [{ part: "", lines: around }] : []), ...parts];
};
