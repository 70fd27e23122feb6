import { describe, expect, it } from "vitest";
import { keyPath, type Node, readDocument } from "../../agent/config/document.ts";

const read = (text: string): Node => {
  const { root, findings } = readDocument(text);
  expect(findings).toEqual([]);
  if (root === undefined) throw new Error("no document");
  return root;
};

const faults = (text: string) =>
  readDocument(text).findings.map(({ offset, key, message }) => `${offset} ${key}: ${message}`);

describe("readDocument", () => {
  it.each([
    ["a: 1\nb: [x, 2.5, true, null, ~]\n", { a: 1, b: ["x", 2.5, true, null, null] }],
    [
      "a: yes\nb: no\nc: on\nd: 0o17\ne: 0x1f\nf: 1_000\ng: 1:30\n",
      { a: "yes", b: "no", c: "on", d: 15, e: 31, f: "1_000", g: "1:30" },
    ],
    ["a: 2026-01-02\n", { a: "2026-01-02" }],
    [
      "a: 'it''s'\nb: \"x\\ty\"\nc: |\n  two\n  lines\nd: >-\n  one\n  line\n",
      { a: "it's", b: "x\ty", c: "two\nlines\n", d: "one line" },
    ],
    ['{"a": {"b": [1, "\\u00e9\\/"]}, "c": "\\ud83d\\ude00"}', { a: { b: [1, "é/"] }, c: "😀" }],
    ["a: &x [1]\nb: *x\n", { a: [1], b: [1] }],
    ["a: &x 1\nb: &x 2\nc: *x\n", { a: 1, b: 2, c: 2 }],
    ["a: !!str 1\nb: !!int 2\n", { a: "1", b: 2 }],
    ["7: a\ntrue: b\n~: c\n", { "7": "a", true: "b", "~": "c" }],
    ["a:\nb:\n", { a: null, b: null }],
    ["", null],
    ["text", "text"],
  ])("reads %j", (text, value) => {
    expect(read(text).value).toEqual(value);
  });

  it("makes __proto__ a key like any other", () => {
    const { value, entries } = read("__proto__: {polluted: true}\n");
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(entries?.get("__proto__")?.node.value).toEqual({ polluted: true });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("knows where every key and value begins, and what it is called", () => {
    const text = 'a: 1\n"b c":\n  - x\n  - d: y\n';
    const root = read(text);
    const list = root.entries?.get("b c")?.node;
    const inner = list?.items?.[1]?.entries?.get("d");
    expect(root).toMatchObject({ path: "", offset: 0 });
    expect(root.entries?.get("a")).toMatchObject({
      offset: 0,
      node: { path: "a", offset: text.indexOf("1") },
    });
    expect(root.entries?.get("b c")?.offset).toBe(text.indexOf('"b c"'));
    expect(list).toMatchObject({ path: '"b c"', offset: text.indexOf("- x") });
    expect(list?.items?.[0]).toMatchObject({ path: '"b c"[0]', offset: text.indexOf("x") });
    expect(inner).toMatchObject({
      offset: text.indexOf("d:"),
      node: { path: '"b c"[1].d', offset: text.indexOf("y") },
    });
  });

  it("places a value that is missing at its key", () => {
    expect(read("a: 1\nbc:\n").entries?.get("bc")?.node.offset).toBe(5);
  });

  it("places what an alias brings where the alias stands", () => {
    const text = "a: &x {b: 1}\nc: *x\n";
    const brought = read(text).entries?.get("c")?.node;
    expect(brought).toMatchObject({ path: "c", offset: text.indexOf("*x") });
    expect(brought?.entries?.get("b")).toMatchObject({ offset: text.indexOf("*x"), node: { path: "c.b" } });
  });

  it("keeps how a value without quotes is spelled", () => {
    const { entries } = read("a: 012\nb: '012'\nc: 1e3\n");
    expect(entries?.get("a")?.node).toMatchObject({ value: 12, source: "012" });
    expect(entries?.get("c")?.node).toMatchObject({ value: 1_000, source: "1e3" });
  });

  it.each([
    ["a: 1\nb: 2\na: 3\n", ["10 a: is given twice"]],
    ["a: {b: 1, b: 2}\n", ["10 a.b: is given twice"]],
    ["a: *x\n", ['3 a: "*x" is an alias without an anchor']],
    ["a: &x [*x]\n", ['7 a[0]: "*x" is an alias without an anchor']],
    ["b: *x\na: &x 1\n", ['3 b: "*x" is an alias without an anchor']],
    ["a: &x {b: 1}\nc:\n  <<: *x\n", ['18 c."<<": merge keys are not supported']],
    ["a: !x 1\n", ["6 a: YAML tags are not supported"]],
    ["a: !!binary eA==\n", ["12 a: YAML tags are not supported"]],
    ["? [a]\n: 1\n", ["2 : a key must be a plain word"]],
    ["{a}: 1\n", ["0 : a key must be a plain word"]],
  ])("refuses %j", (text, expected) => {
    expect(faults(text)).toEqual(expected);
  });

  it("lists all that it refuses, and reads the rest", () => {
    const { root, findings } = readDocument("a: *x\nb: 1\nb: 2\nc: !t 3\nd: 4\n");
    expect(findings).toHaveLength(3);
    expect(root?.value).toEqual({ a: null, b: 1, c: null, d: 4 });
  });

  it("has no root where the text is no YAML", () => {
    expect(readDocument("a: @b\n").root).toBeUndefined();
  });

  it("goes no deeper than a person would", () => {
    const deep = (levels: number): string => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
    expect(faults(deep(64))).toEqual([]);
    expect(faults(deep(65))[0]).toMatch(/nested too deeply$/);
  });

  it("adds ten thousand values by aliases at the most", () => {
    const list = (count: number): string =>
      `a: &a [${Array(99).fill("x").join(",")}]\nb: [${Array(count).fill("*a").join(",")}]\n`;
    expect(faults(list(99))).toEqual([]);
    const findings = faults(list(200));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(/aliases make this document too large$/);
  });
});

describe("keyPath", () => {
  it.each([
    ["", "a", "a"],
    ["a", "b_c-1", "a.b_c-1"],
    ["a[0]", "b c", 'a[0]."b c"'],
    ["", "", '""'],
    ["", "x".repeat(100), `"${"x".repeat(64)}"`],
    ["a", "b.c", 'a."b.c"'],
  ])("of %j and %j is %s", (path, key, text) => {
    expect(keyPath(path, key)).toBe(text);
  });
});
