// The parts of a message that a filter pattern looks for, so that they can be marked.

/**
 * The terms and phrases of a pattern that must or may be there. None for JSON and column patterns: those speak of
 * fields, and for regular expressions.
 * @param {string} pattern @returns {string[]}
 */
export const termsOf = (pattern) => {
  const text = pattern.trim();
  if (text === "" || text.startsWith("{") || text.startsWith("[")) return [];
  const found = [...text.matchAll(/([-?]?)(?:%[^%]*%|"((?:[^"\\]|\\[\s\S])*)"|([^\s"%]+))/g)];
  return found
    .filter(([, sign]) => sign !== "-")
    .map(([, , quoted, word]) => quoted?.replace(/\\(["\\])/g, "$1") ?? word ?? "")
    .filter((term) => term !== "");
};

/**
 * A text with its terms marked.
 * @param {string} text @param {readonly string[]} terms
 */
export const marked = (text, terms) => {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const [from, to] of spansOf(text, terms)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(from, to);
    fragment.append(text.slice(at, from), mark);
    at = to;
  }
  fragment.append(text.slice(at));
  return fragment;
};

/** So many marks in one message help nobody. */
const MOST = 200;

/**
 * Where the terms are, in order and without overlaps.
 * @param {string} text @param {readonly string[]} terms @returns {[from: number, to: number][]}
 */
export const spansOf = (text, terms) => {
  /** @type {[from: number, to: number][]} */
  const spans = [];
  for (const term of terms)
    for (
      let at = text.indexOf(term);
      at !== -1 && spans.length < MOST;
      at = text.indexOf(term, at + term.length)
    )
      spans.push([at, at + term.length]);
  spans.sort(([a], [b]) => a - b);
  let end = 0;
  return spans.filter(([from, to]) => {
    if (from < end) return false;
    end = to;
    return true;
  });
};
