import { AppError } from "../../agent/base/errors.ts";
import { VERSION } from "../../agent/base/version.ts";
import type { LoadedHost } from "../host/load.ts";
import { originOf } from "../launch-template/origin.ts";
import type { TemplateFinding } from "../launch-template/rules/rules.ts";
import type { Finding } from "../lint/lint.ts";
import { report } from "../lint/report.ts";
import type { Terminal } from "./command.ts";

/** What the rules say of a launch template, where the file says what led to it: once for a key, however often it is used. */
export const templateFindings = (
  found: readonly TemplateFinding[],
  positionOf: LoadedHost["positionOf"],
): readonly Finding[] => {
  const seen = new Set<string>();
  return found.flatMap(({ rule, severity, field, message }): readonly Finding[] => {
    const position = positionOf(originOf(field));
    const key = JSON.stringify([rule, position, message]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [
      {
        rule,
        severity,
        ...position,
        message: `launch template: ${field} ${message}`,
        fixable: false,
      },
    ];
  });
};

/**
 * Findings to standard error, and no further with an error among them.
 *
 * @throws AppError INPUT_INVALID
 */
export const refuseBroken = (findings: readonly Finding[], file: string, { err }: Terminal): void => {
  err(report("text", findings, VERSION));
  if (findings.some(({ severity }) => severity === "error"))
    throw new AppError("INPUT_INVALID", `${file} breaks rules of launch templates, listed above.`);
};
