/** Left or right: words on the left edge of their column, numbers on the right one. */
export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** Shortened from the front first when the lines get too long: the end of a path says more than its beginning. */
  readonly shrinks?: boolean;
}

const GAP = "  ";

/** Lines of text in columns, not wider than `width` as far as the shrinking columns allow. */
export const table = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] => {
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] ?? "").length)),
  );
  let excess = widths.reduce((sum, w) => sum + w + GAP.length, -GAP.length) - width;
  columns.forEach(({ shrinks, title }, at) => {
    const own = widths[at] ?? 0;
    if (!shrinks || excess <= 0) return;
    const less = Math.min(excess, Math.max(0, own - Math.max(title.length, 16)));
    widths[at] = own - less;
    excess -= less;
  });
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => fitted(cells[at] ?? "", widths[at] ?? 0, align === "right"))
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
};

const fitted = (text: string, width: number, right: boolean): string => {
  const shown = text.length > width ? `…${text.slice(text.length - width + 1)}` : text;
  return right ? shown.padStart(width) : shown.padEnd(width);
};
