import { type Node, readDocument } from "../../agent/config/document.ts";
import { positions } from "../../agent/config/positions.ts";

export interface ArchiveEntry {
  readonly content: string;
  readonly type: string | undefined;
  readonly fileName: string | undefined;
  /** The line of the archive where the entry begins, counted from 1. */
  readonly line: number;
}

const textOf = (node: Node, key: string): string | undefined => {
  const value = node.entries?.get(key)?.node.value;
  return typeof value === "string" ? value : undefined;
};

/** A tab before the first word is an error to the YAML parser of cloud-init, though not to ours. */
const EARLY_TAB = /^(?: *(?:#[^\n]*)?\r?\n)* *\t/;

/** The entries of a `#cloud-config-archive`; what is neither a text nor a mapping is left out, as cloud-init does. */
export const archiveEntries = (text: string): readonly ArchiveEntry[] => {
  if (EARLY_TAB.test(text)) return [];
  const { root } = readDocument(text);
  const position = positions(text);
  return (root?.items ?? []).flatMap((node): ArchiveEntry[] => {
    const { line } = position(node.offset);
    if (typeof node.value === "string")
      return [{ content: node.value, type: undefined, fileName: undefined, line }];
    if (node.entries === undefined) return [];
    const type = textOf(node, "type");
    return [
      {
        content: textOf(node, "content") ?? "",
        type: type === "" ? undefined : type?.toLowerCase(),
        fileName: textOf(node, "filename"),
        line,
      },
    ];
  });
};
