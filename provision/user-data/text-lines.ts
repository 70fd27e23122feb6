/** A line of a text with its end. */
export interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** Index into the text. */
  readonly offset: number;
}

/** The lines of a text, each with its end: LF, CRLF or CR, as Python's readers see them. */
export const linesOf = (text: string): readonly Line[] => {
  const lines: Line[] = [];
  for (const { 0: line, index } of text.matchAll(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g))
    lines.push({ text: line, number: lines.length + 1, offset: index });
  return lines;
};
