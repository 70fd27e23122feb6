import {
  AGENT_KEYS,
  COLLECTED_KEYS,
  ENTRY_KEYS,
  FILES_KEYS,
  type ForeignKeys,
  LOGS_KEYS,
  TOP_KEYS,
} from "./cloudwatch-agent-keys.ts";
import { type Entry, keyPath, type Node } from "./document.ts";
import type { Finding } from "./fault.ts";
import { nativeGlob } from "./foreign-glob.ts";
import { isGlob } from "./glob.ts";
import { nearest } from "./nearest.ts";
import { plainExclude } from "./plain-exclude.ts";
import { DEFAULT_STREAM, FLUSH_INTERVAL_SECONDS } from "./schema.ts";

/** The CloudWatch agent's document in this agent's shape, every value still where it stood in the file. */
export interface Imported {
  readonly root: Node;
  readonly findings: readonly Finding[];
}

const child = (node: Node | undefined, name: string): Node | undefined => node?.entries?.get(name)?.node;

/** True for a document in the form of `amazon-cloudwatch-agent.json`, judged by its content: JSON with its keys. */
export const isCloudWatchAgent = (root: Node, text: string): boolean => {
  if (text[root.offset] !== "{" || root.entries === undefined) return false;
  const logs = child(root, "logs")?.entries;
  const top = ["agent", "metrics", "traces", "opentelemetry"].some((name) => root.entries?.has(name));
  return top || logs?.has("logs_collected") === true || logs?.has("metrics_collected") === true;
};

/** The same node with another text. */
const edited = (node: Node | undefined, edit: (text: string) => string): Node | undefined =>
  typeof node?.value === "string" ? { ...node, value: edit(node.value) } : node;

const warning = (entry: Entry, message: string, hint?: string): Finding => ({
  severity: "warning",
  offset: entry.offset,
  key: entry.node.path,
  message,
  hint,
});

const stranger = (parent: Node, name: string, entry: Entry, keys: ForeignKeys): Finding => {
  const key = keyPath(parent.path, name);
  const meant = nearest(name, Object.keys(keys));
  return meant === undefined
    ? { severity: "warning", offset: entry.offset, key, message: "unknown key; it is ignored" }
    : {
        severity: "error",
        offset: entry.offset,
        key,
        message: "unknown key",
        hint: `did you mean ${meant}?`,
      };
};

/** What a reader should know about one mapping: keys without a counterpart here, or that it is none at all. */
const remarks = (node: Node | undefined, keys: ForeignKeys): Finding[] => {
  if (node === undefined) return [];
  if (node.entries === undefined)
    return [
      {
        severity: "error",
        offset: node.offset,
        key: node.path,
        message: "must be a mapping of keys to values",
      },
    ];
  return [...node.entries].flatMap(([name, entry]): Finding[] => {
    const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (known === undefined) return [stranger(node, name, entry, keys)];
    if (known === "taken" || known.harmless?.includes(entry.node.value)) return [];
    return [warning(entry, `not supported: ${known.means}`)];
  });
};

/** A mapping in this agent's shape; keys without a value are left out. */
const mapping = (like: Node, keys: Readonly<Record<string, Node | undefined>>): Node => {
  const given = Object.entries(keys).flatMap(([name, node]) => (node === undefined ? [] : [{ name, node }]));
  return {
    path: like.path,
    offset: like.offset,
    value: Object.fromEntries(given.map(({ name, node }) => [name, node.value])),
    entries: new Map(given.map(({ name, node }) => [name, { offset: node.offset, node }])),
  };
};

const list = (like: Node, items: readonly Node[]): Node => ({
  path: like.path,
  offset: like.offset,
  value: items.map(({ value }) => value),
  items,
});

/** What becomes of one part of the document. */
interface Part {
  readonly node: Node | undefined;
  readonly findings: readonly Finding[];
}

const flushInterval = (logs: Node): Part => {
  const entry = logs.entries?.get("force_flush_interval");
  const { most } = FLUSH_INTERVAL_SECONDS;
  const seconds = entry?.node.value;
  if (entry === undefined || typeof seconds !== "number" || seconds <= most)
    return { node: entry?.node, findings: [] };
  const message = `${seconds} seconds become ${most}, the longest that is allowed here`;
  return { node: { ...entry.node, value: most }, findings: [warning(entry, message)] };
};

/** The CloudWatch agent also takes a bare host name. */
const endpoint = (logs: Node): Node | undefined =>
  edited(child(logs, "endpoint_override"), (text) => (text.includes("://") ? text : `https://${text}`));

const exclude = (entry: Entry | undefined): Part => {
  if (entry === undefined || entry.node.value === "") return { node: undefined, findings: [] };
  const { value } = entry.node;
  if (typeof value !== "string")
    return { node: undefined, findings: [{ ...warning(entry, "must be a text"), severity: "error" }] };
  const globs = plainExclude(value);
  if (globs === undefined) {
    const message = "not supported: this regular expression has no equal among globs, so nothing is left out";
    return { node: undefined, findings: [warning(entry, message, "list globs under exclude in agent.yaml")] };
  }
  const items = globs.map((glob) => ({ ...entry.node, value: glob }));
  return { node: list(entry.node, items), findings: [] };
};

