import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outcomeOf, type Report, reportJson, reportText } from "../../../provision/rehearse/report.ts";
import type { Problem } from "../../../provision/rehearse/verdict.ts";

const EMPTY: Report = {
  subject: "host.yaml",
  base: { name: "debian-12", key: "0123456789ab", release: "Debian GNU/Linux 12 (bookworm)" },
  bake: undefined,
  boot: undefined,
  deployment: undefined,
  episodes: [],
  test: undefined,
  shipped: [],
  calls: [],
  fetches: [],
  tokenless: [],
  changes: undefined,
  differences: [],
  output: "",
};

/** A report in which every text is this one. */
const reportOf = (text: string): Report => {
  const problem: Problem = {
    severity: "error",
    file: text,
    line: 3,
    within: text,
    message: text,
    command: text,
    output: [text],
  };
  const recipe = {
    steps: [{ name: text, status: "failed", exit: 1, ms: 20 } as const],
    problems: [problem],
    identities: [],
    ms: 1_000,
  };
  return {
    subject: text,
    base: { name: text, key: text, release: text },
    bake: recipe,
    boot: {
      end: "timed out",
      readyMs: 1_234.5,
      datasource: text,
      scripts: [
        { name: text, file: "boot.sh", status: 1, ms: 5 },
        { name: text, file: text, status: "did not run", ms: undefined },
      ],
      problems: [problem],
    },
    deployment: {
      id: text,
      ms: 5,
      commands: [
        { name: "Install", state: "not given out", deliveries: 1, code: 5, message: text, log: text },
      ],
      problems: [],
    },
    episodes: [
      {
        name: "spot",
        ms: 3.7,
        scripts: [text],
        agent: { active: true, restarts: 2, said: [{ ms: -1, text }] },
        address: text,
        problems: [{ severity: "warning", message: text }],
      },
    ],
    test: recipe,
    shipped: [{ group: text, stream: text, events: 1, last: [text] }],
    calls: [{ service: text, action: text, parameters: { Status: text, Other: text }, taken: false }],
    fetches: [{ url: text, status: 404 }],
    tokenless: [text],
    changes: [{ kind: "added", path: text }],
    differences: [text],
    output: text,
  };
};

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "\u001b[2J",
        "\u001b]0;x\u0007",
        "\r",
        "\n",
        "\t",
        "\b",
        "\u009b31m",
        "\u202e",
        "\u2028",
        "\0",
        "a",
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join("")),
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there.
const STEERS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

describe("the report for people", () => {
  it("steers no terminal, whatever the container has written", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(reportText(reportOf(text))).not.toMatch(STEERS);
      }),
    );
  });

  it("has a line for each thing, and no text of the container makes another one", () => {
    const lines = (text: string): number => reportText(reportOf(text)).split("\n").length;
    fc.assert(
      fc.property(hostile, (text) => {
        // A command may have several lines of its own, in three problems.
        expect(lines(text)).toBe(lines("x") + 3 * (text.split("\n").length - 1));
      }),
    );
  });

  it("says what is wrong first, with its place, its line and what was printed", () => {
    const problem: Problem = {
      severity: "error",
      file: "boot.sh",
      line: 4,
      message: "part-001 has ended with status 1",
      command: "cp a b",
      output: ["cp: no a"],
    };
    const boot = {
      end: "finished" as const,
      readyMs: 3_210,
      datasource: "DataSourceEc2Local",
      scripts: [{ name: "part-001", file: "boot.sh", status: 1, ms: 1_500 }],
      problems: [problem, { severity: "warning" as const, message: "x.service has failed" }],
    };
    expect(reportText({ ...EMPTY, boot })).toBe(`boot.sh:4: error: part-001 has ended with status 1
    cp a b
  | cp: no a
warning: x.service has failed

FAILED: host.yaml on Debian GNU/Linux 12 (bookworm) (debian-12 0123456789ab)
  boot     ready after 3.2 s
  script   part-001  status 1 in 1.5 s  (boot.sh)
`);
  });

  it("tells the parameters of a call that say what it is about, and no others", () => {
    const call = {
      service: "autoscaling",
      action: "CompleteLifecycleAction",
      parameters: { LifecycleActionResult: "ABANDON", Version: "2011-01-01" },
      taken: true,
    };
    expect(
      reportText({ ...EMPTY, calls: [call, { ...call, action: "X", parameters: {}, taken: false }] }),
    ).toContain(
      "  called   autoscaling CompleteLifecycleAction LifecycleActionResult=ABANDON\n  called   autoscaling X, which nobody here answers\n",
    );
  });
});

