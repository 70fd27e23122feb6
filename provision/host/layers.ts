import { Buffer } from "node:buffer";
import { dirname, isAbsolute, join, relative } from "node:path";
import { type Entry, type Node, readDocument } from "../../agent/config/document.ts";
import { encodingFinding } from "../../agent/config/encoding.ts";
import type { Finding } from "../../agent/config/fault.ts";
import { type Position, positions } from "../../agent/config/positions.ts";
import { isRecipePath } from "../ami/recipe-paths.ts";
import { withEntries, withItems } from "./tree.ts";

export interface HostFile {
  readonly file: string;
  readonly content: string | Uint8Array;
}

export interface FilePosition extends Position {
  readonly file: string;
}

/** A host.yaml over those that it extends, as one tree: by its offset each value knows its file. */
export interface Layers {
  readonly root: Node | undefined;
  readonly findings: readonly Finding[];
  /** A new reader of offsets, to be asked in ascending order. */
  readonly places: () => (offset: number) => FilePosition;
}

/** Values that are paths, as seen from the file that they stand in. */
const isPathKey = (key: string): boolean =>
  /^boot\.(?:scripts\[\d+\]|cloud_config)$/.test(key) || isRecipePath(key);

interface Layer {
  readonly file: string;
  readonly text: string;
  /** The offset of its first character in the whole. */
  readonly from: number;
  readonly root: Node | undefined;
  readonly findings: readonly Finding[];
}

const readLayer = ({ file, content }: HostFile, from: number): Layer => {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const text = new TextDecoder().decode(bytes);
  const fault = encodingFinding(text, bytes);
  const { root, findings } =
    fault === undefined ? readDocument(text) : { root: undefined, findings: [fault] };
  return { file, text, from, root, findings: findings.map((one) => ({ ...one, offset: one.offset + from })) };
};

/** The same tree, with offsets of the whole and with paths as seen from the first file. */
const placed = (node: Node, from: number, prefix: string): Node => {
  const moved = { ...node, offset: node.offset + from };
  if (node.items !== undefined)
    return withItems(
      moved,
      node.items.map((item) => placed(item, from, prefix)),
    );
  if (node.entries !== undefined)
    return withEntries(
      moved,
      [...node.entries].map(([name, entry]) => [
        name,
        { offset: entry.offset + from, node: placed(entry.node, from, prefix) },
      ]),
    );
  const { value } = node;
  const isRelative = typeof value === "string" && isPathKey(node.path) && !isAbsolute(value);
  return isRelative ? { ...moved, value: join(prefix, value) } : moved;
};

/** Mappings are put together key by key; whatever else stands above takes the place of what is below. */
const over = (above: Node, below: Node): Node => {
  if (above.entries === undefined || below.entries === undefined) return above;
  const names = new Set([...above.entries.keys(), ...below.entries.keys()]);
  return withEntries(
    above,
    [...names].flatMap((name): (readonly [string, Entry])[] => {
      const [one, other] = [above.entries?.get(name), below.entries?.get(name)];
      if (one !== undefined && other !== undefined)
        return [[name, { ...one, node: over(one.node, other.node) }]];
      const only = one ?? other;
      return only === undefined ? [] : [[name, only]];
    }),
  );
};

/** What a file extends stands in itself, and is not handed on. */
const withoutExtends = (root: Node): Node =>
  root.entries === undefined
    ? root
    : withEntries(
        root,
        [...root.entries].filter(([name]) => name !== "extends"),
      );

/** The path that a file says it extends, as it is written there; undefined for a file that stands alone. */
export const extendsOf = (content: Uint8Array): string | undefined => {
  const { root } = readLayer({ file: "", content }, 0);
  const value = root?.entries?.get("extends")?.node.value;
  return typeof value === "string" ? value : undefined;
};

/** `files`: first the one that is asked for, then what it extends, and so on. Pure; never throws. */
export const readLayers = (files: readonly HostFile[]): Layers => {
  const layers: Layer[] = [];
  let from = 0;
  for (const file of files) {
    const layer = readLayer(file, from);
    layers.push(layer);
    // One more: the end of a file is a place in it, too.
    from += layer.text.length + 1;
  }
  const [first] = layers;
  const roots = layers.flatMap(({ root, from: at, file }, depth) => {
    const prefix = relative(dirname(first?.file ?? ""), dirname(file));
    if (root === undefined) return [];
    return [depth === 0 ? root : withoutExtends(placed(root, at, prefix))];
  });
  return {
    root: layers[0]?.root === undefined ? undefined : roots.reduce((above, below) => over(above, below)),
    findings: layers.flatMap(({ findings }) => findings),
    places: () => {
      const readers = layers.map(({ text }) => positions(text));
      return (offset) => {
        const at = Math.max(
          0,
          layers.findLastIndex((layer) => layer.from <= offset),
        );
        const layer = layers[at];
        const { line, column } = readers[at]?.(offset - (layer?.from ?? 0)) ?? { line: 1, column: 1 };
        return { file: layer?.file ?? "", line, column };
      };
    },
  };
};
