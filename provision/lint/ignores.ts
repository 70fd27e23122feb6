import { linesOf } from "../user-data/text-lines.ts";

/** A wish in the file not to hear of a rule, which must say why. */
export interface Ignore {
  readonly ids: readonly string[];
  /** The lines it is for, counted from 1; undefined for the whole file. */
  readonly lines: ReadonlySet<number> | undefined;
  readonly line: number;
  readonly reason: string;
}

const COMMENT =
  /#\s*provision-lint:\s*(ignore-file|ignore)\s+([A-Z]{2}\d+(?:\s*,\s*[A-Z]{2}\d+)*)\s*(?:--\s*(.*?))?\s*$/;

/**
 * `# provision-lint: ignore UD22 -- reason` behind a line or alone above it, and `ignore-file` for all lines. The
 * reason may be empty here; whoever uses it says that it is missing.
 */
export const ignoresIn = (text: string): readonly Ignore[] =>
  linesOf(text).flatMap(({ text: line, number }): Ignore[] => {
    const [, kind, ids = "", reason = ""] = COMMENT.exec(line.trimEnd()) ?? [];
    if (kind === undefined) return [];
    const alone = line.trimStart().startsWith("#");
    const lines = kind === "ignore" ? new Set(alone ? [number, number + 1] : [number]) : undefined;
    return [{ ids: ids.split(/\s*,\s*/), lines, line: number, reason }];
  });
