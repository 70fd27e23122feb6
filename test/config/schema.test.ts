import { describe, expect, it } from "vitest";
import { RETENTION_DAYS } from "../../agent/base/cloudwatch-limits.ts";
import { allKeys } from "../../agent/config/keys.ts";
import { parseConfig } from "../../agent/config/load.ts";
import { agentConfigSchema, keyDocs } from "../../agent/config/schema.ts";
import { valid } from "./fixtures.ts";

/** What a key takes and what it refuses, with what the refusal says. */
interface Cases {
  readonly takes: readonly unknown[];
  readonly refuses: readonly (readonly [value: unknown, message: RegExp])[];
}

const TEXT: Cases["refuses"] = [
  [7, /^must be a text, not the number 7$/],
  [true, /^must be a text, not true$/],
  [null, /^must be a text, not nothing$/],
  [["x"], /^must be a text, not a list$/],
  [{ x: 1 }, /^must be a text, not a mapping$/],
  ["$" + "{HOME}", /^variables that start with \$ and a brace are not supported$/],
];

const MAPPING = /^must be a mapping of keys to values, not /;
const LIST = /^must be a list, not /;

const FLAG: Cases = {
  takes: [true, false],
  refuses: [
    ["true", /^must be true or false, not the text "true"$/],
    [1, /^must be true or false, not the number 1$/],
    [null, /^must be true or false, not nothing$/],
    ["yes", /^must be true or false, not the text "yes"$/],
  ],
};

/** The cases of a whole number between two bounds. */
const whole = (least: number, most: number): Cases => {
  const range = new RegExp(`^must be a whole number from ${least} to ${most}$`);
  return {
    takes: [least, least + 1, most - 1, most],
    refuses: [
      [least - 1, range],
      [most + 1, range],
      [-most, range],
      [least + 0.5, range],
      [0.5, range],
      [1e300, range],
      [Number.MAX_SAFE_INTEGER, range],
      [`${least}`, new RegExp(`^must be a number, not the text "${least}"$`)],
      [true, /^must be a number, not true$/],
      [null, /^must be a number, not nothing$/],
      [[least], /^must be a number, not a list$/],
      [{}, /^must be a number, not a mapping$/],
    ],
  };
};

