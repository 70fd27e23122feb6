import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffUserData, lineDiff } from "../../../provision/user-data/diff.ts";
import { parseUserData } from "../../../provision/user-data/parse.ts";

const diff = (before: string | Uint8Array, after: string | Uint8Array) =>
  diffUserData(parseUserData(Buffer.from(before)), parseUserData(Buffer.from(after)));

describe("the lines of a comparison", () => {
  it("give back both texts, whatever they are", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const found = lineDiff(before, after);
        expect(found.flatMap(({ sign, text }) => (sign === "+" ? [] : [text]))).toEqual(before);
        expect(found.flatMap(({ sign, text }) => (sign === "-" ? [] : [text]))).toEqual(after);
      }),
    );
  });
});

describe("two user data", () => {
  it("are the same when only their encoding differs", () => {
    const script = "#!/bin/sh\ntrue\n";
    expect(diff(script, gzipSync(script).toString("base64"))).toEqual([]);
  });

  it("differ in the lines of a part, and in what is around", () => {
    expect(diff("#!/bin/sh\na\n", "#!/bin/sh\nbb\n")).toEqual([
      {
        part: "",
        lines: [
          { sign: "-", text: "12 bytes" },
          { sign: "+", text: "13 bytes" },
        ],
      },
      {
        part: "part-001",
        lines: [
          { sign: " ", text: "(text/x-shellscript)" },
          { sign: " ", text: "#!/bin/sh" },
          { sign: "-", text: "a" },
          { sign: "+", text: "bb" },
        ],
      },
    ]);
  });
});
