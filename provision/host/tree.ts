import type { Entry, Node } from "../../agent/config/document.ts";

/** A mapping with other entries, and the value that follows from them. */
export const withEntries = (node: Node, entries: Iterable<readonly [string, Entry]>): Node => {
  const all = new Map(entries);
  return {
    ...node,
    entries: all,
    value: Object.fromEntries([...all].map(([name, entry]) => [name, entry.node.value])),
  };
};

/** A list with other items, and the value that follows from them. */
export const withItems = (node: Node, items: readonly Node[]): Node => ({
  ...node,
  items,
  value: items.map(({ value }) => value),
});
