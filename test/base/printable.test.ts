import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "../../agent/base/printable.ts";

describe("printable", () => {
  it.each([
    ["\u001b[31m", "\\u001b[31m"],
    ["a\nb\tc\r", "a\\u000ab\\u0009c\\u000d"],
    ["\u009b31m", "\\u009b31m"],
    ["\u202egpj.exe", "\\u202egpj.exe"],
    ["a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["\u2028\u2029", "\\u2028\\u2029"],
    ["a: b\u00a0c\u3000", "a: b\\u00a0c\\u3000"],
    ["\u{e0001}", "\\udb40\\udc01"],
  ])("escapes %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(["", "plain", "größe → 漢字 😀", "/var/log/{instance_id}"])("leaves %j alone", (text) => {
    expect(printable(text)).toBe(text);
  });

  it("leaves nothing that could steer a terminal, and JSON as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(printable(JSON.stringify(text)))).toBe(text);
      }),
    );
  });
});
