import { readComparison } from "./comparison.ts";
import { type Cursor, createCursor } from "./cursor.ts";
import { readExpression, type Test } from "./expression.ts";

/** One step on the way to a property; the wildcards mean every entry of an array, every property of an object. */
type Step =
  | { readonly kind: "name"; readonly key: string }
  | { readonly kind: "index"; readonly key: number }
  | { readonly kind: "entries" | "properties" };

type Selector = readonly Step[];

/** Quotas of the reference: wildcards in one selector, and in all selectors of a pattern together. */
const WILDCARDS = { selector: 1, pattern: 3 } as const;

/** Compiles `{ $.a.b = "x" && $.n > 3 }`. Throws ServiceError. */
export const compileJsonPattern = (text: string): Test<string> => {
  const cursor = createCursor(text);
  if (!cursor.take("{")) cursor.fail("an opening brace");
  let wildcards = 0;
  const test = readExpression(cursor, () => {
    const selector = readSelector(cursor);
    const used = selector.filter(({ kind }) => kind === "entries" || kind === "properties").length;
    wildcards += used;
    if (used > WILDCARDS.selector || wildcards > WILDCARDS.pattern)
      cursor.fail(
        `no more than one wildcard in a selector and ${WILDCARDS.pattern} in a pattern before this`,
      );
    return readCondition(cursor, selector);
  });
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

const readCondition = (cursor: Cursor, selector: Selector): Test<object> => {
  const keyword = cursor.match(/(IS\s+NULL|IS\s+TRUE|IS\s+FALSE|NOT\s+EXISTS)\b/)?.[1];
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
    default:
      return (event) => select(event, selector).length === 0;
  }
};

const readSelector = (cursor: Cursor): Selector => {
  if (!cursor.take("$")) cursor.fail("a selector that begins with $");
  const steps: Step[] = [];
  for (let step = readStep(cursor); step !== undefined; step = readStep(cursor)) steps.push(step);
  if (steps.length === 0) cursor.fail("a property like $.name");
  return steps;
};

const readStep = (cursor: Cursor): Step | undefined => {
  const index = cursor.here(/\[\s*(\d+|\*)\s*\]/)?.[1];
  if (index !== undefined) return index === "*" ? { kind: "entries" } : { kind: "index", key: Number(index) };
  if (cursor.here(/\.\*/) !== undefined) return { kind: "properties" };
  const quoted = cursor.here(/\.?\[\s*(?:'([^']*)'|"([^"]*)")\s*\]/);
  const name = quoted === undefined ? cursor.here(/\.([\p{L}\p{N}_@:-]+)/u)?.[1] : (quoted[1] ?? quoted[2]);
  return name === undefined ? undefined : { kind: "name", key: name };
};

/** All values that a selector means in an event: none when the property does not exist. */
const select = (event: unknown, steps: Selector): readonly unknown[] => {
  let values: readonly unknown[] = [event];
  for (const step of steps) values = values.flatMap((value) => follow(step, value));
  return values;
};

const follow = (step: Step, value: unknown): readonly unknown[] => {
  if (typeof value !== "object" || value === null) return [];
  switch (step.kind) {
    case "entries":
      return Array.isArray(value) ? value : [];
    case "properties":
      return Array.isArray(value) ? [] : Object.values(value);
    case "index":
      return Array.isArray(value) && step.key < value.length ? [value[step.key]] : [];
    case "name":
      return !Array.isArray(value) && Object.hasOwn(value, step.key)
        ? [(value as Record<string, unknown>)[step.key]]
        : [];
  }
};
