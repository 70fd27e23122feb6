import type { UserData } from "../user-data/parse.ts";
import { isScript } from "../user-data/sniff.ts";
import type { Finding } from "./lint.ts";
import type { Severity } from "./rule.ts";
import { shellOf } from "./subject.ts";

/** A script to be checked, and how its lines become lines of the file it is from. */
export interface Sheet {
  readonly text: string;
  readonly file: string;
  readonly toFile: (line: number) => Pick<Finding, "line" | "within">;
}

/** One comment of `shellcheck --format=json1`. */
export interface Comment {
  readonly line: number;
  readonly column: number;
  readonly level: "error" | "warning" | "info" | "style";
  readonly code: number;
  readonly message: string;
}

/** The shell scripts in user data. Templates are none before they are filled in. */
export const sheetsOf = ({ parts }: UserData, file: string): readonly Sheet[] =>
  parts
    .filter(({ type, text }) => isScript(type) && shellOf(text) !== undefined && text.startsWith("#!"))
    .map(({ text, line: first, verbatim, name }) => ({
      text,
      file,
      toFile: (line) =>
        verbatim ? { line: first + line - 1 } : { line: first, within: `line ${line} of ${name}` },
    }));

const SEVERITIES: Readonly<Record<Comment["level"], Severity>> = {
  error: "error",
  warning: "warning",
  info: "info",
  style: "info",
};

export const shellcheckFindings = (
  { file, toFile }: Sheet,
  comments: readonly Comment[],
): readonly Finding[] =>
  comments.map(({ line, column, level, code, message }) => ({
    rule: `SC${code}`,
    severity: SEVERITIES[level],
    file,
    column,
    message,
    fixable: false,
    ...toFile(line),
  }));
