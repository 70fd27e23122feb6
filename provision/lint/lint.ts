import { positions } from "../../agent/config/positions.ts";
import { parseUserData, type UserData } from "../user-data/parse.ts";
import { type Ignore, ignoresIn } from "./ignores.ts";
import type { Context, Hit, Severity } from "./rule.ts";
import { RULES } from "./rules.ts";
import { type Place, subjectOf } from "./subject.ts";

/** One thing that was found, where a reader looks for it. */
export interface Finding {
  /** `UD01`…, `UD00` for a comment that ignores without a reason, or `SC2086` and the like of shellcheck. */
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  /** In the decoded file, counted from 1. */
  readonly line: number;
  /** In characters, counted from 1. */
  readonly column: number;
  /** The part, where the line is not that of the problem but where the encoded part begins. */
  readonly within?: string;
  readonly message: string;
  readonly fixable: boolean;
}

export interface Linted {
  readonly data: UserData;
  readonly findings: readonly Finding[];
  /** The file with everything mended that can be mended safely; undefined when there is nothing of that. */
  readonly fixed?: string;
}

/** Index into the decoded text; for an encoded part that of its beginning. */
const absolute = ({ part, offset }: Place): number =>
  part === undefined ? offset : part.verbatim ? part.offset + offset : part.offset;

/** Which line of an encoded part, so that a reader can find it there. */
const within = ({ part, offset }: Place): string | undefined =>
  part === undefined || part.verbatim
    ? undefined
    : `line ${part.text.slice(0, offset).split("\n").length} of ${part.name}`;

interface Found extends Hit {
  readonly rule: string;
  readonly severity: Severity;
}

/** A rule that fails on its input is a mistake of ours, and must not hide what the others find. */
const runRules = (data: UserData, context: Context): readonly Found[] => {
  const subject = subjectOf(data, context);
  return RULES.flatMap(({ id, severity, check }) =>
    [...check(subject)].map((hit) => ({ severity, ...hit, rule: id })),
  );
};

const isIgnored = (ignores: readonly Ignore[], rule: string, line: number): boolean =>
  ignores.some(
    ({ ids, lines, reason }) =>
      reason !== "" && ids.includes(rule) && (lines === undefined || lines.has(line)),
  );

/** Positions are read in ascending order. */
const placed = (file: string, data: UserData, found: readonly Found[]): readonly Finding[] => {
  const position = positions(data.text);
  return found
    .toSorted((a, b) => absolute(a.at) - absolute(b.at))
    .map(({ rule, severity, message, at, fix }) => {
      const inside = within(at);
      return {
        rule,
        severity,
        file,
        ...position(absolute(at)),
        ...(inside === undefined ? {} : { within: inside }),
        message,
        fixable: fix !== undefined && canEdit(data, at),
      };
    });
};

/** Only what stands in the file as it is can be edited in it. */
const canEdit = ({ layers, fault }: UserData, { part }: Place): boolean =>
  layers.length === 0 && fault === undefined && (part === undefined || part.verbatim);

const withoutReason = (file: string, ignores: readonly Ignore[]): readonly Finding[] =>
  ignores
    .filter(({ reason }) => reason === "")
    .map(({ line, ids }) => ({
      rule: "UD00",
      severity: "warning",
      file,
      line,
      column: 1,
      message: `ignores ${ids.join(", ")} without a reason, and so does not: end the comment with "-- why"`,
      fixable: false,
    }));

const byPlace = (a: Finding, b: Finding): number =>
  a.line - b.line || a.column - b.column || a.rule.localeCompare(b.rule, "en");

/** What shellcheck and the like add to the findings of the rules; they can be ignored in the same way. */
export const ordered = (data: UserData, findings: readonly Finding[]): readonly Finding[] => {
  const ignores = ignoresIn(data.text);
  return findings.filter(({ rule, line }) => !isIgnored(ignores, rule, line)).toSorted(byPlace);
};

/**
 * Runs every rule over one file. Pure; never throws.
 *
 * @param content the file as it is: any user data, encoded or not
 * @param file the name that findings bear
 */
export const lintUserData = (content: Uint8Array, file: string, context: Context = {}): Linted => {
  const data = parseUserData(content);
  const found = runRules(data, context);
  const findings = ordered(data, [
    ...withoutReason(file, ignoresIn(data.text)),
    ...placed(file, data, found),
  ]);
  const kept = new Set(findings.map(({ rule, line }) => `${rule}:${line}`));
  const position = (at: Place): number => data.text.slice(0, absolute(at)).split("\n").length;
  const edits = found.filter(
    ({ at, fix, rule }) => fix && canEdit(data, at) && kept.has(`${rule}:${position(at)}`),
  );
  return edits.length === 0 ? { data, findings } : { data, findings, fixed: edited(data.text, edits) };
};

/** Applies the edits from the end; one that overlaps a later one waits for the next run. */
const edited = (text: string, hits: readonly Hit[]): string => {
  const edits = hits
    .flatMap(({ fix, at: { part } }) =>
      fix === undefined ? [] : [{ ...fix, offset: fix.offset + (part?.offset ?? 0) }],
    )
    .toSorted((a, b) => b.offset - a.offset);
  let result = text;
  let before = Number.POSITIVE_INFINITY;
  for (const { offset, remove, insert } of edits) {
    if (offset + remove > before) continue;
    result = result.slice(0, offset) + insert + result.slice(offset + remove);
    before = offset;
  }
  return result;
};

/** More rounds than that no file needs; a rule that mends for ever must not. */
const MOST_ROUNDS = 10;

/** Mends until nothing is left that can be mended. Undefined when there was nothing. */
export const mended = (content: Uint8Array, context: Context): string | undefined => {
  let text: string | undefined;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const bytes = text === undefined ? content : new TextEncoder().encode(text);
    const { fixed } = lintUserData(bytes, "", context);
    if (fixed === undefined || fixed === text) break;
    text = fixed;
  }
  return text;
};
