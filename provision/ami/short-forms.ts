import * as z from "zod/mini";
import type { Entry, Node } from "../../agent/config/document.ts";
import { keyPath } from "../../agent/config/document.ts";
import { withEntries, withItems } from "../host/tree.ts";
import type { Kind } from "./kind.ts";
import { LISTS } from "./kinds.ts";

/** Whether it can do without any key: then its name alone is enough. */
export const needsNothing = ({ schema }: Kind): boolean => z.safeParse(schema, {}).success;

/** Whether the key that a value stands for takes a list of it. */
export const shortTakesList = ({ schema, short }: Kind): boolean =>
  short !== undefined && z.safeParse(schema, { [short]: ["x"] }).success;

/** `nginx` or `[nginx]` as `{install: [nginx]}`, where the file has them. */
const longForm = (node: Node, kind: Kind): Node => {
  if (node.entries !== undefined) return node;
  if (node.value === null && needsNothing(kind)) return withEntries(node, []);
  if (kind.short === undefined || node.value === null) return node;
  const value = node.items === undefined && shortTakesList(kind) ? withItems(node, [node]) : node;
  return withEntries({ path: node.path, offset: node.offset, value: {} }, [
    [kind.short, { offset: node.offset, node: value }],
  ]);
};

const longEntry = (item: Node, kinds: readonly Kind[]): Node => {
  // `- reboot`, without a colon.
  const named = kinds.find(({ name }) => name === item.value);
  if (named !== undefined && needsNothing(named)) {
    const inner = withEntries({ ...item, path: keyPath(item.path, named.name) }, []);
    return withEntries(item, [[named.name, { offset: item.offset, node: inner }]]);
  }
  if (item.entries === undefined) return item;
  return withEntries(
    item,
    [...item.entries].map(([name, entry]): [string, Entry] => {
      const kind = kinds.find((one) => one.name === name);
      return [name, kind === undefined ? entry : { ...entry, node: longForm(entry.node, kind) }];
    }),
  );
};

const replaced = (node: Node, name: string, change: (inner: Node) => Node): Node =>
  node.entries?.has(name) === true
    ? withEntries(
        node,
        [...node.entries].map(([one, entry]) => [
          one,
          one === name ? { ...entry, node: change(entry.node) } : entry,
        ]),
      )
    : node;

/** The document with every short form of a step or a check written out; each value keeps its place in the file. */
export const withLongForms = (root: Node): Node =>
  replaced(root, "image", (image) =>
    Object.entries(LISTS).reduce(
      (node, [name, kinds]) =>
        replaced(node, name, (list) =>
          list.items === undefined
            ? list
            : withItems(
                list,
                list.items.map((item) => longEntry(item, kinds)),
              ),
        ),
      image,
    ),
  );
