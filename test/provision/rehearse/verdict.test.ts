import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Evidence } from "../../../provision/rehearse/evidence.ts";
import { runScripts } from "../../../provision/rehearse/script-lines.ts";
import { type BootVerdict, judgeBoot, type Problem } from "../../../provision/rehearse/verdict.ts";
import { runScript, SCRIPTS } from "./traced.ts";

type Status = number | "running" | "not started";

/** A log of cloud-init in which these scripts have run. */
const logOf = (runs: readonly (readonly [path: string, status: Status])[]): string =>
  runs
    .flatMap(([path, status], nth) => {
      const at = `2026-03-01 10:00:0${nth},000 - subp.py[DEBUG]:`;
      const begun = `${at} Running command ['${path}'] with allowed return codes [0] (shell=False, capture=False)`;
      if (status === "running") return [begun];
      const [code, reason] =
        status === "not started" ? ["-", "[Errno 2] No such file"] : [String(status), "-"];
      const failed = [
        `${at} Unexpected error`,
        `Command: ['${path}']`,
        `Exit code: ${code}`,
        `Reason: ${reason}`,
      ];
      return [begun, ...(status === 0 ? [`${at} done`] : failed)];
    })
    .join("\n");

const OK = JSON.stringify({ v1: { datasource: "DataSourceEc2Local", errors: [] } });

const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  end: "finished",
  readyMs: 3_210,
  result: OK,
  output: "",
  log: "",
  failed: "",
  failedUnits: [],
  stage: undefined,
  ...more,
});

const BOOT = "#!/bin/bash\nset -e\ncp a b\ntrue\n";
const [SCRIPT] = runScripts({ file: "boot.sh", content: Buffer.from(BOOT) });
const PATH = `${SCRIPTS}/part-001`;

const judge = (more: Partial<Evidence>, ignored: readonly Problem[] = []): BootVerdict =>
  judgeBoot(evidence(more), SCRIPT === undefined ? [] : [SCRIPT], ignored);

/** What is told of a script that has really run. */
const problemsOf = (text: string): readonly Problem[] => {
  const { status, output, records, path } = runScript(text);
  const errors = status === 0 ? [] : [`('scripts-user', RuntimeError('Runparts: 1 failures (part-001)'))`];
  return judgeBoot(
    evidence({
      result: JSON.stringify({ v1: { datasource: "DataSourceEc2Local", errors } }),
      log: `${logOf([[path, status ?? 0]])}\n2026-03-01 10:00:09,000 - util.py[WARNING]: Failed to run module scripts-user (x)\n`,
      output: `ssh-keygen art\nCloud-init v. 22.4.2 running 'modules:final' at now\n${output}`,
      failed: records,
    }),
    runScripts({ file: "boot.sh", content: Buffer.from(text) }),
    [],
  ).problems;
};

const BASH = "#!/bin/bash\n";

describe("a boot in which nothing is wrong", () => {
  it("has no problems", () => {
    expect(judge({ log: logOf([[PATH, 0]]) })).toEqual({
      end: "finished",
      readyMs: 3_210,
      datasource: "DataSourceEc2Local",
      scripts: [{ name: "part-001", file: "boot.sh", status: 0, ms: 0 }],
      problems: [],
    });
  });

  it("has none either when the machine has powered off behind cloud-init's end", () => {
    expect(judge({ end: "off", log: logOf([[PATH, 0]]) }).problems).toEqual([]);
  });
});

