import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { syntaxFindings } from "../../agent/config/syntax.ts";

const found = (text: string) =>
  syntaxFindings(text, parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: "error" }));

describe("syntaxFindings", () => {
  it.each(["", "a: 1\n", "%YAML 1.2\n---\na: 1\n", "- [a, {b: c}]\n", "a: 1\n...\n"])(
    "finds nothing in %j",
    (text) => {
      expect(found(text)).toEqual([]);
    },
  );

  it.each([
    ["a:\n\tb: 1\n", 3, "tabs cannot indent YAML; use spaces"],
    ["a: b: c\n", 3, "a second key on one line, or a text with a colon that needs quotes"],
    ["a: @b\n", 3, "a text that begins with this character needs quotes"],
    ["a:b\nc: d\n", 0, 'a key needs a colon and a space behind it: "key: value"'],
    [
      "a: 1\n---\nb: 2\n",
      5,
      'a second document begins here; a configuration is one document, without "---" inside',
    ],
    ['a: "b\nc: d\n', 3, "the quote that opens here is never closed"],
    ["a: 1\nb: 'c\nd: e\n", 8, "the quote that opens here is never closed"],
    ['["a", "b]', 6, "the quote that opens here is never closed"],
    [`${"[".repeat(100_000)}`, expect.any(Number), "nested too deeply"],
    ['a: "\\q"\n', 4, "not valid YAML: invalid escape sequence \\q"],
  ])("explains %j", (text, offset, message) => {
    expect(found(text)[0]).toMatchObject({ severity: "error", key: "", offset, message });
  });

  it.each(["a: {instance_id}/x\n", "a: %h\n", "- {a}b\n", "a: @x\n"])("thinks of quotes for %j", (text) => {
    expect(found(text)[0]?.hint).toBe('put the value in quotes: "…"');
  });

  it("does not think of quotes where they would not help", () => {
    expect(found("a: b: c\n")[0]?.hint).toBeUndefined();
  });

  it("finds one thing in a line, since after the first the parser is guessing", () => {
    const text = "a: @b @c @d\n---\n---\nb: `x` `y`\n";
    const lines = found(text).map(({ offset }) => text.slice(0, offset).split("\n").length);
    expect(lines).toEqual([...new Set(lines)]);
    expect(lines.length).toBeGreaterThan(1);
  });

  it("stops after a few lines", () => {
    expect(found("a: @b\n".repeat(500))).toHaveLength(20);
  });

  it("reads no other YAML than 1.2", () => {
    expect(found("# x\n%YAML 1.1\n---\na: yes\n")).toEqual([
      expect.objectContaining({
        offset: 4,
        message: "asks for YAML 1.1, but only YAML 1.2 is read",
        hint: "leave out this line",
      }),
    ]);
  });
});
