import { readComparison } from "./comparison.ts";
import { type Cursor, createCursor } from "./cursor.ts";
import { readExpression, type Test } from "./expression.ts";

/** The way to a property: names, indexes, and `all` for every entry of an array. */
type Selector = readonly { readonly kind: "name" | "index" | "all"; readonly key: string | number }[];

/** Compiles `{ $.a.b = "x" && $.n > 3 }`. Throws ServiceError. */
export const compileJsonPattern = (text: string): Test<string> => {
  const cursor = createCursor(text);
  if (!cursor.take("{")) cursor.fail("an opening brace");
  const test = readExpression(cursor, () => readCondition(cursor));
  if (!cursor.take("}")) cursor.fail("&&, || or a closing brace");
  if (!cursor.done()) cursor.fail("the end");
  return (message) => {
    const event = parseEvent(message);
    return event !== undefined && test(event);
  };
};

const parseEvent = (message: string): object | undefined => {
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message) as object;
  } catch {
    return undefined;
  }
};

const readCondition = (cursor: Cursor): Test<object> => {
  const selector = readSelector(cursor);
  const keyword = cursor.match(/(IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS|EXISTS)\b/)?.[1];
  if (keyword === undefined) {
    const test = readComparison(cursor);
    return (event) => select(event, selector).some(test);
  }
  switch (keyword.replace(/\s+/, " ")) {
    case "IS NULL":
      return (event) => select(event, selector).includes(null);
    case "IS TRUE":
      return (event) => select(event, selector).includes(true);
    case "IS FALSE":
      return (event) => select(event, selector).includes(false);
    case "NOT EXISTS":
      return (event) => select(event, selector).length === 0;
    default:
      return (event) => select(event, selector).length > 0;
  }
};

const readSelector = (cursor: Cursor): Selector => {
  if (!cursor.take("$")) cursor.fail("a selector that begins with $");
  const steps: Selector[number][] = [];
  for (;;) {
    const index = cursor.here(/\[\s*(\d+|\*)\s*\]/)?.[1];
    const quoted = cursor.here(/\.?\[\s*(?:'([^']*)'|"([^"]*)")\s*\]/);
    const name = quoted === undefined ? cursor.here(/\.([\p{L}\p{N}_@:-]+)/u)?.[1] : (quoted[1] ?? quoted[2]);
    if (index === "*") steps.push({ kind: "all", key: "*" });
    else if (index !== undefined) steps.push({ kind: "index", key: Number(index) });
    if (name !== undefined) steps.push({ kind: "name", key: name });
    if (index === undefined && name === undefined) break;
  }
  if (steps.length === 0) cursor.fail("a property like $.name");
  return steps;
};

/** All values that a selector means in an event: none when the property does not exist. */
const select = (event: unknown, steps: Selector): readonly unknown[] => {
  let values: readonly unknown[] = [event];
  for (const { kind, key } of steps)
    values = values.flatMap((value) => {
      if (typeof value !== "object" || value === null) return [];
      if (kind === "all") return Array.isArray(value) ? value : [];
      if (kind === "index" && !Array.isArray(value)) return [];
      return Object.hasOwn(value, key) ? [(value as Record<string | number, unknown>)[key]] : [];
    });
  return values;
};
