import { join } from "node:path";
import { tellingLine } from "../../rehearse/packages/apt-answers.ts";
import type { FetchedFile, Missing } from "../../rehearse/packages/ports.ts";
import type { AptGet } from "./apt.ts";
import type { Resolved } from "./apt-resolve.ts";
import { cachedFile } from "./package-files.ts";

export interface Downloaded {
  readonly files: readonly FetchedFile[];
  readonly missing: readonly Missing[];
}

/** Fetches what is resolved. What is in the cache already needs no network. */
export const download = async (
  apt: AptGet,
  shared: string,
  resolved: readonly Resolved[],
  stop: AbortSignal | undefined,
): Promise<Downloaded> => {
  const files = new Map<string, FetchedFile>();
  const missing = new Map<string, Missing>();
  const miss = (one: Missing): unknown => missing.has(one.spec) || missing.set(one.spec, one);

  const areThere = async ({ downloads }: Resolved): Promise<boolean> => {
    for (const wanted of downloads) {
      if (files.has(wanted.archive)) continue;
      const file = await cachedFile(wanted, join(shared, "archives"), stop);
      if (file !== undefined) files.set(wanted.archive, file);
    }
    return downloads.every(({ archive }) => files.has(archive));
  };

  for (const one of resolved) {
    one.missing.forEach(miss);
    if (await areThere(one)) continue;
    const { said } = await apt("-q", "-y", "--download-only", "install", "--", ...one.specs);
    if ((await areThere(one)) || one.extra) continue;
    for (const spec of one.specs) miss({ spec, why: "unreachable", said: tellingLine(said) });
  }
  return { files: [...files.values()], missing: [...missing.values()] };
};
