import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { additions, TRUST_STORES, traceOf } from "../../../provision/rehearse/additions.ts";
import { runScript, SURROUNDINGS } from "./traced.ts";

const BASH = "#!/bin/bash\n";

/** What bash saw fail, as `line status command`. */
const seen = (body: string): readonly string[] =>
  runScript(`${BASH}${body}`).failed.map(({ line, status, command }) => `${line} ${status} ${command}`);

describe("of a script bash tells", () => {
  it.each<[string, string, readonly string[]]>([
    ["nothing where nothing fails", "true\ntest -d /\n", []],
    [
      "a command that fails, and those behind it",
      "false\ntrue\ntest -e /no\n",
      ["2 1 false", "4 1 test -e /no"],
    ],
    ["only the first one of a script that ends with it", "set -e\nfalse\nfalse\n", ["3 1 false"]],
    [
      "the command as it stands there, with nothing put in",
      'name=secret\ntest -z "$name"\n',
      ['3 1 test -z "$name"'],
    ],
    ["a command of several lines by all of it", "test a = \\\n  b\n", ["2 1 test a = b"]],
    ["a command that is not there", "no-such-command --now\n", ["2 127 no-such-command --now"]],
    ["what fails in a function, by its own line", "set -e\nf() {\n  false\n}\nf\n", ["4 1 false"]],
    ["the line of an exit, and its status", "true\nexit 42\n", ["3 42 exit 42"]],
    ["the line of an exit in a function", "f() {\n  exit 7\n}\nf\n", ["3 7 exit 7"]],
    ["of an exit without a status that of the command before", "test -e /no ||\n  exit\n", ["3 1 exit 1"]],
    ["no exit that is fine", "exit 0\n", []],
    [
      "nothing that is looked at",
      "false || true\nif false; then true; fi\n! true\nwhile false; do :; done\n",
      [],
    ],
    ["what fails in a subshell, once and by its own line", "set -e\n(\n  true\n  false\n)\n", ["5 1 false"]],
    ["an exit of a subshell once", "set -e\n(\n  exit 3\n)\n", ["4 3 exit 3"]],
    ["what fails in a substitution once", "set -e\nx=$(false)\n", ["3 1 false"]],
    [
      "what fails in a function in a subshell once",
      "set -e\nf() {\n  test -e /no\n}\n(f)\n",
      ["4 1 test -e /no"],
    ],
    [
      "all of a subshell that goes on and then fails",
      "(false; test -e /no)\n",
      ["2 1 false", "2 1 test -e /no"],
    ],
    ["a pipe of which the first part fails by the last one", "set -eo pipefail\nfalse | cat\n", ["3 1 cat"]],
  ])("%s", (_, body, expected) => {
    expect(seen(body)).toEqual(expected);
  });

  it("nothing of what the script calls", () => {
    expect(seen("bash -c 'false; exit 0'\n")).toEqual([]);
  });

  it("nothing behind a trap for ERR of its own", () => {
    expect(seen("false\ntrap 'echo mine' ERR\nfalse\n")).toEqual(["2 1 false"]);
  });

  it("under the name that the script was called by", () => {
    const { failed, path } = runScript(`${BASH}false\n`);
    expect(failed.map((each) => each.path)).toEqual([path]);
  });

  it("the same when the lines that look stand in the script itself", () => {
    const looked = (body: string): readonly string[] =>
      runScript(`${BASH}${traceOf("$0")}\n${body}`, false).failed.map(
        ({ status, command }) => `${status} ${command}`,
      );
    expect(looked("set -e\nf() {\n  test -e /no\n}\nf\n")).toEqual(["1 test -e /no"]);
    expect(looked("f() {\n  exit 7\n}\nf\n")).toEqual(["7 exit 7"]);
    expect(looked("trap 'echo mine' ERR\nf() { false; true; }\nf\n")).toEqual([]);
  });

  it("any command that fails, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !/[\0\r]/.test(text)),
        (text) => {
          const word = `'${text.replaceAll("'", "'\\''")}'`;
          expect(seen(`test -e ${word}/no\ntrue\n`)).toEqual([`2 1 test -e ${word}/no`]);
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** Each ends in some way of its own, or looks at what a trap could change. */
const SCRIPTS: Readonly<Record<string, string>> = {
  "ends well": "echo done\n",
  "goes on": "false\necho $?\n",
  "ends with a failure": "set -e\nfalse\necho never\n",
  "ends with a status": "echo out; echo err >&2; exit 42\n",
  "ends with a status beyond 255": "exit 300\n",
  "ends with a negative status": "exit -1\n",
  "ends without a status": "(exit 9)\nexit\n",
  "ends with a status that is none": "exit some\necho never\n",
  "ends with two statuses": "exit 1 2\necho never\n",
  "ends in a function": "f() { exit 5; }\nf\necho never\n",
  "ends a subshell": "(exit 6)\necho $?\n",
  "ends a substitution": 'x=$(echo a; exit 7)\necho "$? $x"\n',
  "has a variable that is not set": 'set -u\necho "$nowhere"\necho never\n',
  "has no such command": "no-such-command\necho $?\n",
  "is no bash": "if true; then\n",
  "looks at the status of all in a pipe": `false | (exit 3) | true\necho "\${PIPESTATUS[*]}"\n`,
  "looks at the last word of a command that failed": 'test -e /no\necho "$_"\n',
  "looks at the status in an if": "f() { false; echo in; }\nif f; then echo yes; fi\n",
  "has no failure in a function": "set -e\nf() { false; echo in; }\nf || echo no\n",
  "has a trap for its end": "trap 'echo end $?' EXIT\nfalse\nexit 3\n",
  "has a trap for its end that ends": "cleanup() { echo bye; exit; }\ntrap cleanup EXIT\nset -e\nfalse\n",
  "has a trap for its end that ends with a status": "trap 'echo bye >&2; exit 4' EXIT\nset -e\nfalse\n",
  "has a trap for errors": "trap 'echo \"at $LINENO: $?\"' ERR\nfalse\ntrue\n",
  "has a trap for errors, and functions":
    "trap 'echo trapped' ERR\nf() { false; true; }\nf\necho $(false; echo a)\n",
  "has a trap for errors, quoted, and functions": "trap 'echo trapped' 'ERR'\nf() { false; true; }\nf\n",
  "has a trap for errors and for its end": "trap 'echo trapped' ERR EXIT\nf() { false; true; }\nf\n",
  "has a trap for errors in functions": "set -E\ntrap 'echo trapped' ERR\nf() { false; true; }\nf\n",
  "has the usual trap": "set -Eeuo pipefail\ntrap 'echo \"failed at $LINENO\"' ERR\nf() { false; }\nf\n",
  "takes the traps of others away": "trap - ERR EXIT\nf() { false; }\nf\necho $?\n",
  "has a trap for signals": "trap 'echo told; exit 8' TERM\nkill -TERM $$\necho never\n",
  "has a trap for the return of a function": "f() { trap 'echo back' RETURN; true; }\nf\ntrue\n",
  "is killed": "kill -KILL $$\n",
  "is traced, and fails": "set -ex\nx=1\ntest $x = 2\n",
  "looks at its own environment": "env | grep -c BASH_ENV\n",
  "has options of its own": "set -o noclobber -f\necho x >file\nfalse\necho y >file\necho $?\n",
  "takes its own words": "set -- a b\nfalse\necho $# $1\n",
  "reads itself": 'while read -r line; do echo "$line"; done <"$0"\n',
  "sends its errors elsewhere": "exec 2>/dev/null\nno-such-command\nexit 2\n",
  "is not only text": "echo begun\nexit 3\n\0\0 ERR\n",
  "becomes another program": "exec sh -c 'exit 12'\n",
  "has a coprocess and a job": "sleep 0.01 &\nwait $!\nfalse &\nwait $!\necho $?\n",
};

describe("a script that is looked at does the same as one that is not", () => {
  it.each(Object.entries(SCRIPTS))("when it %s", (_, body) => {
    const { status, output } = runScript(`${BASH}${body}`, true);
    const plain = runScript(`${BASH}${body}`, false);
    // bash says of an exit that is none where it was read.
    const told = (text: string): string => text.replace(/^\S+: line \d+: exit: /gm, "exit: ");
    expect({ status, output: told(output) }).toEqual({ status: plain.status, output: told(plain.output) });
  });

  it("when another shell runs it", () => {
    const text = "#!/bin/sh\nset -e\necho one\nexit 3\n";
    expect(runScript(text)).toEqual(runScript(text, false));
  });
});

describe("what is put into a root", () => {
  const files = additions(SURROUNDINGS);
  const contentOf = (path: string): string =>
    String(files.find((file) => file.path === path)?.content ?? "there is no such file");

  it("has whole paths, each once", () => {
    expect(files.filter(({ path }) => !/^\/[\w/.@-]+$/.test(path) || path.includes(".."))).toEqual([]);
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
  });

  it("sends what asks for AWS to what answers inside, in a service as in a shell", () => {
    const variables = [
      "AWS_ENDPOINT_URL=http://100.64.0.1:4580",
      "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=http://100.64.0.1:4586",
      "AWS_REGION=eu-west-1",
    ];
    expect(contentOf("/etc/environment")).toBe(variables.map((each) => `${each}\n`).join(""));
    for (const each of variables)
      expect(contentOf("/etc/systemd/system.conf.d/hostwright-rehearsal.conf")).toContain(`"${each}"`);
  });

  it("has an address for each name that answers, and nobody who could be asked for others", () => {
    expect(contentOf("/etc/hosts").split("\n")).toContain("100.64.0.1 files.example");
    expect(contentOf("/etc/resolv.conf")).not.toMatch(/nameserver/);
  });

  it("adds a certificate to what the base trusts, and takes nothing away", () => {
    const trusting = additions({ ...SURROUNDINGS, authority: "CERTIFICATE" });
    const stores = trusting.filter(({ content }) => content === "CERTIFICATE");
    expect(stores.map(({ path, appended }) => ({ path, appended }))).toEqual(
      TRUST_STORES.map((path) => ({ path, appended: true })),
    );
    expect(files.some(({ path }) => TRUST_STORES.includes(path))).toBe(false);
  });

  it("has the files that a caller adds", () => {
    const more = { path: "/etc/apt/sources.list", content: "x" };
    expect(additions({ ...SURROUNDINGS, more: [more] }).at(-1)).toEqual(more);
  });
});
