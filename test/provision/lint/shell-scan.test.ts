import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandsOf } from "../../../provision/lint/commands.ts";

const names = (script: string): readonly string[] =>
  commandsOf(script)
    .map(({ name }) => name)
    .filter((name) => name !== "");

describe("the commands of a script", () => {
  it("are not what stands in comments, quotes and here-documents", () => {
    expect(names("a # b\nc 'd; e' \"f; g\"\ncat <<EOF >x\nh\nEOF\ni")).toEqual(["a", "c", "cat", "i"]);
  });

  it("are also what stands in substitutions, before what it is part of", () => {
    expect(names('x=$(a "$(b)")\nc `d e` <(f)')).toEqual(["b", "a", "d", "f", "c"]);
  });

  it("are not the patterns of case, nor the names of functions", () => {
    expect(
      names('f() { a; }\ncase "$1" in x | y) b ;; (z) (c; d) ;; esac\nx=$(case y in z) e ;; esac)'),
    ).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("are what sudo, timeout and the like run", () => {
    const [command] = commandsOf("A=1 timeout -k 5 60 sudo -u app /usr/bin/npm ci >/x");
    expect(command).toMatchObject({ name: "npm", args: ["ci"], wrappers: ["timeout", "sudo"] });
  });

  it("come of any text at all, however deep", () => {
    const pieces = fc.constantFrom(
      "$(",
      "`",
      "(",
      ")",
      "'",
      '"',
      "${",
      "}",
      "<<E\n",
      "\\",
      "\n",
      "case x in ",
      ";;",
      "a",
      " ",
      "|",
      "$((",
      "[[ ",
    );
    fc.assert(fc.property(fc.array(pieces), (parts) => void commandsOf(parts.join(""))));
    for (const deep of ["$(", "`a ", "${", "$(( ", "<("]) commandsOf(deep.repeat(5_000));
  });
});
