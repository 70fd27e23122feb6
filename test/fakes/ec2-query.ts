/**
 * The Query protocols of EC2 and of Auto Scaling: forms come in, XML goes out. The names on the wire, the types and the
 * required members come from the service's model, which the SDK carries as schemas.
 */
import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaRef, StaticOperationSchema, StaticStructureSchema } from "@smithy/types";

/** What the service answers instead of a result. */
export class Fault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export interface Reading {
  /** What the model knows, in the names of the model. */
  readonly value: Readonly<Record<string, unknown>>;
  /** What the model does not know, what it misses and what has the wrong type, in the order of the model. */
  readonly faults: readonly Fault[];
}

/** `A.1.B=x` as a tree: A has the child 1, which has the child B, which has the text x. */
interface Node {
  text: string | undefined;
  readonly children: Map<string, Node>;
}

/** These belong to the protocol and to no action. */
const ENVELOPE: readonly string[] = ["Action", "Version"];

const nodeOf = (form: URLSearchParams): Node => {
  const root: Node = { text: undefined, children: new Map() };
  for (const [key, text] of form) {
    if (ENVELOPE.includes(key)) continue;
    let node = root;
    for (const part of key.split(".")) {
      const child = node.children.get(part) ?? { text: undefined, children: new Map<string, Node>() };
      node.children.set(part, child);
      node = child;
    }
    node.text = text;
  }
  return root;
};

/** What the two protocols do differently when they read. */
export interface Dialect {
  readonly keyOf: (name: string, traits: Traits) => string;
  /** Between a list and the numbers of its entries; undefined: the numbers come at once. */
  readonly listed: string | undefined;
  readonly unknown: (name: string) => Fault;
  readonly missing: (name: string) => Fault;
  readonly invalid: (name: string, value: string) => Fault;
}

interface Traits {
  readonly xmlName?: string;
  readonly ec2QueryName?: string;
}

/** The input of an operation, as the SDK was given it. */
export const readForm = (
  operation: StaticOperationSchema,
  form: URLSearchParams,
  dialect: Dialect = EC2,
): Reading => {
  const faults: Fault[] = [];
  const schema = NormalizedSchema.of(operation[4] as SchemaRef);
  return { value: readStructure(schema, nodeOf(form), [], { faults, dialect }), faults };
};

type Path = readonly string[];

interface Context {
  readonly faults: Fault[];
  readonly dialect: Dialect;
}

const read = (schema: NormalizedSchema, node: Node, path: Path, context: Context): unknown => {
  if (schema.isStructSchema()) return readStructure(schema, node, path, context);
  if (schema.isListSchema()) return readList(schema, node, path, context);
  const { faults, dialect } = context;
  for (const part of node.children.keys()) faults.push(dialect.unknown(nameOf(path, part)));
  if (node.text === undefined) return undefined;
  const value = readScalar(schema, node.text);
  if (value === undefined) faults.push(dialect.invalid(nameOf(path), node.text));
  return value;
};

const readStructure = (schema: NormalizedSchema, node: Node, path: Path, context: Context) => {
  const { faults, dialect } = context;
  const members = [...schema.structIterator()].map(([name, member]) => ({
    name,
    member,
    key: dialect.keyOf(name, member.getMergedTraits() as Traits),
  }));
  for (const part of node.children.keys())
    if (!members.some(({ key }) => key === part)) faults.push(dialect.unknown(nameOf(path, part)));

  // The model puts the required members first and says how many they are.
  const required = (schema.getSchema() as StaticStructureSchema)[6] ?? 0;
  const value: Record<string, unknown> = {};
  members.forEach(({ name, member, key }, index) => {
    const child = node.children.get(key);
    if (child !== undefined) value[name] = read(member, child, [...path, key], context);
    else if (index < required) faults.push(dialect.missing(nameOf(path, key)));
  });
  return value;
};

const NO_NODE: Node = { text: undefined, children: new Map() };

const readList = (schema: NormalizedSchema, node: Node, path: Path, context: Context) => {
  const { faults, dialect } = context;
  const { listed } = dialect;
  if (listed !== undefined)
    for (const part of node.children.keys())
      if (part !== listed) faults.push(dialect.unknown(nameOf(path, part)));
  const { children } = listed === undefined ? node : (node.children.get(listed) ?? NO_NODE);
  const places = [...children.keys()];
  for (const place of places)
    if (!/^[1-9]\d*$/.test(place)) faults.push(dialect.unknown(nameOf(path, place)));
  return places
    .sort((one, other) => Number(one) - Number(other))
    .map((place) => read(schema.getValueSchema(), children.get(place) as Node, [...path, place], context));
};

const nameOf = (path: Path, ...more: readonly string[]): string => [...path, ...more].join(".");

const readScalar = (schema: NormalizedSchema, text: string): unknown => {
  if (schema.isBooleanSchema()) return text === "true" || (text === "false" ? false : undefined);
  if (schema.isNumericSchema()) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (schema.isTimestampSchema()) return Number.isNaN(Date.parse(text)) ? undefined : new Date(text);
  return text;
};

export const unknown = (name: string): Fault =>
  new Fault("UnknownParameter", `The parameter ${name} is not recognized`);

export const missing = (name: string): Fault =>
  new Fault("MissingParameter", `The request must contain the parameter ${name}`);

export const invalid = (name: string, value: string | number, why = ""): Fault =>
  new Fault("InvalidParameterValue", `Value (${value}) for parameter ${name} is invalid.${why && ` ${why}`}`);

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const EC2: Dialect = {
  keyOf: (name, { ec2QueryName, xmlName }) => ec2QueryName ?? capitalized(xmlName ?? name),
  listed: undefined,
  unknown,
  missing,
  invalid,
};

const EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/";

/** The answer to an operation: the members that the model knows, under the names that the SDK looks for. */
export const writeResult = (operation: StaticOperationSchema, result: object, requestId: string): string => {
  const root = `${operation[2]}Response`;
  const schema = NormalizedSchema.of(operation[5] as SchemaRef);
  // An operation without a result says so.
  const inside = schema.isUnitSchema() ? "<return>true</return>" : writeMembers(schema, result);
  return `${DECLARATION}<${root} xmlns="${EC2_NAMESPACE}">${element("requestId", requestId)}${inside}</${root}>`;
};

const write = (schema: NormalizedSchema, name: string, value: unknown): string => {
  if (value === undefined) return "";
  if (schema.isStructSchema()) return `<${name}>${writeMembers(schema, value as object)}</${name}>`;
  if (schema.isListSchema()) {
    const item = schema.getValueSchema();
    const itemName = item.getMergedTraits().xmlName ?? "member";
    return `<${name}>${(value as readonly unknown[]).map((one) => write(item, itemName, one)).join("")}</${name}>`;
  }
  return element(name, value instanceof Date ? value.toISOString() : String(value));
};

export const writeMembers = (schema: NormalizedSchema, value: object): string =>
  [...schema.structIterator()]
    .map(([name, member]) =>
      write(member, member.getMergedTraits().xmlName ?? name, (value as Record<string, unknown>)[name]),
    )
    .join("");

export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

export const element = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign).replace(/\r/g, "&#xD;");

export const writeFault = ({ code, message }: Fault, requestId: string): string =>
  `${DECLARATION}<Response><Errors><Error>${element("Code", code)}${element("Message", message)}</Error></Errors>` +
  `${element("RequestID", requestId)}</Response>`;
