import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod/mini";
import type { Fetched } from "../../rehearse/packages/ports.ts";
import { writeWhole } from "./apt-places.ts";

const WHY = ["unknown", "unresolvable", "unreachable", "no apt", "no dpkg"] as const;

const text = z.string();

/** What a fetch has come to, as it is kept on disk. */
const answer = z.object({
  version: z.literal(1),
  at: z.number(),
  files: z.array(z.object({ path: text, file: text, control: text, bytes: z.number(), sha256: text })),
  missing: z.array(z.object({ spec: text, why: z.enum(WHY), said: text })),
  release: z.object({ origin: text, codename: text, architecture: text }),
});

export type Answer = Pick<Required<Fetched>, "files" | "missing" | "release"> & {
  /** In milliseconds since 1970. */
  readonly at: number;
};

/** An answer that was kept; undefined when there is none, or it is of another version. */
export const readAnswer = async (path: string): Promise<Answer | undefined> => {
  try {
    return answer.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
};

export const keepAnswer = async (path: string, kept: Answer): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, JSON.stringify({ version: 1, ...kept }));
};
