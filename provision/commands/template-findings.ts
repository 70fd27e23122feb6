import type { LoadedHost } from "../host/load.ts";
import type { Template } from "../launch-template/data.ts";
import { originOf } from "../launch-template/origin.ts";
import { lintTemplate } from "../launch-template/rules/rules.ts";
import type { Finding } from "../lint/lint.ts";

/** What the rules say of a launch template, where the file says what led to it: once for a key, however often it is used. */
export const templateFindings = (
  template: Template,
  positionOf: LoadedHost["positionOf"],
): readonly Finding[] => {
  const seen = new Set<string>();
  return lintTemplate(template).flatMap(({ rule, severity, field, message }): readonly Finding[] => {
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
