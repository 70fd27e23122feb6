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

/** Asks the cloud-init of the machine about all inputs, in one process. */
export const cloudInitReadings = (inputs: readonly Uint8Array[]): readonly Reading[] => {
  const { stdout, stderr, status } = spawnSync(
    "/usr/bin/python3",
    [join(import.meta.dirname, "cloud-init-parts.py")],
    {
      input: inputs.map((bytes) => `${Buffer.from(bytes).toString("base64")}\n`).join(""),
      maxBuffer: 268_435_456,
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(stderr);
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
  // Bytes that are no UTF-8 become lone surrogates in Python, and replacement characters here.
  return answers.map(({ error, parts = [], urls = [] }) =>
    error === undefined
      ? { failed: false, parts, urls: urls.map((url) => url.toWellFormed()) }
      : { failed: true },
  );
};

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
