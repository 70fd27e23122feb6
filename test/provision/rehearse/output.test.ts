import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesIn } from "../../../provision/rehearse/output.ts";
import { toolAvailable } from "../../tools.ts";
import { runScript } from "./traced.ts";

const PATH = "/var/lib/cloud/instance/scripts/part-001";

/** What a real interpreter says of a script. */
const said = (text: string) => {
  const { output, path } = runScript(text, false);
  return linesIn(output, path);
};

describe("what is said about a line of a script", () => {
  it.each<[string, string, readonly (readonly [number, RegExp])[]]>([
    [
      "a command that is not there",
      "#!/bin/bash\ntrue\nfrobnicate\n",
      [[3, /^frobnicate: command not found$/]],
    ],
    [
      "a variable that is not set",
      '#!/bin/bash\nset -u\necho "$nowhere"\n',
      [[3, /^nowhere: unbound variable$/]],
    ],
    ["a file that is not there", "#!/bin/bash\ncat </no\n", [[2, /^\/no: No such file or directory$/]]],
    [
      "the end of a script too early",
      "#!/bin/bash\nif true; then\n",
      [[3, /^syntax error: unexpected end of file$/]],
    ],
    [
      "a word that is none, without the line that it is in",
      "#!/bin/bash\ntrue\nfoo ) bar\n",
      [[3, /^syntax error near/]],
    ],
    [
      "each in its order",
      "#!/bin/bash\none-x\ntwo-x\n",
      [
        [2, /^one-x/],
        [3, /^two-x/],
      ],
    ],
  ])("by bash: %s", (_, text, expected) => {
    const lines = said(text);
    expect(lines.map(({ line }) => line)).toEqual(expected.map(([line]) => line));
    for (const [nth, [, message]] of expected.entries()) expect(lines[nth]?.message).toMatch(message);
  });

  it.skipIf(!toolAvailable("dash", "dash")).each<[string, string, number, RegExp]>([
    ["a command that is not there", "true\nfrobnicate\n", 3, /^frobnicate: not found$/],
    ["an array", "names=(one two)\n", 2, /^Syntax error: "\(" unexpected$/],
    ["a variable that is not set", "set -u\necho $nowhere\n", 3, /^nowhere: parameter not set$/],
  ])("by dash: %s", (_, text, line, message) => {
    expect(said(`#!/bin/dash\n${text}`)).toEqual([{ line, message: expect.stringMatching(message) }]);
  });

  it.skipIf(!toolAvailable("python3", "python3")).each<[string, string, number, string]>([
    ["an exception, where it was raised", "def f():\n    raise ValueError('no')\nf()\n", 3, "ValueError: no"],
    ["an exception of a module", "import json\njson.loads('{')\n", 3, "json.decoder.JSONDecodeError: "],
    [
      "an exception with a name of its own",
      "class Broken(Exception):\n    pass\nraise Broken('so')\n",
      4,
      "__main__.Broken: so",
    ],
    ["a text that is no Python", "x = (\n", 2, "SyntaxError: '(' was never closed"],
  ])("by Python: %s", (_, text, line, message) => {
    const last = said(`#!/usr/bin/env python3\n${text}`).at(-1);
    expect(last?.line).toBe(line);
    expect(last?.message).toContain(message.replace("__main__.", ""));
  });

  it("by Python, of two scripts each by its own words", () => {
    const traceback = (path: string, error: string): string =>
      `Traceback (most recent call last):\n  File "${path}", line 3, in <module>\n    f()\n${error}\n`;
    const output = `${traceback(PATH, "KeyError: 'a'")}${traceback(`${PATH}-2`, "OSError: b")}`;
    expect(linesIn(output, PATH)).toEqual([{ line: 3, message: "KeyError: 'a'" }]);
    expect(linesIn(output, `${PATH}-2`)).toEqual([{ line: 3, message: "OSError: b" }]);
    expect(linesIn(`  File "${PATH}", line 3, in`, PATH)).toEqual([{ line: 3, message: "an exception" }]);
  });

  it.skipIf(!toolAvailable("perl", "perl"))("by perl", () => {
    expect(said("#!/usr/bin/perl\n\ndie 'no';\n")).toEqual([{ line: 3, message: "no" }]);
    expect(said("#!/usr/bin/perl\nopen(F, '<', '/no') or die 'no file: ', $!;\n")).toEqual([
      { line: 2, message: "no file: No such file or directory" },
    ]);
  });

  it("counts under the name of the instance, too, and under no other", () => {
    const named = PATH.replace("instance", "instances/i-0123456789abcdef0");
    expect(linesIn(`${named}: line 4: x: command not found`, PATH)).toEqual([
      { line: 4, message: "x: command not found" },
    ]);
    expect(linesIn(`${PATH}-2: line 4: x: command not found`, PATH)).toEqual([]);
    expect(linesIn(`/opt/app/part-001: line 4: x: command not found`, PATH)).toEqual([]);
    expect(linesIn(`${PATH.replace(".", "x")}: no line`, PATH)).toEqual([]);
  });

  it("takes a name as it is, whatever signs it has", () => {
    expect(linesIn("/s/axb: line 4: no", "/s/a.b")).toEqual([]);
    expect(linesIn("/s/a.b+(1): line 4: no", "/s/a.b+(1)")).toEqual([{ line: 4, message: "no" }]);
  });

  it("is found in any output, and nothing throws", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        fc.nat(9_999),
        (before, behind, line) => {
          const output = `${before}\n${PATH}: line ${line}: no\n${behind}`;
          expect(linesIn(output, PATH)).toContainEqual({ line, message: "no" });
        },
      ),
    );
  });
});
