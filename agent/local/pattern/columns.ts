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
  return (message) => fits(columns, splitColumns(message));
};

const NAME = /[A-Za-z_$][\w.$-]*/;

const readColumn = (cursor: Cursor): ValueTest => {
  let known: string | undefined;
  return readExpression<unknown>(cursor, () => {
    const name = cursor.match(NAME)?.[0] ?? cursor.fail("the name of a column");
    known ??= name;
    if (name !== known) cursor.fail(`a condition on '${known}', one column at a time, before this`);
    return cursor.match(/(?=[=!<>])/) === undefined ? () => true : readComparison(cursor);
  });
};

/** Splits at spaces; what stands in double quotes or in square brackets is one column. */
const splitColumns = (message: string): readonly string[] =>
  Array.from(
    message.matchAll(/"([^"]*)"|\[([^\]]*)\]|(\S+)/g),
    ([, quoted, bracketed, plain]) => quoted ?? bracketed ?? plain ?? "",
  );

const fits = (columns: readonly Column[], values: readonly string[]): boolean => {
  const rest = columns.indexOf("rest");
  if (rest === -1) return columns.length === values.length && all(columns, values);
  const tail = columns.slice(rest + 1);
  if (values.length < rest + tail.length) return false;
  return all(columns.slice(0, rest), values) && all(tail, values.slice(values.length - tail.length));
};

const all = (columns: readonly Column[], values: readonly string[]): boolean =>
  columns.every((column, index) => column === "rest" || column(values[index]));
