import { invalidParameter } from "../service-error.ts";

type CharTest = (code: number) => boolean;

/** One step of a sequence: a character or an edge of the text, maybe optional, maybe repeated. */
interface Step {
  readonly test: CharTest | "start" | "end";
  readonly optional: boolean;
  readonly repeats: boolean;
}

/** More steps than this, over all alternatives and after `{n,m}` is written out, are refused. */
const MAX_STEPS = 1_000;

/** Letters, digits, a space and the symbols of the reference; anything else is written `\xhh`. */
const UNSUPPORTED = /[^\w :#=@/;,^$?[\]{}|\\*+.-]/;

/** An escape of a supported symbol, of a class of characters, or of a character by its number. */
const ESCAPE = /\\(?:x[0-9A-Fa-f]{2}|[dDsSwW]|[ :_#=@/;,^$?[\]{}|\\*+.-])/g;

/**
 * Compiles the regular expressions of filter patterns: no groups, no backtracking, time linear in the text.
 * Built by hand because a RegExp of the same pattern can take minutes on one line. Throws ServiceError.
 */
export const compileRegex = (source: string): ((text: string) => boolean) => {
  const wrong = UNSUPPORTED.exec(source) ?? /\\.?/s.exec(source.replace(ESCAPE, ""));
  if (wrong !== null) throw invalid(source, `'${wrong[0]}' is not supported`);
  if (source === "") throw invalid(source, "it is empty");
  const alternatives = splitAlternatives(source).map((part) => readSequence(source, part));
  if (alternatives.flat().length > MAX_STEPS) throw invalid(source, "it is too long");
  return (text) => alternatives.some((steps) => matches(steps, text));
};

const invalid = (source: string, why: string) =>
  invalidParameter(`Invalid regular expression in filter pattern '%${source}%': ${why}`);

/** Splits at every `|` that is neither escaped nor inside brackets. */
const splitAlternatives = (source: string): readonly string[] => {
  const parts = [""];
  for (const [token] of source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|[\s\S]/g))
    if (token === "|") parts.push("");
    else parts[parts.length - 1] += token;
  return parts;
};

const ATOM = /\\x[0-9A-Fa-f]{2}|\\.|\[(?:\\.|[^\]\\])*\]|[^[\]{}*+?]/y;
const QUANTIFIER = /[*+?]|\{(\d{1,4}|(?=,\d))(,(\d{0,4}))?\}/y;

const readSequence = (source: string, part: string): readonly Step[] => {
  const steps: Step[] = [];
  for (let at = 0; at < part.length; ) {
    ATOM.lastIndex = at;
    const atom = ATOM.exec(part)?.[0];
    if (atom === undefined)
      throw invalid(source, `nothing to repeat or an open bracket at '${part.slice(at)}'`);
    at += atom.length;
    QUANTIFIER.lastIndex = at;
    const quantifier = QUANTIFIER.exec(part);
    at += quantifier?.[0].length ?? 0;
    const [min, max] = bounds(quantifier);
    if (max < min) throw invalid(source, "the numbers of a repetition are out of order");
    const test = readAtom(source, atom);
    if (typeof test === "string" && quantifier !== null)
      throw invalid(source, "an anchor cannot be repeated");
    for (let n = 0; n < min; n++) steps.push({ test, optional: false, repeats: false });
    if (max === Number.POSITIVE_INFINITY) steps.push({ test, optional: true, repeats: true });
    else for (let n = min; n < max; n++) steps.push({ test, optional: true, repeats: false });
    if (steps.length > MAX_STEPS) throw invalid(source, "it is too long");
  }
  return steps;
};

const bounds = (quantifier: RegExpExecArray | null): readonly [number, number] => {
  switch (quantifier?.[0]) {
    case undefined:
      return [1, 1];
    case "*":
      return [0, Number.POSITIVE_INFINITY];
    case "+":
      return [1, Number.POSITIVE_INFINITY];
    case "?":
      return [0, 1];
  }
  const [, min, comma, max] = quantifier ?? [];
  if (comma === undefined) return [Number(min), Number(min)];
  return [Number(min), max === "" ? Number.POSITIVE_INFINITY : Number(max)];
};

const readAtom = (source: string, atom: string): Step["test"] => {
  if (atom === "^") return "start";
  if (atom === "$") return "end";
  if (atom === ".") return (code) => code !== 10 && code !== 13 && code !== 0x2028 && code !== 0x2029;
  if (atom === "[]" || atom === "[^]") throw invalid(source, "a bracket is empty");
  try {
    // One character against one escape or one bracket: the engine of the language cannot backtrack here.
    const single = new RegExp(`^${atom}$`);
    const known = Array.from({ length: 256 }, (_, code) => single.test(String.fromCharCode(code)));
    return (code) => known[code] ?? single.test(String.fromCharCode(code));
  } catch {
    throw invalid(source, `'${atom}' cannot be understood`);
  }
};

/** Follows all ways through the steps at once; looks no further than the furthest of them. */
const matches = (steps: readonly Step[], text: string): boolean => {
  const end = steps.length;
  let current = new Uint8Array(end + 1);
  let next = new Uint8Array(end + 1);
  let reach = 0;
  for (let at = 0; at <= text.length; at++) {
    current[0] = 1;
    let nextReach = 0;
    const code = text.charCodeAt(at);
    for (let index = 0; index < end && index <= reach; index++) {
      const step = steps[index];
      if (current[index] === 0 || step === undefined) continue;
      let passes = step.optional;
      if (step.test === "start") passes = at === 0;
      else if (step.test === "end") passes = at === text.length;
      else if (at < text.length && step.test(code)) {
        const to = step.repeats ? index : index + 1;
        next[to] = 1;
        nextReach = Math.max(nextReach, to);
      }
      if (!passes) continue;
      current[index + 1] = 1;
      reach = Math.max(reach, index + 1);
    }
    if (current[end] === 1) return true;
    [current, next] = [next, current];
    next.fill(0, 0, reach + 1);
    reach = nextReach;
  }
  return false;
};
