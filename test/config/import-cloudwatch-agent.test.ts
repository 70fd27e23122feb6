import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  AGENT_KEYS,
  COLLECTED_KEYS,
  ENTRY_KEYS,
  FILES_KEYS,
  type ForeignKeys,
  LOGS_KEYS,
  TOP_KEYS,
} from "../../agent/config/cloudwatch-agent-keys.ts";
import { parseConfig } from "../../agent/config/load.ts";
import type { FileEntry } from "../../agent/config/schema.ts";
import { FIXTURES, messages } from "./fixtures.ts";

interface Foreign {
  readonly agent?: object;
  readonly logs?: object;
  readonly more?: object;
}

/** `amazon-cloudwatch-agent.json` with these entries in its `collect_list`. */
const foreign = (entries: readonly object[], { agent, logs, more }: Foreign = {}): string =>
  JSON.stringify({
    ...(agent && { agent }),
    logs: { ...logs, logs_collected: { files: { collect_list: entries } } },
    ...more,
  });

const imported = (...args: Parameters<typeof foreign>) => {
  const { config, problems } = parseConfig(foreign(...args), "f");
  if (config === undefined) throw new Error(JSON.stringify(problems));
  return config;
};

const entry = (given: object, around?: Foreign): FileEntry => {
  const [first] = imported([given], around).logs.files;
  if (first === undefined) throw new Error("no entry");
  return first;
};

/** Starts every line of its own, so that the warning about indented lines stays away. */
const PLAIN = { multi_line_start_pattern: "^" };

const warnings = (given: object, around?: Foreign): readonly string[] =>
  parseConfig(foreign([{ file_path: "/var/log/a.log", ...PLAIN, ...given }], around), "f")
    .problems.filter(({ message }) => !message.includes("every line is an event of its own"))
    .map(
      ({ severity, key, message }) =>
        `${severity} ${key.replace("logs.logs_collected.files.collect_list", "…")}: ${message}`,
    );

describe("a file is known for one of the CloudWatch agent's", () => {
  it.each([
    '{"agent": {}}',
    '{"metrics": {}}',
    '{"traces": {}}',
    '{"opentelemetry": {}}',
    '{"logs": {"logs_collected": {}}}',
    '{"logs": {"metrics_collected": {}}}',
    ' \n\t{"agent": {}}',
    "\ufeff" + '{"agent": {}}',
    '---\n{"agent": {}}',
  ])("by its content: %j", (text) => {
    expect(messages(text)).toContainEqual(
      expect.stringMatching(/logs\.logs_collected\.files\.collect_list: nothing to ship/),
    );
  });

  it.each([
    '{"logs": {"files": []}}',
    '{"region": "eu-west-1"}',
    "{}",
    "agent:\n  region: eu-west-1\nlogs:\n  logs_collected: {}\n",
    '[{"agent": {}}]',
  ])("and %j is not one", (text) => {
    expect(messages(text).join()).not.toMatch(/logs_collected\.files/);
  });
});

describe("what an entry becomes", () => {
  it("without anything but a path", () => {
    expect(entry({ file_path: "/var/log/app/server.log" })).toEqual({
      file_path: "/var/log/app/server.log",
      exclude: [],
      log_group_name: "/var/log/app/server",
      log_stream_name: "{instance_id}",
      log_group_class: "STANDARD",
      retention_in_days: -1,
      from_beginning: true,
    });
  });

  it("with everything that has a counterpart", () => {
    const given = {
      file_path: "/var/log/app.log",
      log_group_name: "/app/{aws_region}",
      log_stream_name: "{hostname}",
      log_group_class: "INFREQUENT_ACCESS",
      retention_in_days: 30,
      from_beginning: false,
    };
    expect(entry(given)).toEqual({ ...given, exclude: [] });
    expect(warnings(given)).toEqual([]);
  });

  it("takes logs.log_stream_name where it names no stream", () => {
    const around = { logs: { log_stream_name: "{ip_address}" } };
    expect(entry({ file_path: "/a" }, around).log_stream_name).toBe("{ip_address}");
    expect(entry({ file_path: "/a", log_stream_name: "own" }, around).log_stream_name).toBe("own");
  });

  it.each([
    "{instance_id}",
    "{hostname}",
    "{local_hostname}",
    "{ip_address}",
    "{aws_region}",
    "{account_id}",
  ])("keeps the placeholder %s", (placeholder) => {
    const names = { log_group_name: `/g/${placeholder}`, log_stream_name: placeholder };
    expect(entry({ file_path: "/a", ...names })).toMatchObject(names);
  });

  it("does not fill in {date}, and says so", () => {
    expect(warnings({ log_stream_name: "{date}" })).toEqual([
      expect.stringMatching(/^error …\[0\]\.log_stream_name: \{date\} is not supported/),
    ]);
  });

  it.each(["{timestamp_format}", "{datetime_format}", "^\\d"])(
    "takes %s for the start of a line with a warning",
    (pattern) => {
      const { config, problems } = parseConfig(
        foreign([{ file_path: "/a", multi_line_start_pattern: pattern }]),
        "f",
      );
      expect(config).toBeDefined();
      expect(problems.map(({ message }) => message)).toEqual([
        "not supported: every line is an event of its own",
      ]);
    },
  );

  it("may be one of several for a group, if they agree", () => {
    const a = { file_path: "/a", log_group_name: "/g" };
    const b = { file_path: "/b", log_group_name: "/g" };
    const { files } = imported([
      { ...a, retention_in_days: 7 },
      { ...b, retention_in_days: -1 },
    ]).logs;
    expect(files.map((one) => one.retention_in_days)).toEqual([7, 7]);
    const text = foreign([
      { ...a, ...PLAIN, retention_in_days: 7 },
      { ...b, ...PLAIN, retention_in_days: 30 },
    ]);
    expect(messages(text)).toContainEqual(
      expect.stringMatching(
        /error: logs\.logs_collected\.files\.collect_list\[1\]\.retention_in_days: log group "\/g" already has 7/,
      ),
    );
  });
});

