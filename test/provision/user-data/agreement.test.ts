import { Buffer } from "node:buffer";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rule } from "../../../provision/lint/rule.ts";
import { RULES } from "../../../provision/lint/rules.ts";
import { unwrap } from "../../../provision/user-data/unwrap.ts";
import { toolAvailable } from "../../tools.ts";
import { cloudInitReadings, ourReading } from "./cloud-init.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/user-data");

const BEGINNINGS = [
  "#!/bin/bash\n",
  "#!",
  "#cloud-config\n",
  "# cloud-config\n",
  "#cloud-config-archive\n",
  "#cloud-config-jsonp\n",
  "#cloud-boothook\n#!/bin/sh\n",
  "#part-handler\n",
  "#include\n",
  "#include-once https://example.com/a\n",
  "#include https://example.com/b\n",
  "## template: jinja\n",
  "#CLOUD-CONFIG\n",
  "hello",
  "",
];
const BLANKS = ["", "", "", "\n", "  ", "\t\r\n", "\ufeff", "\x1c", "\xa0", "\u2003"];
const BODIES = [
  "packages: [nginx]\n",
  "echo hello\r\necho\r\n",
  "https://example.com/x\n# no\n\nhttp://example.com/y\n",
  "echo ä €\n",
  "- '#!/bin/sh'\n- {type: text/x-shellscript, content: 'x', filename: a/b}\n- content: 'packages: [x]'\n",
  "",
  "\n",
];
const TYPES = [
  "text/x-shellscript",
  "text/cloud-config",
  "text/plain",
  "text/x-shell-script",
  "TEXT/Cloud-Config; charset=utf-8",
  "text/cloud-boothook",
  "text/x-include-url",
  "text/jinja2",
  "text/x-shellscript-per-boot",
  "application/json",
  "broken",
  "text/cloud-config-archive",
];

const text = fc
  .tuple(fc.constantFrom(...BLANKS), fc.constantFrom(...BEGINNINGS), fc.constantFrom(...BODIES))
  .map((parts) => parts.join(""));

const part = fc
  .record({
    type: fc.option(fc.constantFrom(...TYPES)),
    name: fc.option(fc.constantFrom('filename="a.sh"', "filename=b.sh", 'filename="dir/ä b"', 'filename=""')),
    encoding: fc.constantFrom("", "base64", "8bit", "7bit"),
    body: text,
    end: fc.constantFrom("\n", "\r\n"),
  })
  .map(({ type, name, encoding, body, end }) =>
    [
      ...(type === null ? [] : [`Content-Type: ${type}`]),
      ...(name === null ? [] : [`Content-Disposition: attachment; ${name}`]),
      ...(encoding === "" ? [] : [`Content-Transfer-Encoding: ${encoding}`]),
      "",
      encoding === "base64" ? Buffer.from(body).toString("base64") : body,
    ].join(end),
  );

const message = fc
  .record({
    before: fc.constantFrom("", "", "", "\n", "X-Other: 1\n"),
    version: fc.constantFrom("MIME-Version: 1.0\n", "MIME-Version: 1.0\n", "mime-version: 1.0\r\n", ""),
    header: fc.constantFrom(
      'multipart/mixed; boundary="=="',
      "multipart/mixed; boundary===",
      "multipart/mixed",
      'multipart/mixed;\n boundary="=="',
      "text/plain",
    ),
    parts: fc.array(part, { maxLength: 4 }),
    separator: fc.constantFrom("--==", "--==", "--==", "--=", "--== "),
    close: fc.constantFrom("--==--\n", "--==--\nafter\n", "--==--", ""),
  })
  .map(
    ({ before, version, header, parts, separator, close }) =>
      `${before}${version}Content-Type: ${header}\n\n${parts.map((one) => `${separator}\n${one}\n`).join("")}${close}`,
  );

const anything = fc
  .oneof(text, message, message, fc.string({ unit: "binary" }))
  .map((string) => Buffer.from(string))
  .chain((bytes) => fc.constantFrom(bytes, bytes, bytes, gzipSync(bytes)))
  .filter((bytes) => bytes.length > 0);

/** cloud-init gets what EC2 has decoded, and never something empty. */
const asDelivered = (bytes: Uint8Array): Uint8Array => unwrap(bytes).raw;

const examples = RULES.flatMap(({ examples: { pass, fail } }: Rule) => [...pass, ...fail])
  .map((example) => (typeof example === "string" ? example : example.text))
  .map((content) => (typeof content === "string" ? Buffer.from(content) : content))
  .filter((bytes) => bytes.length > 0);

describe.skipIf(!toolAvailable("cloud-init", "cloud-init"))(
  "what we say of user data, and what cloud-init's own parser says",
  () => {
    const compare = (inputs: readonly Uint8Array[]): void => {
      const theirs = cloudInitReadings(inputs);
      expect(theirs).toHaveLength(inputs.length);
      inputs.forEach((input, at) => {
        expect(ourReading(input), JSON.stringify(Buffer.from(input).toString())).toEqual(theirs[at]);
      });
    };

    it("are the same on every example of every rule", () => compare(examples.map(asDelivered)));

    it("are the same on every fixture", () => {
      const files = globSync("*", { cwd: FIXTURES });
      expect(files.length).toBeGreaterThanOrEqual(60);
      compare(files.map((name) => readFileSync(join(FIXTURES, name))));
    });

    it("are the same on 500 generated inputs", () => {
      const seed = Number(process.env.SEED ?? 20_261_124);
      compare(fc.sample(anything, { numRuns: 500, seed }).map(asDelivered));
    });
  },
);
