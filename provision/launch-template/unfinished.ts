import * as z from "zod/mini";
import type { Entry, Made, VersionRequest } from "./ports.ts";

/** What an apply that was cut off has begun, as far as its journal tells. */
export interface Unfinished {
  /** Of the version that it was to make. */
  readonly fingerprint: string;
  /** The request that was to make it, to be repeated as it was. */
  readonly request: VersionRequest;
  /** Absent when the answer of the service was not written down any more: the version may be there, or not. */
  readonly made?: Made;
}

const created = z.object({ id: z.string(), version: z.int(), warnings: z.array(z.string()) });
const create = z.object({
  fingerprint: z.string(),
  request: z.object({
    of: z.optional(z.string()),
    description: z.string(),
    tags: z.record(z.string(), z.string()),
    token: z.string(),
  }),
});

/**
 * What the last apply to a template has left undone; undefined when it came to an end. Pure.
 *
 * @param entries of the journal, the oldest first; those of other templates are passed over
 */
export const unfinishedOf = (entries: readonly Entry[], name: string): Unfinished | undefined => {
  let open: Unfinished | undefined;
  for (const entry of entries) {
    const { event, template } = entry;
    if (template !== name) continue;
    if (event === "create") open = create.safeParse(entry).data;
    else if (event === "created" && open !== undefined) open = { ...open, ...madeOf(entry) };
    else if (event === "promote" || event === "taken back" || event === "roll back") open = undefined;
  }
  return open;
};

const madeOf = (entry: Entry): Pick<Unfinished, "made"> => {
  const { data } = created.safeParse(entry);
  return data === undefined ? {} : { made: { id: data.id, number: data.version, warnings: data.warnings } };
};