describe("several files for one entry", () => {
  const glob = { file_path: "/var/log/app/*.log", log_group_name: "/g", ...PLAIN };

  it("are all shipped, where the CloudWatch agent ships the newest: a warning", () => {
    for (const more of [{}, { publish_multi_logs: false }]) {
      expect(entry({ ...glob, ...more }).log_stream_name).toBe("{instance_id}");
      expect(warnings({ ...glob, ...more })).toEqual([
        "warning …[0].file_path: every file that matches is shipped, not only the newest",
      ]);
    }
  });

  it("have streams of their own with publish_multi_logs", () => {
    expect(entry({ ...glob, publish_multi_logs: true })).toMatchObject({
      log_group_name: "/g",
      log_stream_name: "{instance_id}_{file_path}",
    });
    expect(entry({ ...glob, publish_multi_logs: true, log_stream_name: "x" }).log_stream_name).toBe(
      "x_{file_path}",
    );
    expect(
      entry({ ...glob, publish_multi_logs: true }, { logs: { log_stream_name: "y" } }).log_stream_name,
    ).toBe("y_{file_path}");
    expect(warnings({ ...glob, publish_multi_logs: true })).toHaveLength(1);
  });

  it("have log groups of their own with publish_multi_logs and without log_group_name", () => {
    const given = { file_path: "/var/log/app/*.log", publish_multi_logs: true };
    expect(entry(given)).toMatchObject({ log_group_name: "{file_path}", log_stream_name: "{instance_id}" });
  });

  it("may be one: publish_multi_logs names streams for a plain path too", () => {
    expect(entry({ file_path: "/a", log_group_name: "/g", publish_multi_logs: true }).log_stream_name).toBe(
      "{instance_id}_{file_path}",
    );
  });

  it.each(["yes", 1, null])("are not asked for by publish_multi_logs: %j", (value) => {
    for (const path of ["/a", "/a/*"])
      expect(warnings({ ...glob, file_path: path, publish_multi_logs: value })).toEqual([
        "error …[0].publish_multi_logs: must be true or false",
      ]);
  });

  it("without a group and without publish_multi_logs need one", () => {
    expect(warnings({ file_path: "/var/log/app/*.log" })).toContain(
      "error …[0].log_group_name: is required when file_path is a glob",
    );
  });

  it("may be in any directory below **, wherever that stands", () => {
    expect(entry({ ...glob, file_path: "/var/log/**.log" }).file_path).toBe("/var/log/**/*.log");
  });
});

describe("a blacklist", () => {
  const glob = { file_path: "/var/log/*", log_group_name: "/g" };

  it.each([
    ["\\.gz$|^debug", ["*.gz", "debug*"]],
    ["old", ["*old*"]],
    ["", []],
  ])("of %j excludes %j", (blacklist, exclude) => {
    expect(entry({ ...glob, blacklist }).exclude).toEqual(exclude);
    expect(warnings({ ...glob, blacklist }).filter((line) => line.includes("blacklist"))).toEqual([]);
  });

  it("that globs cannot say leaves nothing out, with a warning", () => {
    expect(entry({ ...glob, blacklist: "a[0-9]+" }).exclude).toEqual([]);
    expect(warnings({ ...glob, blacklist: "a[0-9]+" })).toContainEqual(
      expect.stringMatching(/^warning …\[0\]\.blacklist: not supported/),
    );
  });

  it("must be a text", () => {
    expect(warnings({ ...glob, blacklist: ["a"] })).toContain("error …[0].blacklist: must be a text");
  });
});

