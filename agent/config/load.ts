import { Buffer, isUtf8 } from "node:buffer";
import { type Finding, type Node, readDocument } from "./document.ts";
import { explainIssues } from "./explain.ts";
import { importCloudWatchAgent, isCloudWatchAgent } from "./import-cloudwatch-agent.ts";
import { type AgentConfig, agentConfigSchema } from "./schema.ts";
import { explainTogether, settle } from "./settle.ts";

/** One thing that is wrong, or worth knowing, and where it stands. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** In characters, counted from 1. */
  readonly column: number;
  /** Path of the key as the file spells it; empty where the file cannot be understood at all. */
  readonly key: string;
  readonly message: string;
  readonly hint?: string;
}

/** What became of a file: `config` is there exactly when no problem is an error. */
export interface Loaded {
  readonly config?: AgentConfig;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
}

/** Largest configuration, in bytes: room for thousands of entries, and an end for a wrong file. */
export const CONFIG_BYTES = 1_048_576;

/** `FILE:LINE:COLUMN: error: key: message (hint)`, the form that editors and compilers share. */
export const formatProblem = ({ severity, file, line, column, key, message, hint }: Problem): string =>
  `${file}:${line}:${column}: ${severity}: ${key === "" ? "" : `${key}: `}${message}${hint === undefined ? "" : ` (${hint})`}`;

const whole = (message: string, offset = 0): Finding => ({ severity: "error", offset, key: "", message });

/** What YAML does not allow in a text: control characters other than tab and line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

interface Reading {
  readonly config?: AgentConfig;
  readonly findings: readonly Finding[];
}

/** Checks a document in the agent's own form; `before` is what was found on the way there. */
const readNative = (root: Node, before: readonly Finding[]): Reading => {
  const { data, error } = agentConfigSchema.safeParse(root.value);
  const refused = new Set(before.filter(({ severity }) => severity === "error").map(({ key }) => key));
  const findings = [
    ...before,
    ...explainIssues(root, error?.issues ?? []).filter(({ key }) => !refused.has(key)),
    ...explainTogether(root),
  ];
  const sound = data !== undefined && findings.every(({ severity }) => severity !== "error");
  return sound ? { config: settle(data), findings } : { findings };
};

const readText = (text: string): Reading => {
  const { root, findings } = readDocument(text);
  if (root === undefined) return { findings };
  if (root.value === null && findings.length === 0)
    return { findings: [whole("the file is empty: nothing to ship")] };
  if (!isCloudWatchAgent(root, text)) return readNative(root, findings);
  const imported = importCloudWatchAgent(root);
  return readNative(imported.root, [...findings, ...imported.findings]);
};

/** Everything that is wrong with a text before it is even a document, worst first. */
const unreadable = (text: string, bytes: Uint8Array): Finding | undefined => {
  if (bytes.length > CONFIG_BYTES)
    return whole(`is larger than ${CONFIG_BYTES} bytes: this cannot be a configuration`);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return { ...whole("is encoded in UTF-16"), hint: "save it as UTF-8" };
  if (!isUtf8(bytes))
    return { ...whole("is not valid UTF-8 here", firstBad(text, bytes)), hint: "save it as UTF-8" };
  const control = text.search(CONTROL);
  if (control === -1) return undefined;
  return whole(`holds a control character, code ${text.charCodeAt(control)}`, control);
};

/** Index into the decoded text of the first character that was not UTF-8: the first line that is not holds it. */
const firstBad = (text: string, bytes: Uint8Array): number => {
  let offset = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    if (!isUtf8(bytes.subarray(start, end))) return text.indexOf("\ufffd", offset);
    offset = text.indexOf("\n", offset) + 1;
    start = end;
  }
  return 0;
};

/** Turns an index into a line and a column, both counted from 1. */
const positions = (
  text: string,
): ((offset: number) => { readonly line: number; readonly column: number }) => {
  const starts = [0];
  for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: Array.from(text.slice(starts[low], offset)).length + 1 };
  };
};

/**
 * Reads a configuration, in the agent's own YAML or in the CloudWatch agent's JSON, and tells all that is wrong
 * with it at once. Pure; never throws.
 *
 * @param content the file as it is: bytes are also checked for their encoding
 * @param file the name that problems bear
 */
export const parseConfig = (content: string | Uint8Array, file: string): Loaded => {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const text = new TextDecoder().decode(bytes);
  const fault = unreadable(text, bytes);
  const { config, findings } = fault === undefined ? readText(text) : { findings: [fault] };
  const position = positions(text);
  const problems = findings
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ severity, offset, key, message, hint }): Problem => {
      const found = { severity, file, ...position(offset), key, message };
      return hint === undefined ? found : { ...found, hint };
    });
  return config === undefined ? { problems } : { config, problems };
};
