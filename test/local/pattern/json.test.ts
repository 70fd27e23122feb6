import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../agent/local/pattern/pattern.ts";
import { refusalOf } from "./refused.ts";

const TRAIL = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  "cluster.name": "c",
});

const ACTIONS = JSON.stringify({
  user: { id: 1, email: "John.Stiles@example.com" },
  users: [
    { id: 2, email: "John.Doe@example.com" },
    { id: 3, email: "Jane.Doe@example.com" },
  ],
  actions: ["GET", "PUT", "DELETE"],
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
    [7, 8, 9],
  ],
});

describe("the documented examples", () => {
  it.each([
    ['{ $.eventType = "UpdateTrail" }', true],
    ["{ $.eventType = UpdateTrail }", true],
    ['{ $.eventType = "Update*" }', true],
    ['{ $.eventType = "update*" }', false],
    ["{ $.sourceIPAddress != 123.123.* }", true],
    ["{ $.sourceIPAddress != 111.111.* }", false],
    ['{ $.arrayKey[0] = "value" }', true],
    ['{ $.arrayKey[1] = "value" }', false],
    ['{ $.arrayKey[2] = "*" }', false],
    ["{ $.eventType = %Trail% }", true],
    ["{ $.eventType != %Trail% }", false],
    ["{ $.arrayKey[*] = %val.{2}% }", true],
    [String.raw`{ $.* = %111\.111\.111\.1[0-9]{1,2}% }`, true],
    ['{ $.* = "nothing" }', false],
    ["{ $.['cluster.name'] = \"c\" }", true],
    ['{ $["cluster.name"] = "c" }', true],
    ['{ $.cluster.name = "c" }', false],
    ["{ $.SomeObject IS NULL }", true],
    ["{ $.eventType IS NULL }", false],
    ["{ $.SomeOtherObject IS NULL }", false],
    ["{ $.SomeOtherObject NOT EXISTS }", true],
    ["{ $.SomeObject NOT EXISTS }", false],
    ["{ $.objectList[1].id = 2 }", true],
    ["{ $.objectList[*].id = 2 }", true],
    ["{ $.objectList[*].id > 2 }", false],
  ])("%s: %s", (pattern, expected) => {
    expect(compilePattern(pattern)(TRAIL)).toBe(expected);
  });

  it.each([
    ['{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', true],
    [
      '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "no" && $.actions[2] = "no" }',
      true,
    ],
    [
      '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "no") && $.actions[2] = "no" }',
      false,
    ],
    ['{ ($.user.id = 2 && $.users[0].email = "no") || $.actions[2] = "GET" }', false],
    ["{ $.coordinates[1][2] = 6 }", true],
    ["{$.user.id=1&&$.actions[0]=GET}", true],
  ])("%s: %s", (pattern, expected) => {
    expect(compilePattern(pattern)(ACTIONS)).toBe(expected);
  });
});

