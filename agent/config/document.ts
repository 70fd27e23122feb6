import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, parseDocument } from "yaml";
import type { Finding } from "./fault.ts";
import { syntaxFindings } from "./syntax.ts";

/** A value of a document that knows where it stands. Exactly one of `entries` and `items` is there for a collection. */
export interface Node {
  /** Such as `logs.files[0].file_path`; empty for the whole document. */
  readonly path: string;
  /** Index into the text where the value begins. */
  readonly offset: number;
  /** The plain value, without positions. */
  readonly value: unknown;
  /** A value without quotes as the file spells it: `012` and `1e3` are numbers that look different. */
  readonly source?: string | undefined;
  readonly entries?: ReadonlyMap<string, Entry>;
  readonly items?: readonly Node[];
}

/** A key of a mapping with its value. */
export interface Entry {
  /** Index into the text where the key begins. */
  readonly offset: number;
  readonly node: Node;
}

/** Deepest nesting of a document: the configuration itself needs five levels. */
const MAX_DEPTH = 64;

/** Most values that aliases may add, so that a short text cannot grow into gigabytes. */
const MAX_ALIASED = 10_000;

/** A key as a path shows it: bare when it is a plain word, else quoted and shortened. */
const shown = (key: string): string => (/^[\w-]{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, 64)));

/** The path of a key inside the mapping at `path`. */
export const keyPath = (path: string, key: string): string =>
  path === "" ? shown(key) : `${path}.${shown(key)}`;

interface Context {
  readonly findings: Finding[];
  /** Nodes that aliases can repeat: those that are complete, so that nothing can hold itself. */
  readonly anchors: Map<string, ParsedNode>;
  /** How many values aliases have added so far. */
  aliased: number;
}

/** Where a value is to be placed: its path, where it begins, how deep it is, and whether an alias led there. */
interface Place {
  readonly path: string;
  readonly offset: number;
  readonly depth: number;
  readonly aliased: boolean;
}

const refuse = (context: Context, { offset, path }: Place, message: string, hint?: string): Node => {
  context.findings.push({ severity: "error", offset, key: path, message, hint });
  return { path, offset, value: null };
};

const under = (place: Place, path: string, offset: number): Place => ({
  ...place,
  path,
  offset: place.aliased ? place.offset : offset,
  depth: place.depth + 1,
});

const keyText = (key: ParsedNode): string | undefined =>
  isScalar(key) ? String(key.value === null ? (key.source ?? "") : key.value) : undefined;

const mapping = (
  context: Context,
  pairs: readonly Pair<ParsedNode, ParsedNode | null>[],
  place: Place,
): Node => {
  const entries = new Map<string, Entry>();
  for (const { key, value } of pairs) {
    const at = under(place, place.path, key.range[0]);
    const name = keyText(key);
    if (name === undefined) {
      refuse(
        context,
        at,
        "a key must be a plain word",
        'for a placeholder or a glob put the value in quotes: "…"',
      );
      continue;
    }
    const path = keyPath(place.path, name);
    if (entries.has(name)) refuse(context, { ...at, path }, "is given twice");
    else if (name === "<<")
      refuse(context, { ...at, path }, "merge keys are not supported", "repeat the keys");
    else {
      const empty = value === null || (isScalar(value) && value.value === null && value.source === "");
      const node = convert(context, value, under(place, path, empty ? key.range[0] : value.range[0]));
      entries.set(name, { offset: at.offset, node });
    }
  }
  const value = Object.fromEntries([...entries].map(([name, { node }]) => [name, node.value]));
  return { path: place.path, offset: place.offset, value, entries };
};

const NO_ANCHOR = "put the value in quotes, unless you meant an alias";

const alias = (context: Context, name: string, place: Place): Node => {
  const target = context.anchors.get(name);
  if (target === undefined)
    return refuse(context, place, `"*${name}" is an alias without an anchor`, NO_ANCHOR);
  return convert(context, target, { ...place, depth: place.depth + 1, aliased: true });
};

const list = (context: Context, sources: readonly ParsedNode[], place: Place): Node => {
  const items = sources.map((source, index) =>
    convert(context, source, under(place, `${place.path}[${index}]`, source.range[0])),
  );
  return { path: place.path, offset: place.offset, value: items.map((item) => item.value), items };
};

const TAG_HINT = "leave out the word that begins with !, or put the whole value in quotes";

/** The tags that every YAML document may use; `!!binary` and those of one application are refused. */
const CORE_TAG = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

const plain = (context: Context, source: ParsedNode | null, place: Place): Node => {
  if (isAlias(source)) return alias(context, source.source, place);
  if (source?.tag !== undefined && !CORE_TAG.test(source.tag))
    return refuse(context, place, "YAML tags are not supported", TAG_HINT);
  if (isMap(source)) return mapping(context, source.items, place);
  if (isSeq(source)) return list(context, source.items, place);
  const { path, offset } = place;
  return isScalar(source)
    ? { path, offset, value: source.value, source: source.source }
    : { path, offset, value: null };
};

/** One value of the parser's tree, with every oddity of YAML resolved or refused. */
const convert = (context: Context, source: ParsedNode | null, place: Place): Node => {
  if (place.depth > MAX_DEPTH) return refuse(context, place, "nested too deeply");
  if (place.aliased) {
    context.aliased += 1;
    if (context.aliased === MAX_ALIASED)
      return refuse(context, place, "aliases make this document too large");
    if (context.aliased > MAX_ALIASED) return { path: place.path, offset: place.offset, value: null };
  }
  const node = plain(context, source, place);
  if (source !== null && !isAlias(source) && source.anchor !== undefined)
    context.anchors.set(source.anchor, source);
  return node;
};

/** The document in a text, or what keeps it from being read. Without a root there is at least one finding. */
export const readDocument = (
  text: string,
): { readonly root?: Node; readonly findings: readonly Finding[] } => {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  const syntax = syntaxFindings(text, document);
  if (syntax.length > 0) return { findings: syntax };
  const { contents } = document;
  const context: Context = { findings: [], anchors: new Map(), aliased: 0 };
  const root = convert(context, contents, {
    path: "",
    offset: contents?.range[0] ?? 0,
    depth: 0,
    aliased: false,
  });
  return { root, findings: context.findings };
};
