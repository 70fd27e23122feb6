import { invalidParameter } from "../service-error.ts";
import { QUOTED_LITERAL, REGEX_LITERAL, unquote } from "./comparison.ts";
import { createCursor } from "./cursor.ts";
import type { Test } from "./expression.ts";
import { compileRegex } from "./regex.ts";

/**
 * Compiles `ERROR "out of memory" -debug ?this ?that %re%`. Terms are parts of the message, and their case
 * matters. As the service says, optional terms are ignored beside others. Throws ServiceError.
 */
export const compileTerms = (text: string): Test<string> => {
  const terms = { "": [] as Test<string>[], "-": [] as Test<string>[], "?": [] as Test<string>[] };
  const cursor = createCursor(text);
  while (!cursor.done()) {
    const sign = cursor.take("-") ? "-" : cursor.take("?") ? "?" : "";
    const regex = cursor.here(REGEX_LITERAL)?.[1];
    const quoted = regex === undefined ? cursor.here(QUOTED_LITERAL)?.[1] : undefined;
    if (regex !== undefined) terms[sign].push(compileRegex(regex));
    else if (quoted !== undefined) terms[sign].push(readPhrase(quoted));
    else terms[sign].push(contains(readWord(cursor.here(/\S+/)?.[0] ?? sign)));
  }
  const { "": required, "-": excluded, "?": optional } = terms;
  if (required.length + excluded.length === 0 && optional.length > 0)
    return (message) => optional.some((test) => test(message));
  return (message) => required.every((test) => test(message)) && !excluded.some((test) => test(message));
};

/** A phrase of nothing but spaces is the documented way to match everything. */
const readPhrase = (quoted: string): Test<string> =>
  quoted.trim() === "" ? () => true : contains(unquote(quoted));

const readWord = (word: string): string => {
  if (!/^[\p{L}\p{N}_]+$/u.test(word))
    throw invalidParameter(`Invalid character(s) in term '${word}': put it in double quotes.`);
  return word;
};

const contains =
  (part: string): Test<string> =>
  (message) =>
    message.includes(part);
