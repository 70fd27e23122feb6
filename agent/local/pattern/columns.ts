import { readComparison, type ValueTest } from "./comparison.ts";
import { type Cursor, createCursor } from "./cursor.ts";
import { readExpression, type Test } from "./expression.ts";

/** A column with its condition, or the dots that stand for any number of columns. */
type Column = ValueTest | "rest";

/** Compiles `[ip, user, ..., status = 4*, bytes > 1000]`. Throws ServiceError. */
export const compileColumnPattern = (text: string): Test<string> => {
  const cursor = createCursor(text);
  if (!cursor.take("[")) cursor.fail("an opening bracket");
  const columns: Column[] = [];
  if (!cursor.take("]")) {
    do columns.push(cursor.take("...") ? "rest" : readColumn(cursor));
    while (cursor.take(","));
    if (!cursor.take("]")) cursor.fail("a comma or a closing bracket");
  }
  if (!cursor.done()) cursor.fail("the end");
  if (columns.filter((column) => column === "rest").length > 1) cursor.fail("no more than one '...'");
  return columns.length === 0 ? () => true : (message) => fits(columns, message);
};

const NAME = /[A-Za-z_$][\w.$-]*/;

const readColumn = (cursor: Cursor): ValueTest => {
  // A column that nothing is asked of needs no name.
  if (cursor.match(/(?=[,\]])/) !== undefined) return () => true;
  let known: string | undefined;
  return readExpression<unknown>(cursor, () => {
    const name = cursor.match(NAME)?.[0] ?? cursor.fail("the name of a column");
    known ??= name;
    if (name !== known) cursor.fail(`a condition on '${known}', one column at a time, before this`);
    return cursor.match(/(?=[=!<>])/) === undefined ? () => true : readComparison(cursor);
  });
};

interface Word {
  readonly value: string;
  /** Where it begins in the message. */
  readonly at: number;
}

const CLOSING: Readonly<Record<string, string>> = { '"': '"', "[": "]" };

/**
 * Splits at spaces; what stands in double quotes or in square brackets is one word. An opening one that is never
 * closed is part of a word: whether it is closed is asked once for all of them, else a line of them takes for ever.
 */
const splitWords = (message: string): readonly Word[] => {
  const words: Word[] = [];
  const word = /\S+/g;
  const lastOf = new Map(Object.values(CLOSING).map((mark) => [mark, message.lastIndexOf(mark)]));
  for (let found = word.exec(message); found !== null; found = word.exec(message)) {
    const at = found.index;
    const closing = CLOSING[message.charAt(at)];
    if (closing === undefined || (lastOf.get(closing) ?? -1) <= at) words.push({ value: found[0], at });
    else {
      const end = message.indexOf(closing, at + 1);
      words.push({ value: message.slice(at + 1, end), at });
      word.lastIndex = end + 1;
    }
  }
  return words;
};

const fits = (columns: readonly Column[], message: string): boolean => {
  const words = splitWords(message);
  const rest = columns.indexOf("rest");
  if (rest === -1) return fitsWhole(columns, words, message);
  const tail = columns.slice(rest + 1);
  if (words.length < rest + tail.length) return false;
  const values = words.map(({ value }) => value);
  return all(columns.slice(0, rest), values) && all(tail, values.slice(values.length - tail.length));
};

/** Without dots the last column takes what is left of the line, as it stands. */
const fitsWhole = (columns: readonly Column[], words: readonly Word[], message: string): boolean => {
  const last = words[columns.length - 1];
  if (last === undefined) return false;
  const values = words.slice(0, columns.length).map(({ value }) => value);
  if (words.length > columns.length) values[columns.length - 1] = message.slice(last.at).trimEnd();
  return all(columns, values);
};

const all = (columns: readonly Column[], values: readonly string[]): boolean =>
  columns.every((column, index) => column === "rest" || column(values[index]));