describe("a script that has failed", () => {
  it.each<[string, string, Partial<Problem>]>([
    [
      "a command",
      "set -e\necho begun\ntest -e /no\n",
      { line: 4, command: "test -e /no", message: "part-001 has ended with status 1", output: ["begun"] },
    ],
    ["a command that is not there", "set -e\nfrobnicate\n", { line: 3, command: "frobnicate" }],
    ["an exit", "true\nexit 42 # now\n", { line: 3, command: "exit 42 # now" }],
    ["a variable that is not set", 'set -eu\nfalse || true\necho "$nowhere"\n', { line: 4 }],
    ["a variable with words for it", "echo\n: $" + "{nowhere:?give it}\n", { line: 3 }],
    ["what is no bash", "true\nfoo ) bar\n", { line: 3, command: "foo ) bar" }],
    ["a function", "set -e\nf() {\n  test -e /no\n}\nf\n", { line: 4, command: "test -e /no" }],
    ["a subshell", "set -e\n(\n  test -e /no\n)\n", { line: 4, command: "test -e /no" }],
    [
      "a function above a command that was not there and that nobody needed",
      "set -e\nf() {\n  test -e /no\n}\nfrobnicate 2>&1 || true\nf\n",
      { line: 4, command: "test -e /no" },
    ],
  ])("by %s is told once, with its line", (_, body, expected) => {
    const problems = problemsOf(`${BASH}${body}`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: "error", file: "boot.sh", ...expected });
    expect(problems[0]?.message).toMatch(/^part-001 has ended with status \d+/);
  });

  it("says what its status means, and what the shell has said", () => {
    expect(problemsOf(`${BASH}set -e\nfrobnicate\n`)[0]?.message).toBe(
      "part-001 has ended with status 127: a command is not there: frobnicate: command not found",
    );
    expect(judge({ log: logOf([[PATH, 137]]) }).problems).toMatchObject([
      { message: "part-001 has ended with status 137: it was killed", file: "boot.sh" },
    ]);
  });

  it("shows the last lines that were printed, without those of cloud-init", () => {
    const [problem] = problemsOf(
      `${BASH}for n in 1 2 3 4 5 6; do echo "$n"; done\necho\necho '2026-03-01 10:00:00,000 - util.py[WARNING]: x'\nexit 1\n`,
    );
    expect(problem?.output).toEqual(["2", "3", "4", "5", "6"]);
  });

  it("that could not be started says why, and where it begins", () => {
    expect(judge({ log: logOf([[PATH, "not started"]]) }).problems).toEqual([
      {
        severity: "error",
        file: "boot.sh",
        line: 1,
        message: "part-001 could not be started: [Errno 2] No such file",
      },
    ]);
  });

  it("is told when no part of the user data is known for it", () => {
    const unknown = `${SCRIPTS}/from-an-include`;
    const errors = ["('scripts-user', RuntimeError('Runparts: 1 failures'))"];
    const result = JSON.stringify({ v1: { datasource: "DataSourceEc2", errors } });
    expect(
      judge({
        result,
        log: logOf([
          [PATH, 0],
          [unknown, 3],
        ]),
      }).problems,
    ).toEqual([{ severity: "error", message: "from-an-include has ended with status 3" }]);
  });

  it("of every boot is told by itself, and not by its module, too", () => {
    const path = "/var/lib/cloud/scripts/per-boot/always";
    const result = JSON.stringify({
      v1: {
        datasource: "DataSourceEc2",
        errors: ["('scripts-per-boot', RuntimeError('Runparts: 1 failures'))"],
      },
    });
    expect(
      judge({
        result,
        log: logOf([
          [PATH, 0],
          [path, 3],
        ]),
      }).problems,
    ).toMatchObject([{ message: "always has ended with status 3" }]);
  });
});

describe("a script that has gone on", () => {
  it("is warned of once for each line", () => {
    expect(problemsOf(`${BASH}for n in 1 2; do\n  test -e /no\ndone\ntest -e /no\ntrue\n`)).toEqual([
      { severity: "warning", file: "boot.sh", line: 3, command: "test -e /no", message: expect.any(String) },
      { severity: "warning", file: "boot.sh", line: 5, command: "test -e /no", message: expect.any(String) },
    ]);
  });

  it("and then failed is told by both", () => {
    const problems = problemsOf(`${BASH}test -e /no\nexit 3\n`);
    expect(problems.map(({ severity, line }) => [severity, line])).toEqual([
      ["error", 3],
      ["warning", 2],
    ]);
  });

  it("is not warned of for what failed in the line that has ended it", () => {
    expect(problemsOf(`${BASH}for n in 1 2; do\n  test -e /no\ndone\n`)).toMatchObject([
      { severity: "error", line: 3 },
    ]);
  });

  it("is not warned of for what fails in a trap of its end: bash knows no line of it", () => {
    const body = "trap 'test -e /no; exit 0' EXIT\ntrue\n";
    expect(runScript(`${BASH}${body}`).failed).toMatchObject([{ line: 1 }]);
    expect(problemsOf(`${BASH}${body}`)).toEqual([]);
  });

  it("is not warned of more than ten times", () => {
    expect(problemsOf(`${BASH}${"test -e /no\n".repeat(30)}true\n`)).toHaveLength(10);
  });
});

describe("a boot without an end", () => {
  it.each<[Evidence["end"], string]>([
    ["timed out", "cloud-init had not finished after 3.2 s, in its stage modules-final"],
    ["off", "the machine has powered off after 3.2 s, before cloud-init had finished"],
    ["reboot", "the machine has rebooted after 3.2 s, before cloud-init had finished"],
    ["died", "the container has ended after 3.2 s, before cloud-init had finished"],
  ])("%s: says so, and which script still ran", (end, message) => {
    const { problems } = judge({
      end,
      result: undefined,
      stage: "modules-final",
      log: logOf([[PATH, "running"]]),
    });
    expect(problems).toMatchObject([
      { severity: "error", message },
      { severity: "error", file: "boot.sh", message: "part-001 was still running" },
    ]);
  });

  it("says nothing of scripts that had no turn", () => {
    expect(judge({ end: "timed out", result: undefined }).problems).toHaveLength(1);
  });
});

