import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Ledger } from "./ledger.ts";

/**
 * Looks into the files themselves: where the ledger says that a line can still be read, it must be there. What this
 * finds are mistakes of the harness.
 */
export const missingFromDisk = (ledger: Ledger): readonly string[] => missingFrom(ledger, contentOf);

/** The same, where `contentOf` gives what is in a file. */
export const missingFrom = (
  ledger: Ledger,
  contentOf: (path: string) => string | undefined,
): readonly string[] => {
  const wrong: string[] = [];
  for (const file of ledger.files) {
    const { reach, name } = file.standings.at(-1) ?? { reach: "nameless", name: "" };
    const parts = file.parts.filter(
      ({ line, to }) => to === undefined && line.wholeAt !== undefined && !line.torn,
    );
    if (reach === "nameless" || parts.length === 0) continue;
    const content = contentOf(name);
    if (content === undefined) {
      wrong.push(`the harness lost track of ${name}, which should hold ${parts.length} lines`);
      continue;
    }
    const there = new Set(content.split("\n").map((text) => text.replace(/^\0+/, "")));
    const missing = parts.filter(({ line }) => !there.has(line.text));
    if (missing.length > 0)
      wrong.push(`the harness is wrong about ${name}: ${missing.length} lines are not in it`);
  }
  return wrong;
};

const contentOf = (path: string): string | undefined => {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  } catch {
    return undefined;
  }
};
