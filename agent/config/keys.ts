import type * as z from "zod/mini";
import { agentConfigSchema, type KeyDoc, keyDocs } from "./schema.ts";

type Schema = z.core.$ZodType;

/** One key of the configuration, as the schema declares it. */
export interface Key {
  readonly name: string;
  /** Path of the mapping that holds it, with `[]` for every list: `logs.files[]`; empty for the top level. */
  readonly parent: string;
  readonly path: string;
  /** What a value must be, without wrappers for defaults. */
  readonly type: Schema;
  /** The plain value that stands in for a key left out, where there is one. */
  readonly default: unknown;
  readonly doc: KeyDoc;
}

const def = (schema: Schema) => (schema as z.core.$ZodTypes)._zod.def;

/** Takes off what `optional`, `default` and `prefault` put around a type. */
const unwrapped = (schema: Schema): Schema => {
  const inner = def(schema);
  return inner.type === "optional" || inner.type === "default" || inner.type === "prefault"
    ? unwrapped(inner.innerType)
    : schema;
};

const defaultOf = (schema: Schema): unknown => {
  const outer = def(schema);
  return outer.type === "default" ? outer.defaultValue : undefined;
};

const documented = (schema: Schema, path: string): KeyDoc => {
  const doc = keyDocs.get(schema);
  if (doc === undefined) throw new TypeError(`the schema has no documentation for ${path}`);
  return doc;
};

const keysUnder = (schema: Schema, parent: string): Key[] => {
  const type = def(schema);
  if (type.type === "array") return keysUnder(unwrapped(type.element), `${parent}[]`);
  if (type.type !== "object") return [];
  return Object.entries(type.shape).flatMap(([name, wrapped]) => {
    const path = parent === "" ? name : `${parent}.${name}`;
    const inner = unwrapped(wrapped);
    const key = {
      name,
      parent,
      path,
      type: inner,
      default: defaultOf(wrapped),
      doc: documented(wrapped, path),
    };
    return [key, ...keysUnder(inner, path)];
  });
};

/** Every key of the configuration, outer ones before inner ones, in the order of the schema. */
export const allKeys = (schema: Schema = agentConfigSchema): readonly Key[] => keysUnder(schema, "");
