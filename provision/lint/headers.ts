import { NOT_MULTIPART, type Part } from "../user-data/parse.ts";
import { isScript, withoutLeadingBlanks } from "../user-data/sniff.ts";
import { bash, type Hit, mime, type Rule, SOURCE } from "./rule.ts";

/** Rules on how a part begins: what cloud-init takes it for, and whether it can be run. */

const MISSPELT = /^\s*#\s*cloud[-_ ]config\b/i;
const LOOKS_LIKE_MIME = /^\s*(content-type:\s*multipart\/|mime-version:)/i;
const BOM = "\ufeff";

/** Whether no header says what the part is. */
const isUnknown = ({ type }: Part): boolean => type === NOT_MULTIPART || type === "text/plain";

const isMisspelt = (part: Part): boolean => isUnknown(part) && MISSPELT.test(part.text);

function* shebang({ data }: Parameters<Rule["check"]>[0]): Generator<Hit> {
  for (const part of data.parts) {
    const { text, type } = part;
    const blanks = text.length - withoutLeadingBlanks(text).length;
    const at = { part, offset: 0 };
    if (type === "text/cloud-boothook") {
      const behind = withoutLeadingBlanks(text).slice("#cloud-boothook".length).trimStart();
      if (blanks > 0)
        yield {
          at,
          message: "something blank stands before #cloud-boothook: it stays in the file, which cannot be run",
          fix: { offset: 0, remove: blanks, insert: "" },
        };
      else if (!behind.startsWith("#!"))
        yield { at, message: "no #! line follows #cloud-boothook: the system cannot run the file" };
    } else if (isScript(type) && blanks > 0 && text.startsWith("#!", blanks))
      yield {
        at,
        message:
          "something blank stands before #!: cloud-init takes this for a script, but the system cannot run it",
        fix: { offset: 0, remove: blanks, insert: "" },
      };
    else if (isScript(type) && !text.startsWith("#!") && !text.startsWith(BOM))
      yield { at, message: "does not begin with #!: the system cannot run it" };
  }
}

function* carriageReturns({ data }: Parameters<Rule["check"]>[0]): Generator<Hit> {
  for (const part of data.parts) {
    const { text, type } = part;
    const offset = text.indexOf("\r\n");
    if (offset === -1 || !(isScript(type) || type === "text/cloud-boothook" || type === "text/jinja2"))
      continue;
    const converted = offset === text.indexOf("\n") - 1;
    yield {
      at: { part, offset },
      severity: converted ? "warning" : "error",
      message: converted
        ? "lines end with CRLF; cloud-init converts them only because the first one does"
        : "some lines end with CRLF but not the first: the carriage returns stay, as part of words and names",
      fix: { offset: 0, remove: text.length, insert: text.replaceAll("\r\n", "\n") },
    };
  }
}

export const HEADER_RULES: readonly Rule[] = [
  {
    id: "UD01",
    severity: "error",
    title: "#! must be the first two bytes",
    why: "cloud-init strips blanks before it looks at the beginning; the kernel, which runs the script, does not.",
    sources: ["https://github.com/hetznercloud/terraform-provider-hcloud/issues/572"],
    check: shebang,
    examples: {
      pass: ["#!/bin/sh\ntrue\n", "#cloud-boothook\n#!/bin/sh\ntrue\n"],
      fail: [
        "\n#!/bin/sh\ntrue\n",
        "  #!/bin/bash\ntrue\n",
        "#cloud-boothook\ntouch /run/x\n",
        mime("Content-Type: text/x-shellscript\n\necho hello"),
      ],
    },
  },
  {
    id: "UD02",
    severity: "error",
    title: "no known header",
    why: "cloud-init ignores such a part, with no more than a warning in its log.",
    sources: [SOURCE.cloudInit],
    *check({ data }) {
      if (data.fault !== undefined)
        yield { at: { offset: 0 }, message: `looks like gzip, but cannot be unpacked: ${data.fault}` };
      for (const part of data.parts) {
        if (!isUnknown(part) || part.bytes.length === 0 || data.fault !== undefined) continue;
        if (part.text.startsWith(BOM) || isMisspelt(part) || LOOKS_LIKE_MIME.test(part.text)) continue;
        const said =
          part.declared === "text/plain" && part.message !== undefined ? ", and text/plain says nothing" : "";
        yield {
          at: { part, offset: 0 },
          message: `cloud-init does not know what this is and ignores it${said}; begin with #!, #cloud-config or another of its headers`,
        };
      }
    },
    examples: {
      pass: [bash("true"), "#cloud-config\npackages: [nginx]\n", ""],
      fail: ["apt-get install -y nginx\n", "packages: [nginx]\n", mime("Content-Type: text/plain\n\nhello")],
    },
  },
  {
    id: "UD03",
    severity: "error",
    title: "begins with a byte order mark",
    why: "The mark hides the header: cloud-init ignores the part.",
    sources: [SOURCE.cloudInit],
    *check({ data }) {
      for (const part of data.parts)
        if (part.text.startsWith(BOM))
          yield {
            at: { part, offset: 0 },
            message: "begins with a byte order mark, which hides the header",
            fix: { offset: 0, remove: 1, insert: "" },
          };
    },
    examples: { pass: [bash("echo ä")], fail: [`${BOM}#!/bin/bash\ntrue\n`, `${BOM}#cloud-config\n{}\n`] },
  },
  {
    id: "UD04",
    severity: "error",
    title: "CRLF line ends",
    why: "cloud-init converts them only when the first line ends with CRLF; otherwise \\r becomes part of words.",
    sources: [SOURCE.cloudInit],
    check: carriageReturns,
    examples: { pass: [bash("true")], fail: ["#!/bin/sh\r\ntrue\r\n", "#!/bin/sh\ntrue\r\ntrue\n"] },
  },
  {
    id: "UD08",
    severity: "error",
    title: "#cloud-config is misspelt",
    why: "With a space, or written in another way, the header is not recognised, and the part is ignored.",
    sources: [SOURCE.cloudInit],
    *check({ data }) {
      for (const part of data.parts) {
        if (!isMisspelt(part)) continue;
        const [written = ""] = MISSPELT.exec(part.text) ?? [];
        yield {
          at: { part, offset: 0 },
          message: `"${written.trim()}" is no header; write #cloud-config`,
          fix: { offset: 0, remove: written.length, insert: "#cloud-config" },
        };
      }
    },
    examples: {
      pass: ["#cloud-config\npackages: [nginx]\n", "#Cloud-Config\n{}\n"],
      fail: ["# cloud-config\npackages: [nginx]\n", "#cloud_config\n{}\n"],
    },
  },
  {
    id: "UD09",
    severity: "error",
    title: "a script behind #cloud-config",
    why: "Two headers do not make two parts: all of it is one YAML document, and the script never runs.",
    sources: [SOURCE.cloudInit],
    *check({ data }) {
      for (const part of data.parts) {
        const offset = part.type === "text/cloud-config" ? part.text.search(/^#!\s*\//m) : -1;
        if (offset >= 0)
          yield {
            at: { part, offset },
            message: "this script never runs: move it to runcmd, or make both parts of a MIME message",
          };
      }
    },
    examples: {
      pass: ["#cloud-config\nwrite_files:\n  - path: /opt/x\n    content: |\n      #!/bin/sh\n      true\n"],
      fail: [
        "#cloud-config\n#!/bin/bash\necho hello\n",
        "#cloud-config\npackages: [nginx]\n\n#!/bin/bash\ntrue\n",
      ],
    },
  },
];
