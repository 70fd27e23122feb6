/** What the tests of the configuration share. */
import { join } from "node:path";
import { formatProblem, parseConfig } from "../../agent/config/load.ts";
import type { AgentConfig } from "../../agent/config/schema.ts";

export const FIXTURES = join(import.meta.dirname, "../fixtures/config");

/** The problems of a configuration, one line each; the file is called `f`. */
export const messages = (content: string | Uint8Array): readonly string[] =>
  parseConfig(content, "f").problems.map(formatProblem);

/** A configuration that must be valid. */
export const valid = (content: string): AgentConfig => {
  const { config } = parseConfig(content, "f");
  if (config === undefined) throw new Error(`not valid:\n${messages(content).join("\n")}`);
  return config;
};
