import { Buffer } from "node:buffer";
import { isAlias, isMap, isScalar, isSeq, type ParsedNode, parseDocument, Scalar, type YAMLMap } from "yaml";
import { type Entry, keyPath, type Node } from "../../agent/config/document.ts";
import type { Finding } from "../../agent/config/fault.ts";
import { syntaxFindings } from "../../agent/config/syntax.ts";
import { type Kind, kindOfPlain, plainValue } from "./python-scalars.ts";

/**
 * YAML as PyYAML reads it, which is what cloud-init has: the older rules, under which `yes` is true and `0644` a
 * number, merge keys, and `!!binary`. What else cannot be read is the same as in our own files.
 */
export interface PythonNode extends Node {
  readonly kind: Kind;
  readonly entries?: ReadonlyMap<string, PythonEntry>;
  readonly items?: readonly PythonNode[];
}

export interface PythonEntry extends Entry {
  readonly node: PythonNode;
}

export interface PythonDocument {
  readonly root?: PythonNode;
  readonly findings: readonly Finding[];
}

const MAX_DEPTH = 64;

/** Most values that aliases may add, so that a short text cannot grow into gigabytes. */
const MAX_ALIASED = 10_000;

/** A tab before the first word is an error to PyYAML, though not to our parser. */
const EARLY_TAB = /^(?: *(?:#[^\n]*)?\r?\n)* *\t/;

/** A `#` right behind a closing quote or bracket begins a comment for PyYAML all the same. */
const FORGIVEN = /^Comments must be separated from other tokens/;

const TAG = "tag:yaml.org,2002:";

/** What a tag makes of a scalar; of others PyYAML's safe loader knows nothing, and gives up on the document. */
const TAGGED: Readonly<Record<string, Kind>> = {
  [`${TAG}str`]: "string",
  [`${TAG}binary`]: "string",
  [`${TAG}int`]: "integer",
  [`${TAG}float`]: "number",
  [`${TAG}bool`]: "boolean",
  [`${TAG}null`]: "null",
  [`${TAG}timestamp`]: "date",
};

interface Place {
  readonly path: string;
  readonly offset: number;
  readonly depth: number;
  readonly aliased: boolean;
}

/**
 * Whether a colon stands where PyYAML wants a key before it: in brackets, or behind something on its line, as the last
 * one of `a: {b: c}:`. Our parser takes an empty key there.
 */
const lacksKey = ({ text }: Context, key: ParsedNode, inBrackets: boolean): boolean => {
  if (!isScalar(key) || key.type !== Scalar.PLAIN || key.source !== "" || key.anchor !== undefined)
    return false;
  const [offset] = key.range;
  return inBrackets || text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset).trim() !== "";
};

interface Context {
  readonly text: string;
  readonly findings: Finding[];
  /** Only those that are complete, so that nothing can hold itself. */
  readonly anchors: Map<string, ParsedNode>;
  aliased: number;
}

const refuse = (context: Context, { path, offset }: Place, message: string, hint?: string): PythonNode => {
  context.findings.push({ severity: "error", offset, key: path, message, hint });
  return { path, offset, value: null, kind: "null" };
};

const under = (place: Place, path: string, offset: number): Place => ({
  ...place,
  path,
  offset: place.aliased ? place.offset : offset,
  depth: place.depth + 1,
});

/** `<<` in quotes is a key like any other. */
const isMerge = (key: ParsedNode): boolean =>
  isScalar(key) && key.type === Scalar.PLAIN && key.source === "<<";

/** What a merge key brings: the entries of one mapping, or of several, of which earlier ones win. */
const merged = (context: Context, value: ParsedNode | null, place: Place): PythonDocument["root"][] => {
  const node = convert(context, value, place);
  const all = node.items ?? [node];
  if (all.every(({ kind }) => kind === "object")) return [...all];
  refuse(context, place, "a merge key takes a mapping, or a list of them");
  return [];
};

const mapping = (
  context: Context,
  { items, flow = false }: YAMLMap<ParsedNode, ParsedNode | null>,
  place: Place,
): PythonNode => {
  const entries = new Map<string, PythonEntry>();
  const brought: PythonDocument["root"][] = [];
  for (const { key, value } of items) {
    const at = under(place, place.path, key.range[0]);
    if (isMerge(key)) {
      brought.push(...merged(context, value, at));
      continue;
    }
    if (lacksKey(context, key, flow)) {
      refuse(context, at, "a colon without a key before it", "put a text with a colon in quotes");
      continue;
    }
    const named = convert(context, key, at);
    if (named.kind === "object" || named.kind === "array") {
      refuse(context, at, "a key must be a plain word", 'put the value in quotes: "…"');
      continue;
    }
    const name = isScalar(key) ? String(key.source ?? key.value ?? "") : String(named.value);
    const path = keyPath(place.path, name);
    if (entries.has(name)) refuse(context, { ...at, path }, "is given twice");
    const empty = value === null || (isScalar(value) && value.source === "" && value.type === Scalar.PLAIN);
    const node = convert(context, value, under(place, path, empty ? key.range[0] : value.range[0]));
    entries.set(name, { offset: at.offset, node });
  }
  for (const from of brought)
    for (const [name, entry] of from?.entries ?? []) if (!entries.has(name)) entries.set(name, entry);
  const value = Object.fromEntries([...entries].map(([name, { node }]) => [name, node.value]));
  return { path: place.path, offset: place.offset, value, kind: "object", entries };
};

const alias = (context: Context, name: string, place: Place): PythonNode => {
  const target = context.anchors.get(name);
  if (target === undefined)
    return refuse(
      context,
      place,
      `"*${name}" is an alias without an anchor`,
      "put the value in quotes, unless you meant an alias",
    );
  return convert(context, target, { ...place, depth: place.depth + 1, aliased: true });
};

const scalar = (context: Context, source: Scalar.Parsed, place: Place): PythonNode => {
  const { path, offset } = place;
  const text = source.source ?? "";
  // A lone `!` asks for what the text looks like, even in quotes.
  const bare = source.tag === "!" || (source.type === Scalar.PLAIN && source.tag === undefined);
  const tagged = source.tag === undefined ? undefined : TAGGED[source.tag];
  if (source.tag !== undefined && source.tag !== "!" && tagged === undefined)
    return refuse(
      context,
      place,
      `cloud-init does not know the tag ${source.tag}`,
      "put the value in quotes",
    );
  const kind = tagged ?? (bare ? kindOfPlain(text) : "string");
  const value =
    source.tag === `${TAG}binary`
      ? Buffer.from(text, "base64")
      : kind !== "string"
        ? plainValue(kind, text)
        : source.type === Scalar.PLAIN
          ? text
          : source.value;
  if (value === undefined)
    return refuse(context, place, `"${text}" is no ${kind}`, "put the value in quotes");
  return { path, offset, value, source: text, kind };
};

const plain = (context: Context, source: ParsedNode | null, place: Place): PythonNode => {
  const { path, offset } = place;
  if (source === null) return { path, offset, value: null, kind: "null" };
  if (isAlias(source)) return alias(context, source.source, place);
  if (isScalar(source)) return scalar(context, source, place);
  if (source.tag !== undefined && !/^(!|tag:yaml\.org,2002:(map|seq))$/.test(source.tag))
    return refuse(context, place, `cloud-init does not know the tag ${source.tag}`, "leave it out");
  if (isMap(source)) return mapping(context, source, place);
  if (!isSeq(source)) return { path, offset, value: null, kind: "null" };
  const items = (source.items as ParsedNode[]).map((item, index) =>
    convert(context, item, under(place, `${path}[${index}]`, item.range[0])),
  );
  return { path, offset, value: items.map(({ value }) => value), kind: "array", items };
};

const convert = (context: Context, source: ParsedNode | null, place: Place): PythonNode => {
  if (place.depth > MAX_DEPTH) return refuse(context, place, "nested too deeply");
  if (place.aliased) {
    context.aliased += 1;
    if (context.aliased === MAX_ALIASED)
      return refuse(context, place, "aliases make this document too large");
    if (context.aliased > MAX_ALIASED)
      return { path: place.path, offset: place.offset, value: null, kind: "null" };
  }
  const node = plain(context, source, place);
  if (source !== null && !isAlias(source) && source.anchor !== undefined)
    context.anchors.set(source.anchor, source);
  return node;
};

/** The document in a text as cloud-init reads it, or what keeps it from being read. Pure; never throws. */
export const readPythonDocument = (text: string): PythonDocument => {
  if (EARLY_TAB.test(text)) {
    const offset = text.indexOf("\t");
    return {
      findings: [{ severity: "error", offset, key: "", message: "tabs cannot indent YAML; use spaces" }],
    };
  }
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  document.errors = document.errors.filter(({ message }) => !FORGIVEN.test(message));
  // Without errors what is left to complain about is a `%YAML 1.1`, which is what PyYAML reads anyway.
  if (document.errors.length > 0) return { findings: syntaxFindings(text, document) };
  const { contents } = document;
  const context: Context = { text, findings: [], anchors: new Map(), aliased: 0 };
  const offset = contents?.range[0] ?? 0;
  const root = convert(context, contents, { path: "", offset, depth: 0, aliased: false });
  return { root, findings: context.findings };
};