const CASES: Readonly<Record<string, Cases>> = {
  region: {
    takes: [
      "eu-west-1",
      "us-gov-east-1",
      "cn-northwest-1",
      "ap-southeast-7",
      "us-iso-west-1",
      "eusc-de-east-1",
    ],
    refuses: [
      ...TEXT,
      ["", /^is not the name of an AWS Region$/],
      ["eu-west-1a", /^is an Availability Zone, not a Region$/],
      ["EU-WEST-1", /^is not the name/],
      ["eu-west", /^is not the name/],
      ["eu-west-1 ", /^is not the name/],
      ["eu_west_1", /^is not the name/],
      ["eu-west-1\n", /^is not the name/],
    ],
  },
  state_dir: {
    takes: ["/var/lib/host-agent", "/", "/srv/with space"],
    refuses: [
      ...TEXT,
      ["", /^must be an absolute path$/],
      ["var/lib", /^must be an absolute path$/],
      ["/a\0b", /^must be an absolute path$/],
    ],
  },
  logs: {
    takes: [{ files: [{ file_path: "/a" }] }],
    refuses: [
      [null, MAPPING],
      [[], MAPPING],
      ["x", MAPPING],
      [1, MAPPING],
    ],
  },
  "logs.endpoint_override": {
    takes: [
      "https://logs.eu-west-1.amazonaws.com",
      "http://127.0.0.1:4586",
      "http://[::1]:80/base/",
      "https://x",
    ],
    refuses: [
      ...TEXT,
      ["", /^must be an http or https URL$/],
      ["logs.eu-west-1.amazonaws.com", /^must be an http or https URL$/],
      ["localhost:4586", /^must be an http or https URL$/],
      ["ftp://x", /^must be an http or https URL$/],
      ["https://", /^must be an http or https URL$/],
      [" https://x", /^must be an http or https URL$/],
      ["https://x\n", /^must be an http or https URL$/],
      ["https://user:word@x", /^must be a bare URL/],
      ["https://x?y", /^must be a bare URL/],
      ["https://x#y", /^must be a bare URL/],
    ],
  },
  "logs.force_flush_interval": {
    takes: [0.1, 1, 2.5, 5],
    refuses: [
      [0, /^must be 0\.1 to 5 seconds$/],
      [0.09, /^must be 0\.1 to 5 seconds$/],
      [5.01, /^must be 0\.1 to 5 seconds$/],
      [-1, /^must be 0\.1 to 5 seconds$/],
      ["1", /^must be a number, not the text "1"$/],
      [null, /^must be a number, not nothing$/],
      [true, /^must be a number, not true$/],
    ],
  },
  "logs.log_stream_name": {
    takes: ["{instance_id}", "a b", "größe", "x".repeat(512)],
    refuses: [
      ...TEXT,
      ["", /^must not be empty$/],
      ["a:b", /cannot hold ":"$/],
      ["{who}", /^unknown placeholder/],
      ["x".repeat(513), /^is 513 characters long/],
    ],
  },
  "logs.compression": {
    takes: ["gzip", "none"],
    refuses: [
      ["zstd", /^must be gzip or none, not the text "zstd"$/],
      ["GZIP", /^must be gzip or none/],
      [true, /^must be gzip or none, not true$/],
      [null, /^must be gzip or none, not nothing$/],
    ],
  },
  "logs.resume": {
    takes: ["replay", "verify"],
    refuses: [
      ["skip", /^must be replay or verify, not the text "skip"$/],
      ["Verify", /^must be replay or verify, not the text "Verify"$/],
      [true, /^must be replay or verify, not true$/],
      [null, /^must be replay or verify, not nothing$/],
      [["verify"], /^must be replay or verify, not a list$/],
    ],
  },
  "logs.hold_rotated": FLAG,
  "logs.unterminated_line_timeout": whole(1, 86_400),
  "logs.memory_limit_mib": whole(8, 4_096),
  "logs.open_files_limit": whole(64, 1_000_000),
  "logs.deleted_files_limit_mib": whole(0, 1_048_576),
  "logs.free_disk_floor_mib": whole(0, 1_048_576),
  "logs.files": {
    takes: [[{ file_path: "/a" }]],
    refuses: [
      [null, LIST],
      [{}, LIST],
      ["x", LIST],
      [[], /^nothing to ship: no files are listed$/],
    ],
  },
  "logs.files[].file_path": {
    takes: ["/var/log/messages", "/größe", "/a(1).log"],
    refuses: [
      ...TEXT,
      ["", /^must not be empty$/],
      ["a", /^must be an absolute path$/],
      ["/a/", /^names a directory/],
      ["/[", /^bad glob/],
    ],
  },
  "logs.files[].exclude": {
    takes: [[], ["*.gz"], ["/var/**/x", "a"]],
    refuses: [
      ["*.gz", LIST],
      [null, LIST],
      [{}, LIST],
      [[1], /^must be a text/],
      [["a/b"], /can match nothing$/],
      [["a", "!b"], /^must not begin with "!"/],
    ],
  },
  "logs.files[].log_group_name": {
    takes: ["/x", "{hostname}", "a.b_c-d#e", "x".repeat(512)],
    refuses: [
      ...TEXT,
      ["", /^must not be empty$/],
      ["a b", /cannot hold " "$/],
      ["aws/x", /^a log group name must not start with "aws\/"$/],
      ["{date}", /^\{date\} is not supported/],
    ],
  },
  "logs.files[].log_stream_name": {
    takes: ["{file_name}", "a b"],
    refuses: [
      ...TEXT,
      ["", /^must not be empty$/],
      ["*", /cannot hold "\*"$/],
      ["{", /belongs to no placeholder$/],
    ],
  },
  "logs.files[].log_group_class": {
    takes: ["STANDARD", "INFREQUENT_ACCESS"],
    refuses: [
      ["DELIVERY", /^must be STANDARD or INFREQUENT_ACCESS, not the text "DELIVERY"$/],
      ["standard", /^must be STANDARD/],
      [null, /not nothing$/],
      [1, /not the number 1$/],
    ],
  },
  "logs.files[].retention_in_days": {
    takes: [-1, ...RETENTION_DAYS],
    refuses: [
      [0, /^must be -1, 1, 3, .* or 3653, not the number 0$/],
      [2, /^must be/],
      [30.5, /^must be/],
      [-2, /^must be/],
      [4_000, /^must be/],
      ["30", /not the text "30"$/],
      [null, /not nothing$/],
      [true, /not true$/],
    ],
  },
  "logs.files[].from_beginning": FLAG,
};

