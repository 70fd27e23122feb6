/** One piece of a regular expression that a glob can say too. */
const PIECE = /\.\*|\.\+|\.|\\[.\-_+]|[\w\- ]|(.)/gsu;

const globPiece = (piece: string): string => {
  if (piece === ".*") return "*";
  if (piece === ".+") return "?*";
  if (piece === ".") return "?";
  return piece.replace("\\", "");
};

/**
 * A regular expression over base names as globs that match the same names, or undefined where globs cannot say it.
 * Alternatives at the top level give a glob each.
 */
export const plainExclude = (expression: string): readonly string[] | undefined => {
  const globs: string[] = [];
  for (const alternative of expression.split("|")) {
    const [, start, body, end] = /^(\^?)(.*?)(\$?)$/s.exec(alternative) ?? [];
    const pieces = [...(body ?? "").matchAll(PIECE)];
    if (pieces.some(([, other]) => other !== undefined) || pieces.length === 0) return undefined;
    const middle = pieces.map(([piece]) => globPiece(piece)).join("");
    globs.push(`${start === "" ? "*" : ""}${middle}${end === "" ? "*" : ""}`.replace(/\*+/g, "*"));
  }
  return globs;
};