describe("logs and agent", () => {
  it("give the Region, the endpoint, the stream and the flush interval", () => {
    const around = {
      agent: { region: "eu-central-1" },
      logs: { endpoint_override: "https://logs.example.com", force_flush_interval: 3, log_stream_name: "s" },
    };
    expect(imported([{ file_path: "/a" }], around)).toMatchObject({
      region: "eu-central-1",
      logs: {
        endpoint_override: "https://logs.example.com",
        force_flush_interval: 3,
        log_stream_name: "s",
        compression: "gzip",
      },
    });
  });

  it.each([
    ["vpce-1.logs.eu-west-1.vpce.amazonaws.com", "https://vpce-1.logs.eu-west-1.vpce.amazonaws.com"],
    ["localhost:4586", "https://localhost:4586"],
    ["http://localhost:4586", "http://localhost:4586"],
  ])("take the endpoint %s for %s", (endpoint_override, endpoint) => {
    expect(imported([{ file_path: "/a" }], { logs: { endpoint_override } }).logs.endpoint_override).toBe(
      endpoint,
    );
  });

  it("keep their default for what is not stated", () => {
    expect(imported([{ file_path: "/a" }]).logs).toMatchObject({
      force_flush_interval: 1,
      log_stream_name: "{instance_id}",
    });
  });

  it.each([
    [5, 5, []],
    [5.5, 5, ["warning logs.force_flush_interval: 5.5 seconds become 5, the longest that is allowed here"]],
    [
      172_800,
      5,
      ["warning logs.force_flush_interval: 172800 seconds become 5, the longest that is allowed here"],
    ],
  ])("flush after %d seconds, which is %d here", (stated, seconds, expected) => {
    const around = { logs: { force_flush_interval: stated } };
    expect(imported([{ file_path: "/a" }], around).logs.force_flush_interval).toBe(seconds);
    expect(warnings({}, around)).toEqual(expected);
  });

  it.each([0, -1, "5", true])("refuse to flush after %j", (force_flush_interval) => {
    expect(warnings({}, { logs: { force_flush_interval } })).toEqual([
      expect.stringMatching(/^error logs\.force_flush_interval: must be/),
    ]);
  });
});

/** A value that asks for something that does not happen here. */
const ODD: unknown = { odd: "value" };

const LEVELS: readonly (readonly [path: string, keys: ForeignKeys, put: (key: object) => string])[] = [
  ["", TOP_KEYS, (key) => foreign([{ file_path: "/a", ...PLAIN }], { more: key })],
  ["agent.", AGENT_KEYS, (key) => foreign([{ file_path: "/a", ...PLAIN }], { agent: key })],
  ["logs.", LOGS_KEYS, (key) => foreign([{ file_path: "/a", ...PLAIN }], { logs: key })],
  [
    "logs.logs_collected.",
    COLLECTED_KEYS,
    (key) =>
      JSON.stringify({
        logs: { logs_collected: { files: { collect_list: [{ file_path: "/a", ...PLAIN }] }, ...key } },
      }),
  ],
  [
    "logs.logs_collected.files.",
    FILES_KEYS,
    (key) =>
      JSON.stringify({
        logs: { logs_collected: { files: { collect_list: [{ file_path: "/a", ...PLAIN }], ...key } } },
      }),
  ],
  [
    "logs.logs_collected.files.collect_list[0].",
    ENTRY_KEYS,
    (key) => foreign([{ file_path: "/a", ...PLAIN, ...key }]),
  ],
];

describe("a key that this agent does without", () => {
  const cases = LEVELS.flatMap(([path, keys, put]) =>
    Object.entries(keys).flatMap(([name, known]) => (known === "taken" ? [] : [{ path, name, known, put }])),
  );

  it("is one of many", () => {
    expect(cases.length).toBeGreaterThan(30);
  });

  it.each(cases)("gives a warning at its place: $path$name", ({ path, name, known, put }) => {
    const text = put({ [name]: ODD });
    const { config, problems } = parseConfig(text, "f");
    const shown = /\./.test(name) ? `"${name}"` : name;
    const mine = problems.filter(({ key }) => key === path + shown);
    expect(mine).toEqual([
      expect.objectContaining({ severity: "warning", line: 1, message: `not supported: ${known.means}` }),
    ]);
    expect(text.slice((mine[0]?.column ?? 0) - 1).startsWith(`"${name}":`)).toBe(true);
    expect(config).toBeDefined();
  });

  it.each(cases.flatMap((one) => (one.known.harmless ?? []).map((value) => ({ ...one, value }))))(
    "gives none where its value asks for what happens anyway: $path$name $value",
    ({ path, name, put, value }) => {
      const { problems } = parseConfig(put({ [name]: value }), "f");
      expect(problems.filter(({ key }) => key === path + name)).toEqual([]);
    },
  );
});