/** A small configuration with one value at one path. */
const withValue = (path: string, value: unknown): string => {
  const name = path.split(".").at(-1) ?? "";
  const entry = { file_path: "/var/log/a.log" };
  if (path === "logs" || path === "logs.files")
    return JSON.stringify(path === "logs" ? { logs: value } : { logs: { files: value } });
  if (path.startsWith("logs.files[]"))
    return JSON.stringify({ logs: { files: [{ ...entry, [name]: value }] } });
  const logs = path.startsWith("logs.") ? { [name]: value, files: [entry] } : { files: [entry] };
  return JSON.stringify(path.startsWith("logs.") ? { logs } : { [name]: value, logs });
};

const problemsOf = (path: string, value: unknown) => parseConfig(withValue(path, value), "f").problems;

describe("every key", () => {
  it("has cases here, and every case is about a key", () => {
    expect(Object.keys(CASES)).toEqual(allKeys().map(({ path }) => path));
  });

  it.each(Object.entries(CASES).flatMap(([path, { takes }]) => takes.map((value) => [path, value])))(
    "%s takes %j",
    (path, value) => {
      expect(problemsOf(String(path), value)).toEqual([]);
    },
  );

  it.each(
    Object.entries(CASES).flatMap(([path, { refuses }]) =>
      refuses.map(([value, message]) => ({ path, value, message })),
    ),
  )("$path refuses $value", ({ path, value, message }) => {
    const text = withValue(path, value);
    const [problem, ...more] = problemsOf(path, value);
    expect(more).toEqual([]);
    expect(problem?.severity).toBe("error");
    expect(problem?.message).toMatch(message);
    expect(problem?.key.replace(/\[\d+\]$/, "")).toBe(path.replace("[]", "[0]"));
    // JSON is one line here: the column leads straight to the value.
    const there = [...text].slice((problem?.column ?? 0) - 1).join("");
    const first =
      Array.isArray(value) && value.length > 0 && problem?.key.endsWith("]")
        ? value[Number(/(\d+)\]$/.exec(problem.key)?.[1])]
        : value;
    expect(there.startsWith(JSON.stringify(first))).toBe(true);
  });

  it.each(Object.keys(CASES))("%s may be left out, but for file_path", (path) => {
    const left = allKeys().find((key) => key.path === path);
    expect(left?.default !== undefined || left?.doc.default !== undefined).toBe(
      path !== "logs.files[].file_path",
    );
  });
});

describe("the defaults", () => {
  it("are those of the manual", () => {
    const config = valid("logs: {files: [{file_path: /var/log/a.log}]}");
    expect(config).toEqual({
      logs: {
        force_flush_interval: 1,
        log_stream_name: "{instance_id}",
        compression: "gzip",
        resume: "replay",
        hold_rotated: false,
        unterminated_line_timeout: 30,
        memory_limit_mib: 64,
        open_files_limit: 16_384,
        deleted_files_limit_mib: 1_024,
        free_disk_floor_mib: 128,
        files: [
          {
            file_path: "/var/log/a.log",
            exclude: [],
            log_group_name: "/var/log/a",
            log_stream_name: "{instance_id}",
            log_group_class: "STANDARD",
            retention_in_days: -1,
            from_beginning: true,
          },
        ],
      },
    });
  });

  it("are not shared between two configurations", () => {
    const [first, second] = [1, 2].map(() => valid("logs: {files: [{file_path: /a}]}"));
    expect(first?.logs.files[0]?.exclude).not.toBe(second?.logs.files[0]?.exclude);
  });
});

describe("the documentation", () => {
  it.each(allKeys().map((key) => [key.path, key] as const))("of %s is complete sentences", (_, { doc }) => {
    expect(doc.description).toMatch(/^[A-Z].*\.$/s);
    for (const part of [doc.limits, doc.default, doc.unit]) expect(part ?? "x").not.toMatch(/\.$/);
  });

  it("is found by the schema of the key", () => {
    expect(keyDocs.get(agentConfigSchema.shape.region)?.cloudWatchAgent).toBe("agent.region");
  });
});
