import * as z from "zod/mini";
import type { Node } from "./document.ts";
import { quoted } from "./explain.ts";
import type { Finding } from "./fault.ts";
import { isGlob } from "./glob.ts";
import { defaultGroupName } from "./names.ts";
import {
  type AgentConfig,
  DEFAULT_STREAM,
  type FileEntry,
  fileEntrySchema,
  RETENTION_UNTOUCHED,
  type StatedConfig,
  type StatedEntry,
} from "./schema.ts";

/** An entry may be compared with others although it has keys that nobody knows. */
const lenientEntry = z.object(fileEntrySchema.shape);

/** An entry that is sound by itself, with the place where it stands. */
export interface Placed {
  readonly entry: StatedEntry;
  readonly node: Node;
}

export const groupOf = (entry: StatedEntry): string =>
  entry.log_group_name ?? defaultGroupName(entry.file_path);

/** `stream` is that of the entries that name none, as the file states it. */
export const streamOf = (entry: StatedEntry, stream: unknown): string =>
  entry.log_stream_name ?? (typeof stream === "string" ? stream : DEFAULT_STREAM);

/** The place of a key in an entry: its value where it is given, else the entry itself. */
const at = (node: Node, key: string): Pick<Finding, "offset" | "key"> => {
  const value = node.entries?.get(key)?.node;
  return { offset: value?.offset ?? node.offset, key: value?.path ?? `${node.path}.${key}` };
};

const isSoundGlob = (path: unknown): boolean =>
  typeof path === "string" && isGlob(path) && fileEntrySchema.shape.file_path.safeParse(path).success;

const missingGroups = (entries: readonly Node[]): Finding[] =>
  entries
    .filter(
      ({ entries: keys }) => isSoundGlob(keys?.get("file_path")?.node.value) && !keys?.has("log_group_name"),
    )
    .map((node) => ({
      severity: "error",
      offset: node.offset,
      key: `${node.path}.log_group_name`,
      message: "is required when file_path is a glob",
    }));

/** Entries that would send the same lines twice to one stream. */
const repeated = (placed: readonly Placed[], stream: unknown): Finding[] => {
  const seen = new Map<string, Node>();
  return placed.flatMap(({ entry, node }): Finding[] => {
    const target = JSON.stringify([entry.file_path, groupOf(entry), streamOf(entry, stream)]);
    const first = seen.get(target);
    if (first === undefined) seen.set(target, node);
    else
      return [
        {
          severity: "error",
          ...at(node, "file_path"),
          message: `${quoted(entry.file_path)} goes to the same group and stream in ${first.path}: each line would be there twice`,
        },
      ];
    return [];
  });
};

type Setting = "retention_in_days" | "log_group_class";

/** What an entry says about its group; an untouched retention says nothing. */
const opinion = (entry: StatedEntry, setting: Setting): string | number | undefined =>
  entry[setting] === RETENTION_UNTOUCHED ? undefined : entry[setting];

const conflicts = (placed: readonly Placed[], setting: Setting): Finding[] => {
  const first = new Map<string, Placed>();
  return placed.flatMap(({ entry, node }): Finding[] => {
    const mine = opinion(entry, setting);
    if (mine === undefined) return [];
    const other = first.get(groupOf(entry));
    if (other === undefined) first.set(groupOf(entry), { entry, node });
    else if (opinion(other.entry, setting) !== mine)
      return [
        {
          severity: "error",
          ...at(node, setting),
          message: `log group ${quoted(groupOf(entry))} already has ${opinion(other.entry, setting)} in ${other.node.path}, and cannot have ${mine} too`,
        },
      ];
    return [];
  });
};

const nothingToShip = (root: Node): Finding[] => {
  const logs = root.entries?.get("logs")?.node;
  const files = logs?.entries?.get("files")?.node;
  // What is there but no list has been reported already.
  const broken = root.entries === undefined || (logs !== undefined && logs.entries === undefined);
  if (broken || (files !== undefined && files.items?.length !== 0)) return [];
  const { offset, path } = files ?? logs ?? root;
  const key = files === undefined ? "logs.files" : path;
  return [{ severity: "error", offset, key, message: "nothing to ship: no files are listed" }];
};

/** The entries that are sound by themselves, whatever is wrong with others. */
export const placedEntries = (
  root: Node,
): { readonly placed: readonly Placed[]; readonly stream: unknown } => {
  const logs = root.entries?.get("logs")?.node.entries;
  const placed = (logs?.get("files")?.node.items ?? []).flatMap((node): Placed[] => {
    const { data } = lenientEntry.safeParse(node.value);
    return data === undefined ? [] : [{ entry: data, node }];
  });
  return { placed, stream: logs?.get("log_stream_name")?.node.value };
};

/** What is wrong between values that are each right by themselves, whatever else is wrong. */
export const explainTogether = (root: Node): readonly Finding[] => {
  const entries = root.entries?.get("logs")?.node.entries?.get("files")?.node.items ?? [];
  const { placed, stream } = placedEntries(root);
  return [
    ...nothingToShip(root),
    ...missingGroups(entries),
    ...repeated(placed, stream),
    ...conflicts(placed, "retention_in_days"),
    ...conflicts(placed, "log_group_class"),
  ];
};

/** What the entries that have an opinion, which agree by now, say about each group. */
const opinions = <S extends Setting>(
  entries: readonly StatedEntry[],
  setting: S,
): Map<string, StatedEntry[S]> =>
  new Map(
    entries
      .filter((entry) => opinion(entry, setting) !== undefined)
      .map((entry) => [groupOf(entry), entry[setting]] as const),
  );

/** Fills in what depends on other keys. Only for a configuration without errors. */
export const settle = (stated: StatedConfig): AgentConfig => {
  const { files } = stated.logs;
  const classes = opinions(files, "log_group_class");
  const retentions = opinions(files, "retention_in_days");
  const settled = files.map((entry): FileEntry => {
    const group = groupOf(entry);
    return {
      ...entry,
      log_group_name: group,
      log_stream_name: entry.log_stream_name ?? stated.logs.log_stream_name,
      log_group_class: classes.get(group) ?? "STANDARD",
      retention_in_days: retentions.get(group) ?? RETENTION_UNTOUCHED,
    };
  });
  return { ...stated, logs: { ...stated.logs, files: settled } };
};
