import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseUserData } from "../../../provision/user-data/parse.ts";

/** What a parser makes of user data; `failed` when it gives up on all of it. */
export type Reading =
  | { readonly failed: true }
  | {
      readonly failed: false;
      readonly parts: readonly { readonly type: string; readonly name: string; readonly bytes: string }[];
      readonly urls: readonly string[];
    };

interface Answer {
  readonly error?: string;
  readonly parts?: readonly { readonly type: string; readonly name: string; readonly bytes: string }[];
  readonly urls?: readonly string[];
}

/** One answer in JSON for each input, of a script that runs on the Python and the cloud-init of the machine. */
const answersOf = (script: string, inputs: readonly Uint8Array[]): readonly unknown[] => {
  const { stdout, stderr, status } = spawnSync("/usr/bin/python3", [join(import.meta.dirname, script)], {
    input: inputs.map((bytes) => `${Buffer.from(bytes).toString("base64")}\n`).join(""),
    maxBuffer: 268_435_456,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.split("\n").filter((line) => line !== "");
  if (lines.length !== inputs.length) throw new Error(`${lines.length} answers for ${inputs.length} inputs`);
  return lines.map((line) => JSON.parse(line) as unknown);
};

/** Asks the cloud-init of the machine about all inputs, in one process. */
export const cloudInitReadings = (inputs: readonly Uint8Array[]): readonly Reading[] => {
  const answers = answersOf("cloud-init-parts.py", inputs) as readonly Answer[];
  // Bytes that are no UTF-8 become lone surrogates in Python, and replacement characters here.
  return answers.map(({ error, parts = [], urls = [] }) =>
    error === undefined
      ? { failed: false, parts, urls: urls.map((url) => url.toWellFormed()) }
      : { failed: true },
  );
};

/** What `cloud-init schema --config-file` says of one text. */
export interface SchemaVerdict {
  /** There when it gives up before it looks at values: no YAML, no mapping, no header. */
  readonly whole: boolean;
  /** Paths such as `write_files.0` with what is wrong there; empty for a text that it takes. */
  readonly refused: readonly (readonly [path: string, why: string])[];
}

/** Asks it about all texts, in one process. */
export const schemaVerdicts = (texts: readonly string[]): readonly SchemaVerdict[] =>
  answersOf(
    "cloud-init-schema.py",
    texts.map((text) => Buffer.from(text)),
  ) as readonly SchemaVerdict[];

/** The same from our own parser. */
export const ourReading = (input: Uint8Array): Reading => {
  const { parts, fatal } = parseUserData(input);
  if (fatal !== undefined) return { failed: true };
  return {
    failed: false,
    parts: parts
      .filter(({ urls }) => urls === undefined)
      .map(({ type, name, bytes }) => ({ type, name, bytes: Buffer.from(bytes).toString("base64") })),
    urls: parts.flatMap(({ urls = [] }) => urls),
  };
};
