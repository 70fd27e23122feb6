import type { Missing } from "./ports.ts";
import { shortfallsIn } from "./shortfalls.ts";

/** One file that apt would fetch. */
export interface Download {
  readonly uri: string;
  /** The name that apt gives it. */
  readonly archive: string;
  readonly bytes: number;
  /** In hexadecimal digits; empty where the mirror does not say. */
  readonly sha256: string;
}

/** What `apt-get install --print-uris` prints. */
export const downloadsIn = (printed: string): readonly Download[] =>
  [...printed.matchAll(/^'(\S+)' (\S+) (\d+) ?(?:SHA256:([0-9a-f]{64}))?.*$/gm)].map(
    ([, uri = "", archive = "", bytes = "", sha256 = ""]) => ({ uri, archive, bytes: Number(bytes), sha256 }),
  );

/** `nginx:amd64=1.22` and the like without all that is no name. */
const bareName = (spec: string): string => spec.split(/[=/:]/, 1)[0] ?? spec;

/** What apt does not know of what it was asked for, by its errors. */
export const unknownIn = (said: string, specs: readonly string[]): readonly Missing[] => {
  const found = shortfallsIn(said).filter(({ kind }) => kind === "package" || kind === "version");
  return specs.flatMap((spec) => {
    const shortfall = found.find(({ name = "" }) =>
      [spec, spec.split(/[=/]/, 1)[0], bareName(spec)].includes(name),
    );
    return shortfall === undefined ? [] : [{ spec, why: "unknown" as const, said: shortfall.text }];
  });
};

/** Which lines say most, the best first. */
const TELLING = [/^\s*\S+ : (Pre)?(Depends|Conflicts|Breaks): /, /^W: GPG error: /, /^E: /, /^W: /, /\S/];

/** The one line of many that says most of why apt has failed: what does not go together, an error, a warning. */
export const tellingLine = (said: string): string => {
  const lines = said.split("\n");
  const kind = TELLING.find((pattern) => lines.some((line) => pattern.test(line)));
  return lines.find((line) => kind?.test(line))?.trim() ?? "";
};
