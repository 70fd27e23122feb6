import { Buffer } from "node:buffer";
import { printable } from "../base/printable.ts";
import { type Node, readDocument } from "./document.ts";
import { encodingFinding } from "./encoding.ts";
import { explainIssues } from "./explain.ts";
import type { Finding } from "./fault.ts";
import { importCloudWatchAgent, isCloudWatchAgent } from "./import-cloudwatch-agent.ts";
import { positions } from "./positions.ts";
import { type AgentConfig, agentConfigSchema } from "./schema.ts";
import { explainTogether, settle } from "./settle.ts";
import { surprises } from "./surprises.ts";

export { CONFIG_BYTES } from "./encoding.ts";

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
  /** In the order of the file; at most {@link MOST_PROBLEMS} and one that says how many are left out. */
  readonly problems: readonly Problem[];
}

/** Nobody reads more; a wrong file could have a hundred thousand. */
export const MOST_PROBLEMS = 200;

/** `FILE:LINE:COLUMN: error: key: message (hint)`, the form that editors and compilers share. */
export const formatProblem = ({ severity, file, line, column, key, message, hint }: Problem): string =>
  printable(
    `${file}:${line}:${column}: ${severity}: ${key === "" ? "" : `${key}: `}${message}${hint === undefined ? "" : ` (${hint})`}`,
  );

interface Reading {
  readonly config?: AgentConfig;
  readonly findings: readonly Finding[];
}

const isError = ({ severity }: Pick<Finding, "severity">): boolean => severity === "error";

/** Checks a document in the agent's own form, or the part of one; `before` is what was found on the way there. */
export const readNative = (root: Node, before: readonly Finding[]): Reading => {
  const { data, error } = agentConfigSchema.safeParse(root.value);
  const refused = new Set(before.filter(isError).map(({ key }) => key));
  const findings = [
    ...before,
    ...explainIssues(root, error?.issues ?? []).filter(({ key }) => !refused.has(key)),
    ...explainTogether(root),
    ...surprises(root),
  ];
  return data !== undefined && !findings.some(isError) ? { config: settle(data), findings } : { findings };
};

const EMPTY: Finding = {
  severity: "error",
  offset: 0,
  key: "",
  message: "the file is empty: nothing to ship",
};

const readText = (text: string): Reading => {
  const { root, findings } = readDocument(text);
  if (root === undefined) return { findings };
  if (root.value === null && findings.length === 0) return { findings: [EMPTY] };
  if (!isCloudWatchAgent(root, text)) return readNative(root, findings);
  const imported = importCloudWatchAgent(root);
  return readNative(imported.root, [...findings, ...imported.findings]);
};

/** The first of many, and how many more there are. */
const shortened = (findings: readonly Finding[]): readonly Finding[] => {
  if (findings.length <= MOST_PROBLEMS) return findings;
  const rest = findings.slice(MOST_PROBLEMS);
  const severity = rest.some(isError) ? "error" : "warning";
  const message = `${rest.length} more problems from here on are not listed`;
  return [...findings.slice(0, MOST_PROBLEMS), { severity, offset: rest[0]?.offset ?? 0, key: "", message }];
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
  const fault = encodingFinding(text, bytes);
  const { config, findings } = fault === undefined ? readText(text) : { findings: [fault] };
  const position = positions(text);
  const problems = shortened(findings.toSorted((a, b) => a.offset - b.offset)).map(
    ({ severity, offset, key, message, hint }): Problem => {
      const found = { severity, file, ...position(offset), key, message };
      return hint === undefined ? found : { ...found, hint };
    },
  );
  return config === undefined ? { problems } : { config, problems };
};
