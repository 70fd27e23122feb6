/** A place in a text, both counted from 1; the column in characters, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Turns indexes into lines and columns. They must come in ascending order: the text is walked once, so that many
 * findings on one endless line do not each begin at its start.
 */
export const positions = (text: string): ((offset: number) => Position) => {
  let at = 0;
  let line = 1;
  let column = 1;
  return (offset) => {
    while (at < offset) {
      const code = text.codePointAt(at) ?? 0;
      at += code > 0xffff ? 2 : 1;
      column += 1;
      if (code !== 10) continue;
      line += 1;
      column = 1;
    }
    return { line, column };
  };
};
