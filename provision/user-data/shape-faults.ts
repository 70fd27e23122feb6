import { nearest } from "../../agent/config/nearest.ts";
import type { Choice, List, Mapping, Shape, Single } from "./cloud-config-shapes/shape.ts";
import type { PythonNode } from "./python-document.ts";
import type { Kind } from "./python-scalars.ts";

/** One value that is not of its shape. */
export interface ShapeFault {
  /** The value, such as `write_files[0]`. */
  readonly path: string;
  /** Index into the text of what is wrong about it. */
  readonly offset: number;
  readonly message: string;
}

type Faults = Generator<ShapeFault>;

const at = ({ path, offset }: PythonNode, message: string): ShapeFault => ({ path, offset, message });

const NAMES: Readonly<Record<Kind, string>> = {
  null: "nothing",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  string: "a text",
  date: "a date",
  array: "a list",
  object: "a mapping",
};

const joined = (names: readonly string[]): string => [...new Set(names)].join(" or ");

/** Most values that are listed one by one. */
const MAX_LISTED = 20;

const listed = (values: readonly (string | boolean)[]): string =>
  values.length > MAX_LISTED
    ? `one of ${values.length} names`
    : joined(values.map((value) => JSON.stringify(value)));

/** What a shape takes, for people. */
const taken = (shape: Shape): readonly string[] => {
  if (shape.is === "anything") return ["anything"];
  if (shape.is === "list") return [NAMES.array];
  if (shape.is === "mapping") return [NAMES.object];
  if (shape.is !== "single") return shape.of.flatMap(taken);
  return shape.values === undefined ? shape.kinds.map((kind) => NAMES[kind]) : [listed(shape.values)];
};

const isOf = (kind: Kind, wanted: Kind): boolean =>
  kind === wanted || (wanted === "number" && kind === "integer");

const takesKind = (shape: Shape, kind: Kind): boolean => {
  if (shape.is === "anything") return true;
  if (shape.is === "list") return kind === "array";
  if (shape.is === "mapping") return kind === "object";
  return shape.is === "single"
    ? shape.kinds.some((one) => isOf(kind, one))
    : shape.of.some((one) => takesKind(one, kind));
};

/** Why a value that looks like a text is none is not obvious to whoever does not know YAML 1.1. */
const asRead = ({ kind, value, source }: PythonNode): string =>
  ["boolean", "integer", "number", "date"].includes(kind)
    ? `${source} without quotes is ${kind === "boolean" ? `the boolean ${value}` : NAMES[kind]}`
    : `this is ${NAMES[kind]}`;

const misplaced = (node: PythonNode, names: readonly string[]): ShapeFault =>
  at(node, `${asRead(node)}; here belongs ${joined(names)}`);

const guessed = (name: unknown, known: readonly string[]): string => {
  const meant = typeof name === "string" ? nearest(name, known) : undefined;
  return meant === undefined ? "" : ` (did you mean ${meant}?)`;
};

function* ofSingle(node: PythonNode, { kinds, values, least, form }: Single): Faults {
  const { kind, value } = node;
  if (kinds.length > 0 && !kinds.some((one) => isOf(kind, one)))
    yield misplaced(
      node,
      kinds.map((one) => NAMES[one]),
    );
  if (values !== undefined && (kind === "date" || !values.some((one) => one === value))) {
    const texts = values.filter((one) => typeof one === "string");
    yield misplaced(node, [`${listed(values)}${guessed(value, texts)}`]);
  }
  if (least !== undefined && (kind === "integer" || kind === "number") && Number(value) < least)
    yield at(node, `is less than ${least}`);
  if (form !== undefined && kind === "string" && !form.fits(value)) yield at(node, `is no ${form.what}`);
}

/** Values of different kinds are different: 1, true and "1". */
const fingerprint = ({ kind, value }: PythonNode): string => `${kind} ${JSON.stringify(value)}`;

function* ofList(node: PythonNode, { each, least = 0, most = Infinity, distinct }: List): Faults {
  const { items } = node;
  if (items === undefined) return yield misplaced(node, [NAMES.array]);
  if (items.length < least)
    yield at(node, least === 1 ? "this list is empty" : `takes at least ${least} values`);
  if (items.length > most) yield at(node, `takes at most ${most} values`);
  if (distinct === true && new Set(items.map(fingerprint)).size < items.length)
    yield at(node, "holds a value twice");
  for (const item of items) yield* shapeFaults(item, each);
}

function* ofMapping(node: PythonNode, shape: Mapping): Faults {
  const { keys, others, names, required = [], oneOf, filled } = shape;
  const { entries } = node;
  if (entries === undefined) return yield misplaced(node, [NAMES.object]);
  for (const [name, { offset, node: value }] of entries) {
    const other = names === undefined || names.test(name) ? others : undefined;
    const each = Object.hasOwn(keys, name) ? keys[name] : other;
    if (each !== undefined) yield* shapeFaults(value, each);
    else {
      const message = `"${name}" is no key of this${guessed(name, Object.keys(keys))}`;
      yield { path: node.path, offset, message };
    }
  }
  for (const name of required) if (!entries.has(name)) yield at(node, `${name} is missing`);
  if (filled === true && entries.size === 0) yield at(node, "this mapping is empty");
  const given = oneOf?.filter((name) => entries.has(name)).length ?? 1;
  if (given === 0) yield at(node, `${oneOf?.[0]} is missing`);
  if (given > 1) yield at(node, `has to be one of ${joined(oneOf ?? [])}, not several`);
}

/** Of the choices that take a value of this kind, what the one lacks that comes nearest: it says more than that none fits. */
function* ofEither(node: PythonNode, { of }: Choice): Faults {
  const tried = of.map((shape) => ({ shape, faults: [...shapeFaults(node, shape)] }));
  if (tried.some(({ faults }) => faults.length === 0)) return;
  const [closest] = tried
    .filter(({ shape }) => takesKind(shape, node.kind))
    .map(({ faults }) => faults)
    .toSorted((a, b) => a.length - b.length);
  const [fault] = closest ?? [];
  // The value as a whole is what cloud-init refuses, whatever is wrong inside.
  yield fault === undefined ? misplaced(node, of.flatMap(taken)) : { ...fault, path: node.path };
}

function* ofKind(node: PythonNode, { of }: Choice): Faults {
  const shape = of.find((one) => takesKind(one, node.kind));
  if (shape === undefined) yield misplaced(node, of.flatMap(taken));
  else yield* shapeFaults(node, shape);
}

/**
 * Where a value is not of its shape, with the paths that the validator of cloud-init names. What is deprecated is none
 * of it: cloud-init takes it.
 */
export function* shapeFaults(node: PythonNode, shape: Shape): Faults {
  if (shape.is === "single") yield* ofSingle(node, shape);
  else if (shape.is === "list") yield* ofList(node, shape);
  else if (shape.is === "mapping") yield* ofMapping(node, shape);
  else if (shape.is === "either") yield* ofEither(node, shape);
  else if (shape.is === "byKind") yield* ofKind(node, shape);
}
