/** Something that was measured beside the lines, and what it may be at the most, or must be at the least. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly limit?: { readonly least: number } | { readonly most: number };
}

export const holds = ({ value, limit }: Figure): boolean => {
  if (limit === undefined) return true;
  return "least" in limit ? value >= limit.least : value <= limit.most;
};

export const limitText = ({ limit }: Figure): string => {
  if (limit === undefined) return "";
  return "least" in limit ? `≥ ${amount(limit.least)}` : `≤ ${amount(limit.most)}`;
};

/** To three digits: more than that says nothing about a run that is never the same. */
export const amount = (value: number): string =>
  value >= 100 || Number.isInteger(value)
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(3)));

/** For people who read a run. */
export const sentence = (figure: Figure): string =>
  `${figure.what}: ${amount(figure.value)} ${figure.unit}${figure.limit === undefined ? "" : ` (${limitText(figure)})`}`;
