import { describe, expect, it } from "vitest";
import { CONFIG_BYTES, encodingFinding } from "../../agent/config/encoding.ts";

const found = (bytes: Uint8Array) => encodingFinding(new TextDecoder().decode(bytes), bytes);
const OK = "logs:\n  files: []\n";

describe("encodingFinding", () => {
  it.each([
    ["plain", Buffer.from(OK)],
    ["a byte order mark", Buffer.from(`\ufeff${OK}`)],
    ["CRLF", Buffer.from(OK.replaceAll("\n", "\r\n"))],
    ["tabs", Buffer.from(`${OK}\t\n`)],
    ["characters of every length", Buffer.from("# é漢😀\u0085\u2028\n")],
    ["nothing", Buffer.alloc(0)],
    ["the most bytes", Buffer.alloc(CONFIG_BYTES, "#")],
  ])("has nothing against %s", (_, bytes) => {
    expect(found(bytes)).toBeUndefined();
  });

  it.each([
    ["too many bytes", Buffer.alloc(CONFIG_BYTES + 1, "#"), 0, /^is larger than 1048576 bytes/],
    ["UTF-16, little end first", Buffer.from(`\ufeff${OK}`, "utf16le"), 0, /^is encoded in UTF-16$/],
    ["UTF-16, big end first", Buffer.from(`\ufeff${OK}`, "utf16le").swap16(), 0, /^is encoded in UTF-16$/],
    ["UTF-16 without a mark", Buffer.from(OK, "utf16le"), 1, /^holds a control character, code 0$/],
    ["NUL", Buffer.from(`${OK}\0`), OK.length, /^holds a control character, code 0$/],
    ["escape", Buffer.from(`a\u001bb`), 1, /^holds a control character, code 27$/],
    ["delete", Buffer.from("ab\u007f"), 2, /^holds a control character, code 127$/],
    ["a form feed", Buffer.from("\f"), 0, /^holds a control character, code 12$/],
    [
      "line ends of old",
      Buffer.from(OK.replaceAll("\n", "\r")),
      5,
      /^holds a carriage return without a line feed$/,
    ],
    ["a carriage return at the end", Buffer.from("a\r"), 1, /^holds a carriage return/],
    ["Latin-1", Buffer.from("a: gr\u00f6\u00dfe\n", "latin1"), 5, /^is not valid UTF-8 here$/],
    [
      "Latin-1 behind good lines with a mark",
      Buffer.concat([Buffer.from("# \ufffd\n"), Buffer.from([0xe9])]),
      4,
      /^is not valid/,
    ],
    ["a character cut off", Buffer.from([0x61, 0xf0, 0x9f, 0x98]), 1, /^is not valid UTF-8 here$/],
    ["a surrogate", Buffer.from([0xed, 0xa0, 0x80]), 0, /^is not valid UTF-8 here$/],
    ["an overlong slash", Buffer.from([0xc0, 0xaf]), 0, /^is not valid UTF-8 here$/],
  ])("finds %s", (_, bytes, offset, message) => {
    const finding = found(bytes);
    expect(finding).toMatchObject({ severity: "error", key: "", offset });
    expect(finding?.message).toMatch(message);
  });

  it.each([
    ["UTF-16", Buffer.from(`\ufeff${OK}`, "utf16le")],
    ["NUL", Buffer.from("\0")],
    ["Latin-1", Buffer.from([0xe9])],
  ])("says how to save a file with %s", (_, bytes) => {
    expect(found(bytes)?.hint).toMatch(/save it as UTF-8$/);
  });
});
