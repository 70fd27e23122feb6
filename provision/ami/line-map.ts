import type { Key } from "./recipe.ts";

/** Where a line of what the runner runs comes from. */
export type Origin =
  /** A line of a file that the user has written. */
  | { readonly kind: "file"; readonly path: string; readonly line: number }
  /** A line of a text in host.yaml, counted from the first line of that text. */
  | { readonly kind: "inline"; readonly key: Key; readonly line: number; readonly lines: number }
  /** It was made from what stands there. */
  | { readonly kind: "step"; readonly key: Key };

/** Lines of one file, both ends included, and where the first one comes from; the others follow it. */
export interface LineRange {
  /** As seen from the directory of the runner. */
  readonly file: string;
  readonly first: number;
  readonly last: number;
  readonly origin: Origin;
}

/** Where a line of a file of the runner comes from; undefined for what belongs to no step. */
export const originOf = (ranges: readonly LineRange[], file: string, line: number): Origin | undefined => {
  const range = ranges.find((one) => one.file === file && one.first <= line && line <= one.last);
  if (range === undefined) return undefined;
  const { origin } = range;
  return origin.kind === "step" ? origin : { ...origin, line: origin.line + line - range.first };
};

export interface Position {
  readonly file: string;
  readonly line: number;
}

/**
 * The file and the line that a user knows. For a text in host.yaml this is exact where it is one line beside its key, or
 * a block that begins with `|`.
 *
 * @param positionOf where a key is in host.yaml
 */
export const placeOf = (origin: Origin, positionOf: (key: Key) => Position): Position => {
  if (origin.kind === "file") return { file: origin.path, line: origin.line };
  const { file, line } = positionOf(origin.key);
  return origin.kind === "inline" && origin.lines > 1 ? { file, line: line + origin.line } : { file, line };
};