describe("a boot that has ended", () => {
  it("without the metadata is an error even when cloud-init sees none, and only one", () => {
    const result = JSON.stringify({ v1: { datasource: "DataSourceNone", errors: [] } });
    expect(judge({ result }).problems).toEqual([
      {
        severity: "error",
        message: expect.stringMatching(/went on with DataSourceNone: no user data was run$/),
      },
    ]);
  });

  it("and has not run a script says so", () => {
    expect(judge({}).problems).toEqual([
      { severity: "error", file: "boot.sh", message: "part-001 did not run" },
    ]);
  });

  it("tells modules that have failed, in their own words", () => {
    const errors = [
      `('package-update-upgrade-install', ProcessExecutionError("Unexpected error\\nReason: -\\nno apt"))`,
      "something else",
    ];
    const result = JSON.stringify({ v1: { datasource: "DataSourceEc2", errors } });
    expect(judge({ result, log: logOf([[PATH, 0]]) }).problems.map(({ message }) => message)).toEqual([
      "cloud-init's module package-update-upgrade-install has failed: Unexpected error no apt",
      "cloud-init: something else",
    ]);
  });

  it("tells a module of scripts that has failed where no script has", () => {
    const errors = ["('scripts-user', RuntimeError('no directory'))"];
    const result = JSON.stringify({ v1: { datasource: "DataSourceEc2", errors } });
    expect(judge({ result, log: logOf([[PATH, 0]]) }).problems).toMatchObject([
      { message: "cloud-init's module scripts-user has failed: no directory" },
    ]);
  });

  it("tells what cloud-init warns of, but for what is told already", () => {
    const warn = (text: string): string => `2026-03-01 10:00:09,000 - util.py[WARNING]: ${text}\n`;
    const log = `${logOf([[PATH, 0]])}\n${warn("Failed to run module scripts-user (x)")}${warn("Unhandled non-multipart (text/x-not-multipart) userdata: 'x'")}${warn("No such user")}`;
    expect(judge({ log }).problems).toEqual([
      { severity: "warning", message: "cloud-init warns: No such user" },
    ]);
  });

  it("tells units that have failed, but for those of cloud-init", () => {
    const failedUnits = ["nginx.service", "cloud-final.service", "cloud-config.service"];
    expect(judge({ failedUnits, log: logOf([[PATH, 0]]) }).problems).toEqual([
      { severity: "warning", message: "nginx.service has failed" },
    ]);
  });

  it("tells what was wrong with the user data from the start", () => {
    const ignored: Problem = { severity: "error", file: "boot.sh", message: "part-002 is ignored" };
    expect(judge({ log: logOf([[PATH, 0]]) }, [ignored]).problems).toEqual([ignored]);
  });
});

const failure = fc.record({
  path: fc.constantFrom(PATH, PATH.replace("instance", "instances/i-0"), "/elsewhere"),
  line: fc.integer({ min: 0, max: 8 }),
  status: fc.integer({ min: 1, max: 255 }),
});

describe("a verdict", () => {
  it("tells nothing twice, and of each script one thing at most that is an error", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Evidence["end"]>("finished", "timed out", "off", "reboot", "died"),
        fc.oneof(fc.constant<Status>("running"), fc.constant<Status>("not started"), fc.nat(255)),
        fc.array(failure, { maxLength: 6 }),
        fc.boolean(),
        (end, status, failures, hasResult) => {
          const failed = failures
            .map(({ path, line, status: code }) => `${path}\0${line}\0${code}\0x\0\0`)
            .join("");
          const { problems } = judge({
            end,
            failed,
            log: logOf([[PATH, status]]),
            result: hasResult ? OK : undefined,
          });
          const told = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
          expect(new Set(told).size).toBe(told.length);
          const errors = problems.filter(({ severity, file }) => severity === "error" && file !== undefined);
          expect(errors.length).toBeLessThanOrEqual(1);
          if (status !== 0 && (status !== "running" || end !== "finished")) expect(errors).toHaveLength(1);
          const lines = problems.flatMap(({ line }) => (line === undefined ? [] : [line]));
          if (status !== "not started") expect(new Set(lines).size).toBe(lines.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});
