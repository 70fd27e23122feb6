import { type Document, type ParsedNode, Scalar, visit, type YAMLError } from "yaml";
import type { Finding } from "./fault.ts";

/** More than this helps nobody: what follows a few broken lines is guesswork. */
const MOST_FINDINGS = 20;

const SPACE_BEHIND_COLON = 'a key needs a colon and a space behind it: "key: value"';

/** What the parser's own words leave a reader to guess. */
const SYNTAX: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  TAB_AS_INDENT: "tabs cannot indent YAML; use spaces",
  MULTIPLE_DOCS: 'a second document begins here; a configuration is one document, without "---" inside',
  RESOURCE_EXHAUSTION: "nested too deeply",
  BLOCK_AS_IMPLICIT_KEY: "a second key on one line, or a text with a colon that needs quotes",
  BAD_SCALAR_START: "a text that begins with this character needs quotes",
  MULTILINE_IMPLICIT_KEY: SPACE_BEHIND_COLON,
};

/** What a placeholder or glob without quotes does to YAML is not obvious from what the parser says. */
const quotesHint = (text: string, offset: number): string | undefined => {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  return /[:-]\s+(\{[\w ]*\}|[*%@&!])|\$\{/.test(line) ? 'put the value in quotes: "…"' : undefined;
};

/** Where the quote opens whose end the parser misses, which it notices only at the end of the file. */
const openQuote = (document: Document<ParsedNode>, end: number): number | undefined => {
  let opens: number | undefined;
  visit(document, {
    Scalar: (_, { type, range }) => {
      const quoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
      if (quoted && range && range[0] < end && end <= range[1] + 1) opens = range[0];
    },
  });
  return opens;
};

const syntaxFinding = (text: string, document: Document<ParsedNode>, error: YAMLError): Finding => {
  const [offset] = error.pos;
  if (/^Missing closing ['"]quote/.test(error.message)) {
    const opens = openQuote(document, offset) ?? offset;
    return {
      severity: "error",
      offset: opens,
      key: "",
      message: "the quote that opens here is never closed",
    };
  }
  const own = `not valid YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
  const message = SYNTAX[error.code] ?? own;
  return { severity: "error", offset, key: "", message, hint: quotesHint(text, offset) };
};

/** A file may ask for older rules, under which `yes` is true and `1:30` is ninety. The manual knows one kind of YAML. */
const otherVersion = (text: string, { directives }: Document<ParsedNode>): Finding[] =>
  directives?.yaml.explicit === true && directives.yaml.version !== "1.2"
    ? [
        {
          severity: "error",
          offset: text.search(/^%YAML/m),
          key: "",
          message: `asks for YAML ${directives.yaml.version}, but only YAML 1.2 is read`,
          hint: "leave out this line",
        },
      ]
    : [];

/** What keeps a text from being YAML: one finding per line, since after the first the parser is guessing. */
export const syntaxFindings = (text: string, document: Document<ParsedNode>): readonly Finding[] => {
  const findings: Finding[] = [];
  let lineEnd = -1;
  for (const error of document.errors.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    if (error.pos[0] <= lineEnd) continue;
    findings.push(syntaxFinding(text, document, error));
    if (findings.length === MOST_FINDINGS) break;
    const newline = text.indexOf("\n", error.pos[0]);
    lineEnd = newline === -1 ? text.length : newline;
  }
  return findings.length > 0 ? findings : otherVersion(text, document);
};
