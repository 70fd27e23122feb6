import type { Severity } from "../../lint/rule.ts";
import type { Template } from "../data.ts";
import { CONTENT_RULES } from "./contents.ts";
import { FIELD_RULES } from "./fields.ts";
import { LAUNCH_RULES } from "./launch.ts";
import { METADATA_RULES } from "./metadata.ts";
import { NETWORK_RULES } from "./network.ts";
import type { TemplateRule } from "./shape.ts";
import { VOLUME_RULES } from "./volumes.ts";

export interface TemplateFinding {
  readonly rule: TemplateRule["id"];
  readonly severity: Severity;
  readonly field: string;
  readonly message: string;
}

/**
 * Every rule on launch templates, by number. Four are missing, since a template alone does not decide them. LT26 is
 * about the description of a version, LT27 and LT30 about the call that creates one, and LT28, which drift tells of, about those who use it.
 */
export const TEMPLATE_RULES: readonly TemplateRule[] = [
  ...CONTENT_RULES,
  ...METADATA_RULES,
  ...VOLUME_RULES,
  ...NETWORK_RULES,
  ...LAUNCH_RULES,
  ...FIELD_RULES,
].toSorted((a, b) => a.id.localeCompare(b.id, "en"));

const ORDER: readonly Severity[] = ["error", "warning", "info"];

const byWeight = (a: TemplateFinding, b: TemplateFinding): number =>
  ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
  a.field.localeCompare(b.field, "en", { numeric: true }) ||
  a.rule.localeCompare(b.rule, "en");

/** Everything that the rules find in a template, errors first, then by field. */
export const lintTemplate = (template: Template): readonly TemplateFinding[] =>
  TEMPLATE_RULES.flatMap((rule) =>
    Array.from(rule.check(template), ({ field, message, severity = rule.severity }) => ({
      rule: rule.id,
      severity,
      field,
      message,
    })),
  ).toSorted(byWeight);
