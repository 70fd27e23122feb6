import { printable } from "../../agent/base/printable.ts";
import type { Finding } from "./lint.ts";
import type { Severity } from "./rule.ts";
import { RULES } from "./rules.ts";

/** What findings are printed as. `json` and `sarif` are contracts: docs/reference/json.md. */

const whole = ({ message, within }: Finding): string =>
  within === undefined ? message : `${message} (${within})`;

/** `FILE:LINE:COLUMN: error UD01: message`, the form that editors and compilers share. */
const asText = (findings: readonly Finding[]): string =>
  findings
    .map((finding) => {
      const { file, line, column, severity, rule } = finding;
      return `${printable(`${file}:${line}:${column}: ${severity} ${rule}: ${whole(finding)}`)}\n`;
    })
    .join("");

const asJson = (findings: readonly Finding[]): string => `${printable(JSON.stringify({ findings }))}\n`;

const LEVELS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", info: "note" };

/** SARIF 2.1.0, which code scanning of forges reads. */
const asSarif = (findings: readonly Finding[], version: string): string => {
  const rules = RULES.map(({ id, title, why, severity, sources }) => ({
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    ...(sources[0] === undefined ? {} : { helpUri: sources[0] }),
    defaultConfiguration: { level: LEVELS[severity] },
  }));
  const results = findings.map((finding) => ({
    ruleId: finding.rule,
    level: LEVELS[finding.severity],
    message: { text: whole(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(finding.file.replaceAll("\\", "/")) },
          region: { startLine: finding.line, startColumn: finding.column },
        },
      },
    ],
  }));
  const driver = { name: "provision", version, rules };
  return `${JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [{ tool: { driver }, results }] }, null, 2)}\n`;
};

const escapedForGithub = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string =>
  escapedForGithub(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Commands of GitHub Actions, which show a finding beside its line. */
const asGithub = (findings: readonly Finding[]): string =>
  findings
    .map((finding) => {
      const level = finding.severity === "info" ? "notice" : finding.severity;
      const place = `file=${property(finding.file)},line=${finding.line},col=${finding.column},title=${finding.rule}`;
      return `::${level} ${place}::${escapedForGithub(whole(finding))}\n`;
    })
    .join("");

export const FORMATS = ["text", "json", "sarif", "github"] as const;
export type Format = (typeof FORMATS)[number];

export const report = (format: Format, findings: readonly Finding[], version: string): string =>
  ({ text: asText, json: asJson, sarif: asSarif, github: asGithub })[format](findings, version);
