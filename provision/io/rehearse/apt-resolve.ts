import { type Download, downloadsIn, tellingLine, unknownIn } from "../../rehearse/packages/apt-answers.ts";
import type { Missing } from "../../rehearse/packages/ports.ts";
import type { AptGet } from "./apt.ts";

/** What it takes to install some packages together. */
export interface Resolved {
  readonly specs: readonly string[];
  readonly downloads: readonly Download[];
  readonly missing: readonly Missing[];
  /** Whether no command needs them just so: then it is no loss when they are not to be had. */
  readonly extra?: boolean;
}

const NOTHING: Resolved = { specs: [], downloads: [], missing: [] };

/** What apt would fetch if it had fetched nothing before. */
const ask = (apt: AptGet, shared: string, specs: readonly string[]) =>
  apt(
    ...["-q", "-y", "--print-uris", "-o", "Acquire::ForceHash=SHA256"],
    ...["-o", `Dir::Cache::archives=${shared}/none/`, "install", "--", ...specs],
  );

const asked = async (apt: AptGet, shared: string, specs: readonly string[]): Promise<readonly Resolved[]> => {
  const { status, out, said } = await ask(apt, shared, specs);
  if (status === 0) return [{ specs, downloads: downloadsIn(out), missing: [] }];
  const unknown = unknownIn(said, specs);
  const left = specs.filter((spec) => !unknown.some((missing) => missing.spec === spec));
  if (unknown.length > 0)
    return [{ ...NOTHING, missing: unknown }, ...(left.length === 0 ? [] : await asked(apt, shared, left))];
  // One by one, when they do not go together: whoever names two that exclude each other has two branches.
  if (specs.length > 1) return oneByOne(apt, shared, specs);
  return [
    { ...NOTHING, missing: specs.map((spec) => ({ spec, why: "unresolvable", said: tellingLine(said) })) },
  ];
};

const oneByOne = async (
  apt: AptGet,
  shared: string,
  specs: readonly string[],
): Promise<readonly Resolved[]> => {
  const each: Resolved[] = [];
  for (const spec of specs) each.push(...(await asked(apt, shared, [spec])));
  return each;
};

/**
 * Resolves command by command, since that is how they will be run, and then all of them at once, which is how they will
 * end up: what the first one needs may differ from what it needs beside the second one. What apt does not know is left
 * out: it is not to keep the others from being had.
 */
export const resolveAll = async (
  apt: AptGet,
  shared: string,
  requests: readonly (readonly string[])[],
): Promise<readonly Resolved[]> => {
  const each: Resolved[] = [];
  for (const specs of requests) if (specs.length > 0) each.push(...(await asked(apt, shared, specs)));
  const found = each.filter(({ specs }) => specs.length > 0);
  if (found.length < 2) return each;
  const known = [...new Set(found.flatMap(({ specs }) => specs))];
  const { status, out } = await ask(apt, shared, known);
  // First, since most is had in one go then.
  return status === 0
    ? [{ specs: known, downloads: downloadsIn(out), missing: [], extra: true }, ...each]
    : each;
};
