import { globSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import process from "node:process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CONFIG_BYTES,
  formatProblem,
  type Loaded,
  MOST_PROBLEMS,
  parseConfig,
} from "../../agent/config/load.ts";
import { FIXTURES, messages } from "./fixtures.ts";

const files = globSync("{native,encoding,imported}/*", { cwd: FIXTURES })
  .filter((file) => extname(file) !== ".expected")
  .toSorted();

/** What stands in the `.expected` file beside a configuration: its problems, then what it comes to. */
const outcome = ({ config, problems }: Loaded): string =>
  [
    ...problems.map(formatProblem),
    ...(config === undefined ? [] : [JSON.stringify(config, null, 2)]),
    "",
  ].join("\n");

describe("every example", () => {
  it("is found", () => {
    expect(files.length).toBeGreaterThan(60);
  });

  it.each(files)("%s gives what stands beside it", async (file) => {
    const loaded = parseConfig(readFileSync(join(FIXTURES, file)), basename(file));
    const expected = join(FIXTURES, dirname(file), `${basename(file, extname(file))}.expected`);
    await expect(outcome(loaded)).toMatchFileSnapshot(expected);
    expect(loaded.config === undefined).toBe(loaded.problems.some(({ severity }) => severity === "error"));
  });

  it("has an expectation, and every expectation an example", () => {
    const stems = files.map((file) => file.replace(/\.[^.]+$/, ""));
    const expected = globSync("*/*.expected", { cwd: FIXTURES }).map((file) =>
      file.replace(/\.expected$/, ""),
    );
    expect(expected.toSorted()).toEqual(stems.toSorted());
  });
});

