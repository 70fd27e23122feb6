import { PATTERN_CHARS } from "../read-limits.ts";
import { invalidParameter } from "../service-error.ts";
import { compileColumnPattern } from "./columns.ts";
import type { Test } from "./expression.ts";
import { compileJsonPattern } from "./json.ts";
import { compileTerms } from "./terms.ts";

/** A JSON or a column pattern may hold this many regular expressions, says the reference. */
const REGEXES = 2;

/**
 * Compiles a filter pattern into a test for messages. An empty one matches everything.
 * Throws ServiceError InvalidParameterException, and nothing else, whatever the text is.
 */
export const compilePattern = (text: string): Test<string> => {
  if (text.length > PATTERN_CHARS)
    throw invalidParameter(`A filter pattern has at most ${PATTERN_CHARS} characters.`);
  const pattern = text.trim();
  if (pattern === "") return () => true;
  const structured = pattern.startsWith("{") || pattern.startsWith("[");
  if (structured && (withoutQuotes(pattern).match(/%/g)?.length ?? 0) > 2 * REGEXES)
    throw invalidParameter(`A filter pattern has at most ${REGEXES} regular expressions.`);
  if (pattern.startsWith("{")) return compileJsonPattern(pattern);
  return pattern.startsWith("[") ? compileColumnPattern(pattern) : compileTerms(pattern);
};

const withoutQuotes = (pattern: string): string => pattern.replace(/"(?:[^"\\]|\\.)*"/gs, "");