describe("a value", () => {
  it.each([
    ["{ $.v > 75 }", 76, true],
    ["{ $.v > 75 }", 75, false],
    ["{ $.v >= 60 }", 60, true],
    ["{ $.v < 50 }", 49.5, true],
    ["{ $.v <= 5 }", 5, true],
    ["{ $.v = 400 }", 400, true],
    ["{ $.v = 400 }", "400", true],
    ['{ $.v = "400" }', 400, true],
    ["{ $.v != 500 }", 400, true],
    ["{ $.v != 500 }", 500, false],
    ["{ $.v = 1e+3 }", 1000, true],
    ["{ $.v != 1e-3 }", 0.001, false],
    ["{ $.v = +5 }", 5, true],
    ["{ $.v > -1.5 }", -1, true],
    ["{ $.v = 4* }", 404, true],
    ["{ $.v > 2 }", "many", false],
    ["{ $.v > 2 }", "", false],
    ["{ $.v = * }", "anything", true],
    ['{ $.v = "" }', "", true],
    ['{ $.v = "a\\"b" }', 'a"b', true],
    ["{ $.v IS TRUE }", true, true],
    ["{ $.v IS TRUE }", "true", false],
    ["{ $.v IS FALSE }", false, true],
    ["{ $.v IS FALSE }", null, false],
    // Value nodes are strings or numbers, says the reference: nothing else is equal or unequal to anything.
    ["{ $.v = true }", true, false],
    ["{ $.v != x }", true, false],
    ["{ $.v = true }", "true", true],
    ["{ $.v = * }", null, false],
    ["{ $.v != x }", null, false],
    ["{ $.v != x }", ["y"], false],
    ["{ $.v != x }", { y: 1 }, false],
    ["{ $.other != x }", "y", false],
  ])("%s on %j: %s", (pattern, v, expected) => {
    expect(compilePattern(pattern)(JSON.stringify({ v }))).toBe(expected);
  });

  it("is only looked for in JSON", () => {
    for (const message of ["v=1", 'INFO {"v":1}', '{"v":1', "", "1", '"v"', "null"])
      for (const pattern of ["{ $.v = 1 }", "{ $.v NOT EXISTS }"])
        expect(compilePattern(pattern)(message), message).toBe(false);
    expect(compilePattern("{ $.v = 1 }")('  {"v":1}\n')).toBe(true);
  });

  it("is never one that all objects inherit", () => {
    expect(compilePattern("{ $.constructor NOT EXISTS && $.__proto__ NOT EXISTS }")("{}")).toBe(true);
    expect(compilePattern("{ $.a.length NOT EXISTS }")('{"a":"text"}')).toBe(true);
  });
});

describe("what is refused", () => {
  it.each([
    "{",
    "{}",
    "{ $.a }",
    "{ $ = 1 }",
    "{ $. = 1 }",
    "{ a = 1 }",
    "{ $.a = }",
    "{ $.a == 1 }",
    "{ $.a = 1",
    "{ $.a = 1 } more",
    "{ $.a = 1 && }",
    "{ $.a = 1 AND $.b = 2 }",
    "{ ($.a = 1 }",
    "{ !($.a = 1) }",
    "{ $.a IS MAYBE }",
    "{ $.a IS NOT NULL }",
    "{ $.a EXISTS }",
    '{ $.a > "x" }',
    "{ $.a > 4* }",
    '{ $.a = "open }',
    "{ $.a[x] = 1 }",
    "{ $.a[-1] = 1 }",
    "{ $..a = 1 }",
    '{ "a": [1] }',
    "{ $.a = %(x)% }",
    "{ $.a = %x% || $.a = %y% || $.a = %z% }",
    "{ $.a[*].* = 1 }",
    "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.* = 1 }",
  ])("%s", (pattern) => {
    expect(refusalOf(() => compilePattern(pattern))).toMatchObject({ type: "InvalidParameterException" });
  });

  it("says where", () => {
    expect(refusalOf(() => compilePattern("{ $.a ~ 1 }"))?.message).toBe(
      "Invalid filter pattern: expected one of = != < > <= >= at character 7, found '~ 1 }'.",
    );
  });

  it("is not a percent sign inside quotes", () => {
    expect(compilePattern('{ $.a = "5%" || $.a = "6%" || $.a = "7%" }')('{"a":"7%"}')).toBe(true);
  });
});

it("an equality holds exactly for the value it names", () => {
  const plain = fc.string({
    unit: fc.constantFrom("a", "b", '"', "\\", " ", "%", "}", "&&", "é"),
    maxLength: 5,
  });
  const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
  fc.assert(
    fc.property(plain, plain, (wanted, value) => {
      const event = JSON.stringify({ outer: { list: [value] } });
      expect(compilePattern(`{ $.outer.list[0] = ${quoted(wanted)} }`)(event)).toBe(wanted === value);
      expect(compilePattern(`{ $.outer.list[0] != ${quoted(wanted)} }`)(event)).toBe(wanted !== value);
    }),
  );
});