describe("a key that nobody knows", () => {
  it.each(LEVELS.map(([path, , put]) => [path, put] as const))(
    "is ignored with a warning under %j",
    (path, put) => {
      const { config, problems } = parseConfig(put({ zzzz: 1 }), "f");
      expect(config).toBeDefined();
      expect(problems).toContainEqual(
        expect.objectContaining({
          severity: "warning",
          key: `${path}zzzz`,
          message: "unknown key; it is ignored",
        }),
      );
    },
  );

  it.each([
    ["agent", { regio: 1 }, "region"],
    ["logs", { force_flush_intervals: 1 }, "force_flush_interval"],
    ["entry", { log_group: "x" }, "log_group_name"],
    ["entry", { timestampFormat: "x" }, "timestamp_format"],
  ])("but nearly a known one is an error: %s %j", (level, key, meant) => {
    const text =
      level === "entry"
        ? foreign([{ file_path: "/a", ...key }])
        : foreign([{ file_path: "/a" }], { [level]: key });
    const { config, problems } = parseConfig(text, "f");
    expect(config).toBeUndefined();
    expect(problems).toContainEqual(
      expect.objectContaining({ severity: "error", message: "unknown key", hint: `did you mean ${meant}?` }),
    );
  });
});

describe("lines that begin with a blank", () => {
  const joined =
    "indented lines are events of their own and empty ones are left out; neither is joined to the line before";

  it("are joined by the CloudWatch agent unless it is told otherwise: one warning for all entries", () => {
    const { problems } = parseConfig(
      foreign([{ file_path: "/a" }, { file_path: "/b" }, { file_path: "/c", ...PLAIN }]),
      "f",
    );
    expect(problems.filter(({ message }) => message === joined)).toHaveLength(1);
  });

  it("are not worth a warning where every entry says how its events begin", () => {
    const { problems } = parseConfig(foreign([{ file_path: "/a", ...PLAIN }]), "f");
    expect(problems.filter(({ message }) => message === joined)).toEqual([]);
  });
});

describe("a document of another shape", () => {
  it.each([
    ['{"agent": []}', "agent"],
    ['{"agent": {}, "logs": []}', "logs"],
    ['{"logs": {"logs_collected": 7}}', "logs.logs_collected"],
    ['{"logs": {"logs_collected": {"files": "x"}}}', "logs.logs_collected.files"],
    [
      '{"logs": {"logs_collected": {"files": {"collect_list": [7]}}}}',
      "logs.logs_collected.files.collect_list[0]",
    ],
  ])("is an error where it is: %s", (text, key) => {
    expect(parseConfig(text, "f").problems).toContainEqual(
      expect.objectContaining({
        severity: "error",
        key,
        message: expect.stringMatching(/^must be a mapping/),
      }),
    );
  });

  it("says what is missing in the words of the file", () => {
    expect(messages(foreign([{ log_group_name: "/g", ...PLAIN }]))).toContainEqual(
      expect.stringMatching(/error: logs\.logs_collected\.files\.collect_list\[0\]\.file_path: is required$/),
    );
    expect(
      messages('{"agent": {}, "logs": {"logs_collected": {"files": {"collect_list": {}}}}}'),
    ).toContainEqual(expect.stringMatching(/collect_list: must be a list, not a mapping/));
  });
});

it("takes the file that the CloudWatch agent's wizard writes", () => {
  const { config } = parseConfig(readFileSync(join(FIXTURES, "imported/wizard.json")), "f");
  expect(config).toMatchObject({
    region: "eu-west-1",
    logs: {
      log_stream_name: "{local_hostname}",
      files: [
        {
          file_path: "/var/log/messages",
          log_group_name: "messages",
          log_stream_name: "{instance_id}",
          retention_in_days: -1,
        },
        {
          log_group_name: "/web/{aws_region}/access",
          log_group_class: "INFREQUENT_ACCESS",
          retention_in_days: 30,
        },
      ],
    },
  });
});
