import type { Cursor } from "./cursor.ts";
import { compileGlob } from "./glob.ts";
import { compileRegex } from "./regex.ts";

/** Tests one value: a text, or any value of a JSON event. */
export type ValueTest = (value: unknown) => boolean;

/** `%…%`, where a percent sign inside is written `\x25`. */
export const REGEX_LITERAL = /%([^%]*)%/;

/** `"…"`, where a backslash keeps a quote or a backslash from meaning anything. */
export const QUOTED_LITERAL = /"((?:[^"\\]|\\[\s\S])*)"/;

export const unquote = (inner: string): string => inner.replace(/\\(["\\])/g, "$1");

const OPERATOR = /(!=|<=|>=|=|<|>)/;
const BARE = /[^\s"%,(){}[\]=!<>&|]+/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

const ORDERINGS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Reads an operator and what to compare with: `= 4*`, `!= "x"`, `> 3`, `= %re%`. */
export const readComparison = (cursor: Cursor): ValueTest => {
  const operator = cursor.match(OPERATOR)?.[1] ?? cursor.fail("one of = != < > <= >=");
  const ordering = ORDERINGS[operator];
  if (ordering !== undefined) {
    const limit = cursor.match(BARE)?.[0] ?? cursor.fail("a number");
    if (!NUMBER.test(limit)) cursor.fail("a number before this");
    return (value) => isNumeric(value) && ordering(Number(value), Number(limit));
  }
  const equals = readEquals(cursor);
  return operator === "=" ? equals : (value) => isScalar(value) && !equals(value);
};

const readEquals = (cursor: Cursor): ValueTest => {
  const regex = cursor.match(REGEX_LITERAL)?.[1];
  if (regex !== undefined) return onText(compileRegex(regex));
  const quoted = cursor.match(QUOTED_LITERAL)?.[1];
  if (quoted !== undefined) return onText(compileGlob(unquote(quoted)));
  const bare = cursor.match(BARE)?.[0] ?? cursor.fail("a value");
  if (!NUMBER.test(bare)) return onText(compileGlob(bare));
  return (value) => isNumeric(value) && Number(value) === Number(bare);
};

/** What can be compared at all: truth values, null, objects and arrays are neither equal nor unequal to anything. */
const isScalar = (value: unknown): value is string | number =>
  typeof value === "string" || typeof value === "number";

const isNumeric = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && NUMBER.test(value));

const onText =
  (test: (text: string) => boolean): ValueTest =>
  (value) =>
    isScalar(value) && test(String(value));