/** Where the lines of an entry go. */
interface Destination {
  readonly group: Node | undefined;
  readonly stream: Node | undefined;
  readonly findings: readonly Finding[];
}

/** With `publish_multi_logs` each file has a log group or a stream of its own, named by its path. */
const namedByPath = (
  every: Entry,
  { group, stream }: Destination,
  general: Node | undefined,
): Destination => {
  if (group === undefined) {
    const message = "each file gets a log group named by its path, extension included";
    const named = { ...every.node, value: "{file_path}" };
    return { group: named, stream, findings: [warning(every, message)] };
  }
  const message = "each file gets a stream of its own, but the slashes of its path stay slashes in the name";
  const base = stream ?? general ?? { ...every.node, value: DEFAULT_STREAM };
  const named = edited(base, (name) => `${name}_{file_path}`);
  return { group, stream: named, findings: [warning(every, message)] };
};

/** `general` is the stream of entries that name none. */
const destination = (node: Node, general: Node | undefined): Destination => {
  const stated = {
    group: child(node, "log_group_name"),
    stream: child(node, "log_stream_name"),
    findings: [],
  };
  const every = node.entries?.get("publish_multi_logs");
  if (every !== undefined && typeof every.node.value !== "boolean")
    return { ...stated, findings: [{ ...warning(every, "must be true or false"), severity: "error" }] };
  if (every?.node.value === true) return namedByPath(every, stated, general);
  const path = node.entries?.get("file_path");
  if (typeof path?.node.value !== "string" || !isGlob(path.node.value)) return stated;
  const message = "every file that matches is shipped, not only the newest";
  const hint = "add {file_name} to log_stream_name to keep their lines apart";
  return { ...stated, findings: [warning(path, message, hint)] };
};

const fileEntry = (node: Node, stream: Node | undefined): Part => {
  const unsupported = remarks(node, ENTRY_KEYS);
  if (node.entries === undefined) return { node, findings: unsupported };
  const to = destination(node, stream);
  const excluded = exclude(node.entries.get("blacklist"));
  const taken = mapping(node, {
    file_path: edited(child(node, "file_path"), nativeGlob),
    exclude: excluded.node,
    log_group_name: to.group,
    log_stream_name: to.stream,
    log_group_class: child(node, "log_group_class"),
    retention_in_days: child(node, "retention_in_days"),
    from_beginning: child(node, "from_beginning"),
  });
  return { node: taken, findings: [...unsupported, ...to.findings, ...excluded.findings] };
};

/** The CloudWatch agent joins indented and empty lines to the line before even where nothing asks for it. */
const indentedLines = (entry: Entry): Finding[] =>
  entry.node.items?.some(
    (item) => item.entries !== undefined && child(item, "multi_line_start_pattern") === undefined,
  )
    ? [
        warning(
          entry,
          "indented lines are events of their own and empty ones are left out; neither is joined to the line before",
        ),
      ]
    : [];

const collectList = (logs: Node): Part => {
  const collected = child(logs, "logs_collected");
  const files = child(collected, "files");
  const entry = files?.entries?.get("collect_list");
  const findings = [...remarks(collected, COLLECTED_KEYS), ...remarks(files, FILES_KEYS)];
  if (entry === undefined) {
    const path = "logs.logs_collected.files.collect_list";
    return { node: list({ ...(files ?? collected ?? logs), path }, []), findings };
  }
  if (entry.node.items === undefined) return { node: entry.node, findings };
  const parts = entry.node.items.map((item) => fileEntry(item, child(logs, "log_stream_name")));
  return {
    node: list(
      entry.node,
      parts.flatMap(({ node }) => node ?? []),
    ),
    findings: [...findings, ...indentedLines(entry), ...parts.flatMap((part) => part.findings)],
  };
};

/** Puts the CloudWatch agent's keys where this agent has them, and names every key that is left behind. */
export const importCloudWatchAgent = (root: Node): Imported => {
  const agent = child(root, "agent");
  const logs = child(root, "logs") ?? mapping({ path: "logs", offset: root.offset, value: {} }, {});
  const flush = flushInterval(logs);
  const files = collectList(logs);
  const taken = mapping(root, {
    region: child(agent, "region"),
    logs: mapping(logs, {
      endpoint_override: endpoint(logs),
      force_flush_interval: flush.node,
      log_stream_name: child(logs, "log_stream_name"),
      files: files.node,
    }),
  });
  const findings = [
    ...remarks(root, TOP_KEYS),
    ...remarks(agent, AGENT_KEYS),
    ...remarks(logs, LOGS_KEYS),
    ...flush.findings,
    ...files.findings,
  ];
  return { root: taken, findings };
};