describe("every problem of every example", () => {
  const all = files.flatMap((file) => {
    const bytes = readFileSync(join(FIXTURES, file));
    const lines = new TextDecoder().decode(bytes).split("\n");
    return parseConfig(bytes, file).problems.map((problem) => ({ problem, lines }));
  });

  it("stands at a place that the file has", () => {
    for (const { problem, lines } of all) {
      const line = lines[problem.line - 1] ?? "";
      expect(problem.line, formatProblem(problem)).toBeLessThanOrEqual(lines.length);
      expect(problem.column, formatProblem(problem)).toBeLessThanOrEqual([...line].length + 1);
    }
  });

  it("points at the key when the key is unknown or given twice", () => {
    const keys = all.filter(({ problem }) => /^unknown key|is given twice/.test(problem.message));
    expect(keys.length).toBeGreaterThan(30);
    for (const { problem, lines } of keys) {
      const name = /(?:^|\.)("(?:[^"\\]|\\.)*"|[\w-]+)$/.exec(problem.key)?.[1] ?? "?";
      const rest = [...(lines[problem.line - 1] ?? "")].slice(problem.column - 1).join("");
      if (/\\|^""$|~/.test(name)) continue;
      expect(rest.replace(/^["']/, ""), formatProblem(problem)).toContain(name.replaceAll('"', ""));
      expect(rest.replace(/^["']/, "").indexOf(name.replaceAll('"', ""))).toBe(0);
    }
  });

  it("is one line that cannot steer a terminal", () => {
    for (const { problem } of all) expect(formatProblem(problem)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});

describe("parseConfig", () => {
  it("takes a text for its bytes", () => {
    const file = join(FIXTURES, "native/everything.conf");
    expect(parseConfig(readFileSync(file, "utf8"), "f")).toEqual(parseConfig(readFileSync(file), "f"));
  });

  it("refuses a file that is larger than any configuration, whatever it holds", () => {
    const ok = "logs: {files: [{file_path: /var/log/a.log}]}\n";
    const most = ok + "#".repeat(CONFIG_BYTES - ok.length);
    expect(parseConfig(most, "f").config).toBeDefined();
    expect(messages(`${most}#`)).toEqual([
      "f:1:1: error: is larger than 1048576 bytes: this cannot be a configuration",
    ]);
    expect(messages(Buffer.alloc(CONFIG_BYTES + 1))).toHaveLength(1);
  });

  it("lists all problems in the order of the file", () => {
    const { problems } = parseConfig(readFileSync(join(FIXTURES, "native/wrong-types.conf")), "f");
    const places = problems.map(({ line, column }) => line * 10_000 + column);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(problems.length).toBeGreaterThan(20);
  });

  it("says how many problems it leaves out", () => {
    const keys = Array.from({ length: MOST_PROBLEMS + 50 }, (_, at) => `key${at}: 1\n`).join("");
    const { problems } = parseConfig(`${keys}logs: {files: [{file_path: /a}]}\n`, "f");
    expect(problems).toHaveLength(MOST_PROBLEMS + 1);
    expect(problems.at(-1)).toMatchObject({
      severity: "error",
      line: MOST_PROBLEMS + 1,
      message: "50 more problems from here on are not listed",
    });
  });

  it("still has no configuration when the only error is among those left out", () => {
    const warnings = Array.from({ length: MOST_PROBLEMS + 5 }, (_, at) => `"unheard-of-${at}": 1,\n`).join(
      "",
    );
    const text = `{"agent": {},\n${warnings}"logs": {"logs_collected": {"files": {"collect_list": [{"file_path": "a"}]}}}}`;
    const { config, problems } = parseConfig(text, "f");
    expect(config).toBeUndefined();
    expect(problems.filter(({ severity }) => severity === "error")).toHaveLength(1);
  });

  it("leaves out the hint where there is none", () => {
    const { problems } = parseConfig("", "f");
    expect(problems).toEqual([
      {
        severity: "error",
        file: "f",
        line: 1,
        column: 1,
        key: "",
        message: "the file is empty: nothing to ship",
      },
    ]);
  });
});

describe("a file that is no configuration at all", () => {
  const sound = ({ config, problems }: Loaded): void => {
    expect(config === undefined).toBe(problems.some(({ severity }) => severity === "error"));
    for (const { line, column, message } of problems) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(message).not.toBe("");
    }
  };

  it("gives problems, never an exception: any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => sound(parseConfig(bytes, "f"))),
      { numRuns: 1_000 },
    );
  });

  it("gives problems, never an exception: any text made of what YAML is made of", () => {
    const word = fc.constantFrom(
      ..."logs: |files:|file_path: |log_group_name: |- |  |    |\n|{|}|[|]|,|*a|&a |!!str |!x |\"|'|# |---\n|...\n|? |: |~|7|yes|<<: |%YAML 1.1\n|\t|/var/log/*.log|{instance_id}|\\|>\n".split(
        "|",
      ),
      "|",
      "\r\n",
      "\u0085",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => sound(parseConfig(words.join(""), "f"))),
      { numRuns: 3_000 },
    );
  });

  it("gives problems, never an exception: any JSON in the place of any part of a configuration", () => {
    const parts = [
      (value: unknown) => value,
      (value: unknown) => ({ logs: value }),
      (value: unknown) => ({ logs: { files: value } }),
      (value: unknown) => ({ logs: { files: [value] } }),
      (value: unknown) => ({ agent: value, logs: value }),
      (value: unknown) => ({ logs: { logs_collected: value } }),
      (value: unknown) => ({ logs: { logs_collected: { files: value } } }),
      (value: unknown) => ({ logs: { logs_collected: { files: { collect_list: [value] } } } }),
      (value: unknown) => ({
        logs: { logs_collected: { files: { collect_list: [{ blacklist: value, file_path: value }] } } },
      }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.jsonValue({ depthSize: "small" }), (around, value) =>
        sound(parseConfig(JSON.stringify(around(value)) ?? "", "f")),
      ),
      { numRuns: 1_000 },
    );
  });

  it("takes seconds at the most, however deep, long or broken it is", { timeout: 60_000 }, () => {
    const line = Array.from({ length: 40_000 }, (_, at) => `"k${at}":1`).join(",");
    const texts = [
      "[".repeat(200_000),
      "{a: ".repeat(100_000),
      "- ".repeat(200_000),
      "? ".repeat(200_000),
      `{${line}}`,
      `{"agent":{},${line}}`,
      "@a: @b\n".repeat(10_000),
      `[${"%a,".repeat(10_000)}`,
      `logs: {files: [${"{file_path: /a},".repeat(20_000)}]}`,
    ];
    for (const text of texts) {
      const begun = process.threadCpuUsage().user;
      const { problems } = parseConfig(text, "f");
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.length).toBeLessThanOrEqual(MOST_PROBLEMS + 1);
      // Time of the processor, in microseconds: what else runs on the machine does not count.
      expect(process.threadCpuUsage().user - begun, text.slice(0, 20)).toBeLessThan(5_000_000);
    }
  });
});

describe("formatProblem", () => {
  const problem = {
    severity: "warning",
    file: "a.yaml",
    line: 3,
    column: 7,
    key: "logs.x",
    message: "is odd",
  } as const;

  it("is what editors and compilers understand", () => {
    expect(formatProblem(problem)).toBe("a.yaml:3:7: warning: logs.x: is odd");
    expect(formatProblem({ ...problem, hint: "did you mean y?" })).toBe(
      "a.yaml:3:7: warning: logs.x: is odd (did you mean y?)",
    );
    expect(formatProblem({ ...problem, severity: "error", key: "" })).toBe("a.yaml:3:7: error: is odd");
  });

  it("shows what could steer a terminal", () => {
    expect(formatProblem({ ...problem, file: "a\u001b[31m", hint: "b\nc" })).toBe(
      "a\\u001b[31m:3:7: warning: logs.x: is odd (b\\u000ac)",
    );
  });
});

it("keeps no machine's paths in what is expected", () => {
  for (const file of globSync("**/*.expected", { cwd: FIXTURES }))
    expect(readFileSync(join(FIXTURES, file), "utf8")).not.toContain(relative("/", FIXTURES));
});
