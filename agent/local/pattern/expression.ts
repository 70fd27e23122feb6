import type { Cursor } from "./cursor.ts";

export type Test<Subject> = (subject: Subject) => boolean;

/** Reads conditions joined by `&&`, `||` and parentheses; `&&` binds tighter. */
export const readExpression = <Subject>(
  cursor: Cursor,
  readCondition: () => Test<Subject>,
): Test<Subject> => {
  const readOne = (): Test<Subject> => {
    if (!cursor.take("(")) return readCondition();
    const inner = readAny();
    if (!cursor.take(")")) cursor.fail("a closing parenthesis");
    return inner;
  };
  const readAll = (): Test<Subject> => {
    const tests = [readOne()];
    while (cursor.take("&&")) tests.push(readOne());
    return tests.length === 1
      ? (tests[0] as Test<Subject>)
      : (subject) => tests.every((test) => test(subject));
  };
  const readAny = (): Test<Subject> => {
    const tests = [readAll()];
    while (cursor.take("||")) tests.push(readAll());
    return tests.length === 1
      ? (tests[0] as Test<Subject>)
      : (subject) => tests.some((test) => test(subject));
  };
  return readAny();
};
