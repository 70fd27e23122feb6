import * as z from "zod/mini";
import { parseDuration } from "../base/duration.ts";
import { keyPath, type Node } from "./document.ts";
import type { Finding } from "./fault.ts";
import { allKeys, type Key } from "./keys.ts";
import { nearest } from "./nearest.ts";

type Issue = z.core.$ZodIssue;

/** Longest excerpt of a value in a message, in characters. */
const EXCERPT_CHARS = 60;

/** A text as a message shows it: quoted and shortened. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS).toWellFormed()}…` : text);

const described = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return `the text ${quoted(value)}`;
  if (Number.isFinite(value)) return `the number ${value}`;
  return String(value);
};

const EXPECTED: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of keys to values",
};

/** What a wrong type was probably meant to be. */
const typeHint = (expected: string, { value, source }: Node, key: Key | undefined): string | undefined => {
  if (value === null) return "fill it in, or leave it out";
  // As the file spells it: the number 012 has lost its zero.
  if (expected === "string" && ["number", "boolean"].includes(typeof value))
    return `put it in quotes: ${quoted(source ?? String(value))}`;
  if (expected === "string" && isMapping(value))
    return 'put it in quotes if it is a placeholder: "{instance_id}"';
  if (expected === "array" && typeof value === "string") return `did you mean [${quoted(value)}]?`;
  if (expected === "array" && isMapping(value)) return 'begin each entry with "- "';
  if (expected === "number" && typeof value === "string") return numberHint(value, key);
  if (expected === "boolean" && /^(yes|on|y|true)$/i.test(String(value))) return "did you mean true?";
  if (expected === "boolean" && /^(no|off|n|false)$/i.test(String(value))) return "did you mean false?";
  const glued =
    expected === "object" && typeof value === "string" ? /^[\w.-]+:(?=[^ ])/.exec(value)?.[0] : undefined;
  return glued === undefined ? undefined : `a space is missing behind ${quoted(glued)}`;
};

const isMapping = (value: unknown): boolean => typeof value === "object" && !Array.isArray(value);

const MIB: Readonly<Record<string, number>> = { k: 1 / 1_024, m: 1, g: 1_024, t: 1_048_576 };

/** Reads `64MiB`, `64M`, `1 GB`, all in powers of 1024, or a bare number of MiB. In MiB. */
const parseMib = (text: string): number | undefined => {
  const [, number, unit = "m"] = /^(\d+(?:\.\d+)?)(?: *([kmgt])(?:i?b)?)?$/i.exec(text.trim()) ?? [];
  return number === undefined ? undefined : Number(number) * (MIB[unit.toLowerCase()] ?? Number.NaN);
};

/** What a text comes to in the unit of its key. */
const inUnit = (text: string, unit: string | undefined): number | undefined => {
  if (unit === "MiB") return parseMib(text);
  if (unit !== "seconds") return /^\d+$/.test(text) ? Number(text) : undefined;
  const ms = parseDuration(text);
  return ms === undefined ? undefined : ms / 1_000;
};

/** The number that a text was meant to be, if the key takes it. */
const numberHint = (text: string, key: Key | undefined): string | undefined => {
  const meant = inUnit(text, key?.doc.unit);
  return meant === undefined || key === undefined || !z.safeParse(key.type, meant).success
    ? undefined
    : `did you mean ${meant}?`;
};

/** The listed values on both sides of a number, or the one spelled most like a text. */
const valueHint = (value: unknown, allowed: readonly unknown[]): string | undefined => {
  if (value === null) return "fill it in, or leave it out";
  if (typeof value === "number") {
    const numbers = allowed.filter((one) => typeof one === "number" && one > 0) as number[];
    const sides = [numbers.findLast((one) => one < value), numbers.find((one) => one > value)];
    const near = sides.filter((one) => one !== undefined);
    return near.length === 0 ? undefined : `nearest: ${near.join(" or ")}`;
  }
  if (typeof value !== "string") return undefined;
  if (allowed.some((one) => typeof one === "number" && String(one) === value))
    return `write it without quotes: ${value}`;
  const meant = nearest(value, allowed.map(String));
  return meant === undefined ? undefined : `did you mean ${meant}?`;
};

const schemaPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[]` : keyPath(text, String(part))),
    "",
  );

const placeName = (parent: string): string => (parent === "" ? "at the top level" : `under ${parent}`);

/** Where an unknown key may belong: it is nearly a word of its own level, or a word of another level, or nearly so. */
const keyHint = (keys: readonly Key[], name: string, parent: string): string => {
  const siblings = keys.filter((key) => key.parent === parent).map((key) => key.name);
  const sibling = nearest(name, siblings);
  if (sibling !== undefined) return `did you mean ${sibling}?`;
  const elsewhere = keys.find((key) => key.name === name);
  if (elsewhere !== undefined) return `belongs ${placeName(elsewhere.parent)}`;
  const meant = nearest(
    name,
    keys.map((key) => key.name),
  );
  const cousin = keys.find((key) => key.name === meant);
  if (cousin !== undefined) return `did you mean ${cousin.name} ${placeName(cousin.parent)}?`;
  return `known here: ${siblings.join(", ")}`;
};

/** Follows a path as deep as the document goes; `rest` is what it does not hold. */
const locate = (
  root: Node,
  path: readonly PropertyKey[],
): { readonly node: Node; readonly rest: readonly string[] } => {
  let node = root;
  for (const [index, part] of path.entries()) {
    const next = typeof part === "number" ? node.items?.[part] : node.entries?.get(String(part))?.node;
    if (next === undefined) return { node, rest: path.slice(index).map(String) };
    node = next;
  }
  return { node, rest: [] };
};

const unknownKey = (keys: readonly Key[], node: Node, name: string, parent: string): Finding => ({
  severity: "error",
  offset: node.entries?.get(name)?.offset ?? node.offset,
  key: keyPath(node.path, name),
  message: "unknown key",
  hint: keyHint(keys, name, parent),
});

const said = (issue: Issue, node: Node, key: Key | undefined): Pick<Finding, "message" | "hint"> => {
  const { value } = node;
  // A number that is not whole has a message with its range.
  if (issue.code === "invalid_type" && issue.expected !== "int")
    return {
      message: `must be ${EXPECTED[issue.expected] ?? issue.expected}, not ${described(value)}`,
      hint: typeHint(issue.expected, node, key),
    };
  if (issue.code === "invalid_value")
    return {
      message: `must be ${oneOf(issue.values)}, not ${described(value)}`,
      hint: valueHint(value, issue.values),
    };
  const hint: unknown = issue.code === "custom" ? issue.params?.hint : undefined;
  return { message: issue.message, hint: typeof hint === "string" ? hint : undefined };
};

const oneOf = (values: readonly unknown[]): string =>
  values.length < 2 ? String(values[0]) : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;

/** What the schema found in a document, in the words of a reader and with the place of each key or value. */
export const explainIssues = (
  root: Node,
  issues: readonly Issue[],
  schema?: z.core.$ZodType,
): readonly Finding[] => {
  const keys = issues.length > 0 ? allKeys(schema) : [];
  return issues.flatMap((issue): Finding[] => {
    const { node, rest } = locate(root, issue.path);
    if (issue.code === "unrecognized_keys") {
      const parent = schemaPath(issue.path);
      return issue.keys.map((name) => unknownKey(keys, node, name, parent));
    }
    const place = { severity: "error", offset: node.offset } as const;
    if (rest.length > 0) return [{ ...place, key: rest.reduce(keyPath, node.path), message: "is required" }];
    const key = keys.find(({ path }) => path === schemaPath(issue.path));
    return [{ ...place, key: node.path, ...said(issue, node, key) }];
  });
};
