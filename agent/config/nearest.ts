/** Longest word that is worth a guess, in characters; also bounds the cost of one comparison. */
const WORD_CHARS = 64;

/** Damerau-Levenshtein distance (optimal string alignment): insert, delete, replace, swap neighbours. */
export const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
};

/** One spelling for `logGroupName`, `log-group-name`, `Log Group Name` and `log_group_name`. */
const folded = (word: string): string =>
  word
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[\s.-]+/g, "_")
    .toLowerCase();

/** `log_group` for `log_group_name`: too far in letters, and yet there is little doubt. */
const begun = (wanted: string, candidates: readonly string[]): string | undefined =>
  wanted === "" ? undefined : candidates.find((candidate) => folded(candidate).startsWith(`${wanted}_`));

/**
 * The word that was most likely meant, or undefined when none is near: up to a third of its letters may differ, or
 * whole words at its end be missing.
 */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  if (word.length > WORD_CHARS) return undefined;
  const wanted = folded(word);
  const known = [...candidates];
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const most = Math.max(1, Math.floor(candidate.length / 3));
    const other = folded(candidate);
    // Lengths alone rule out most candidates, at no cost.
    if (Math.abs(other.length - wanted.length) > most) continue;
    const far = distance(wanted, other);
    if (far < least && far <= most) {
      best = candidate;
      least = far;
    }
  }
  return best ?? begun(wanted, known);
};
