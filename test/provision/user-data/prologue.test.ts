// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the values are shell.
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { paramLines, quoteForShell } from "../../../provision/user-data/prologue.ts";
import { toolAvailable } from "../../tools.ts";

const HOSTILE = [
  "'",
  '"',
  "\\",
  "$",
  "`",
  "$(touch /x)",
  "\n",
  "\r",
  "!",
  "*",
  "~",
  "${IFS}",
  ";",
  "&",
  "#",
  "\\'",
  "'\\''",
  " ",
  "\t",
  "é",
  "€",
  "😀",
  "-n",
  "%s",
  "\x01",
  "\x7f",
  "{{",
  "EOF",
];

/** What a shell can hold: anything but NUL, and whole characters, since it goes there as UTF-8. */
const value = fc
  .array(
    fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" })),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join("").replaceAll("\0", "").toWellFormed());

describe.each(["sh", "bash", "dash"])("in %s", (shell) => {
  it.skipIf(!toolAvailable(shell, shell))("every value arrives as it is, and is read-only", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 20, maxLength: 20 }), (values) => {
        const params = Object.fromEntries(values.map((text, at) => [`p${at}`, text]));
        const print = values.map((_, at) => `printf '%s\\0' "$p${at}"`);
        const script = ["set -eu", ...paramLines(params), ...print].join("\n");
        const { stdout, status } = spawnSync(shell, { input: script, encoding: "utf8" });
        expect(status).toBe(0);
        expect(stdout.split("\0").slice(0, -1)).toEqual(values);
      }),
      { numRuns: 25 },
    );
    const { status } = spawnSync(shell, { input: `${paramLines({ x: "a" }).join("\n")}\nx=b\n` });
    expect(status).not.toBe(0);
  });
});

it("numbers and switches are words too", () => {
  expect(paramLines({ port: 80, on: true })).toEqual(["readonly port='80'", "readonly on='true'"]);
  expect(quoteForShell("it's")).toBe("'it'\\''s'");
});