describe("the outcome", () => {
  it("is the worst of all phases", () => {
    const phase = (...severities: readonly Problem["severity"][]) => ({
      end: "finished" as const,
      readyMs: 0,
      datasource: undefined,
      scripts: [],
      problems: severities.map((severity) => ({ severity, message: "x" })),
    });
    const recipe = (...severities: readonly Problem["severity"][]) => ({
      steps: [],
      identities: [],
      ms: 0,
      problems: phase(...severities).problems,
    });
    expect(outcomeOf(EMPTY)).toBe("passed");
    expect(outcomeOf({ ...EMPTY, boot: phase(), bake: recipe() })).toBe("passed");
    expect(outcomeOf({ ...EMPTY, boot: phase("warning") })).toBe("findings");
    expect(outcomeOf({ ...EMPTY, bake: recipe("warning"), test: recipe("error") })).toBe("failed");
    const [episode] = reportOf("x").episodes;
    expect(outcomeOf({ ...EMPTY, episodes: episode === undefined ? [] : [episode] })).toBe("findings");
  });
});

/** Keys, with those below them. */
const keysOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length === 0 ? [] : [keysOf(value[0])];
  if (typeof value !== "object" || value === null) return true;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, keysOf(item)]));
};

describe("the report for scripts", () => {
  it("has these keys: others rely on them", () => {
    const problem = {
      severity: true,
      message: true,
      file: true,
      line: true,
      within: true,
      command: true,
      output: [true],
    };
    const recipe = { ms: true, steps: [{ name: true, state: true, status: true, ms: true }] };
    expect(keysOf(JSON.parse(reportJson(reportOf("x"))))).toEqual({
      subject: true,
      outcome: true,
      base: { name: true, key: true, release: true },
      bake: recipe,
      boot: {
        end: true,
        ready_ms: true,
        datasource: true,
        scripts: [{ name: true, file: true, status: true, state: true, ms: true }],
      },
      deployment: {
        id: true,
        ms: true,
        commands: [{ name: true, state: true, deliveries: true, code: true, message: true }],
      },
      episodes: [
        {
          name: true,
          ms: true,
          address: true,
          scripts: [true],
          agent: { active: true, restarts: true, said: [{ ms: true, text: true }] },
        },
      ],
      test: recipe,
      problems: [problem],
      shipped: [{ group: true, stream: true, events: true, last: [true] }],
      calls: [{ service: true, action: true, parameters: { Status: true, Other: true }, taken: true }],
      fetches: [{ url: true, status: true }],
      tokenless: [true],
      changes: [{ kind: true, path: true }],
      not_as_on_ec2: [true],
      output: true,
    });
  });

  it("has the same keys where there is nothing, but for changes that nobody has asked for", () => {
    const parsed = JSON.parse(reportJson(EMPTY)) as Record<string, unknown>;
    expect(Object.keys(JSON.parse(reportJson(reportOf("x"))) as object)).toEqual(
      Object.keys(parsed).toSpliced(-2, 0, "changes"),
    );
    expect(parsed).toMatchObject({ outcome: "passed", bake: null, boot: null, test: null, problems: [] });
    const problem: Problem = { severity: "error", message: "x" };
    const boot = {
      end: "off" as const,
      readyMs: 1.6,
      datasource: undefined,
      scripts: [],
      problems: [problem],
    };
    expect(JSON.parse(reportJson({ ...EMPTY, boot }))).toMatchObject({
      boot: { end: "off", ready_ms: 2, datasource: null },
      problems: [{ file: null, line: null, within: null, command: null, output: [] }],
    });
  });

  it("says in words how a script has ended, and as a number with what status", () => {
    const { boot } = JSON.parse(reportJson(reportOf("x"))) as {
      readonly boot: { readonly end: string; readonly scripts: unknown };
    };
    expect(boot.end).toBe("timed_out");
    expect(boot.scripts).toMatchObject([
      { status: 1, state: "ended", ms: 5 },
      { status: null, state: "did_not_run", ms: null },
    ]);
  });

  it("is one line that steers no terminal, and says what it was given", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const json = reportJson(reportOf(text));
        expect(json).not.toMatch(STEERS);
        expect(json).not.toContain("\n");
        const { output, problems } = JSON.parse(json) as {
          output: string;
          problems: readonly { message: string }[];
        };
        expect([output, problems[0]?.message]).toEqual([text, text]);
      }),
    );
  });
});
