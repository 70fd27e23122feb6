import type * as z from "zod/mini";
import { type Finding, keyPath, type Node } from "./document.ts";
import { allKeys, type Key } from "./keys.ts";
import { nearest } from "./nearest.ts";

type Issue = z.core.$ZodIssue;

/** Longest excerpt of a value in a message, in characters. */
const EXCERPT_CHARS = 60;

/** A text as a message shows it: quoted, shortened, and without anything that could steer a terminal. */
export const quoted = (text: string): string => {
  const cut = text.length > EXCERPT_CHARS ? `${text.slice(0, EXCERPT_CHARS).toWellFormed()}…` : text;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
};

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
const typeHint = (expected: string, value: unknown): string | undefined => {
  if (expected === "string" && ["number", "boolean"].includes(typeof value))
    return `put it in quotes: "${value}"`;
  if (expected === "string" && value !== null && typeof value === "object" && !Array.isArray(value))
    return 'put it in quotes if it is a placeholder: "{instance_id}"';
  if (expected === "array" && typeof value === "string") return `did you mean [${quoted(value)}]?`;
  if (expected === "array" && value !== null && typeof value === "object")
    return 'begin each entry with "- "';
  if (expected === "number" && typeof value === "string" && Number.isFinite(Number.parseFloat(value)))
    return `did you mean ${Number.parseFloat(value)}?`;
  if (expected === "boolean" && /^(yes|on|y|true)$/i.test(String(value))) return "did you mean true?";
  if (expected === "boolean" && /^(no|off|n|false)$/i.test(String(value))) return "did you mean false?";
  return undefined;
};

/** The listed values on both sides of a number, or the one spelled most like a text. */
const valueHint = (value: unknown, allowed: readonly unknown[]): string | undefined => {
  const numbers = allowed.filter((one) => typeof one === "number" && one > 0) as number[];
  const wanted = Number(value);
  if (numbers.length > 0 && Number.isFinite(wanted)) {
    if (typeof value === "string" && numbers.includes(wanted)) return `write it without quotes: ${value}`;
    const sides = [numbers.findLast((one) => one < wanted), numbers.find((one) => one > wanted)];
    return `nearest: ${sides.filter((one) => one !== undefined).join(" or ")}`;
  }
  const meant = nearest(String(value), allowed.map(String));
  return meant === undefined ? undefined : `did you mean ${meant}?`;
};

const schemaPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[]` : keyPath(text, String(part))),
    "",
  );

const placeName = (parent: string): string => (parent === "" ? "at the top level" : `under ${parent}`);

/** Where an unknown key may belong: it is a word of another level, or nearly one of its own or another level. */
const keyHint = (keys: readonly Key[], name: string, parent: string): string => {
  const elsewhere = keys.find((key) => key.name === name);
  if (elsewhere !== undefined) return `belongs ${placeName(elsewhere.parent)}`;
  const siblings = keys.filter((key) => key.parent === parent).map((key) => key.name);
  const sibling = nearest(name, siblings);
  if (sibling !== undefined) return `did you mean ${sibling}?`;
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

const said = (issue: Issue, value: unknown): Pick<Finding, "message" | "hint"> => {
  if (issue.code === "invalid_type")
    return {
      message: `must be ${EXPECTED[issue.expected] ?? issue.expected}, not ${described(value)}`,
      hint: typeHint(issue.expected, value),
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
export const explainIssues = (root: Node, issues: readonly Issue[]): readonly Finding[] => {
  const keys = issues.length > 0 ? allKeys() : [];
  return issues.flatMap((issue): Finding[] => {
    const { node, rest } = locate(root, issue.path);
    if (issue.code === "unrecognized_keys") {
      const parent = schemaPath(issue.path);
      return issue.keys.map((name) => unknownKey(keys, node, name, parent));
    }
    const place = { severity: "error", offset: node.offset } as const;
    if (rest.length > 0) return [{ ...place, key: rest.reduce(keyPath, node.path), message: "is required" }];
    return [{ ...place, key: node.path, ...said(issue, node.value) }];
  });
};
