import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../agent/commands/check.ts";
import type { Terminal } from "../../agent/commands/command.ts";
import { loadConfig } from "../../agent/commands/load-config.ts";

const ROOT = join(import.meta.dirname, "../..");
const FIXTURES = "test/fixtures/config";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-check-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The program as people run it. */
const agent = (...argv: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", "agent/main.ts", ...argv],
    { cwd: ROOT, encoding: "utf8" },
  );
  return { status, stdout, stderr };
};

/** A terminal that remembers what is written to it. */
const recorder = () => {
  const out: string[] = [];
  const err: string[] = [];
  const never = new AbortController().signal;
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    interactive: false,
    columns: 100,
    env: {},
    stop: never,
    abandon: never,
  };
  return { terminal, out: () => out.join(""), err: () => err.join("") };
};

/** The command alone, with what it writes. Quick, for what needs no process. */
const run = async (config: string, json = false) => {
  const { terminal, out, err } = recorder();
  const status = await command.run({ config, json }, terminal);
  return { status, out: out(), err: err() };
};

describe("host-agent check", () => {
  it("sums up what a valid file ships where, and ends with 0", () => {
    expect(agent("check", "--config", "templates/agent.yaml")).toEqual({
      status: 0,
      stderr: "",
      stdout: [
        "templates/agent.yaml is valid: 3 entries, 3 log groups",
        "  /var/log/messages → /var/log/messages / {instance_id}",
        "  /var/log/nginx/*.log → /web/nginx / {instance_id}/{file_name} (30 days)",
        "  /srv/app/**/*.{log,out} → /app/all / {instance_id}{file_path} (7 days, INFREQUENT_ACCESS)",
        "",
      ].join("\n"),
    });
  });

  it("lists everything that is wrong with line and column on standard error, and ends with 2", () => {
    const file = `${FIXTURES}/native/conflicts.conf`;
    const { status, stdout, stderr } = agent("check", "--config", file);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe(
      `${file}:9:26: error: logs.files[1].retention_in_days: log group "/shared" already has 7 in logs.files[0], and cannot have 14 too`,
    );
    expect(lines.at(-1)).toBe("4 errors, no warnings");
  });

  it("shows warnings of a valid file, and ends with 0 all the same", () => {
    const { status, stdout, stderr } = agent("check", "--config", `${FIXTURES}/native/surprises.conf`);
    expect(status).toBe(0);
    expect(stderr.trimEnd().split("\n")).toHaveLength(5);
    expect(stderr).toMatch(/\nno errors, 4 warnings\n$/);
    expect(stdout).toMatch(/surprises\.conf is valid: 8 entries, 6 log groups\n/);
  });

  it("takes the CloudWatch agent's file, whatever its name", () => {
    const file = join(folder, "anything");
    copyFileSync(join(ROOT, FIXTURES, "imported/wizard.json"), file);
    const { status, stdout, stderr } = agent("check", "--config", file);
    expect(status).toBe(0);
    expect(stderr).toMatch(/\nno errors, 7 warnings\n$/);
    expect(stdout).toContain("  /var/log/messages → messages / {instance_id}\n");
  });

  it("prints one JSON object on standard output with --json, and nothing else", () => {
    const { status, stdout, stderr } = agent(
      "check",
      "--config",
      `${FIXTURES}/native/smallest.conf`,
      "--json",
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toEqual({
      valid: true,
      problems: [],
      files: [
        {
          file_path: "/var/log/messages",
          exclude: [],
          log_group_name: "/var/log/messages",
          log_stream_name: "{instance_id}",
          log_group_class: "STANDARD",
          retention_in_days: -1,
          from_beginning: true,
        },
      ],
    });
  });

  it("prints the problems of an invalid file with --json, and ends with 2", () => {
    const file = `${FIXTURES}/native/typos.conf`;
    const { status, stdout, stderr } = agent("check", `--config=${file}`, "--json");
    expect({ status, stderr }).toEqual({ status: 2, stderr: "" });
    const { valid, problems, files } = JSON.parse(stdout);
    expect({ valid, files }).toEqual({ valid: false, files: [] });
    expect(problems[0]).toEqual({
      severity: "error",
      file,
      line: 1,
      column: 1,
      key: "regoin",
      message: "unknown key",
      hint: "did you mean region?",
    });
  });

  it("ends with 2 and says what to do when there is no such file, with --json too", () => {
    for (const more of [[], ["--json"]]) {
      const { status, stdout, stderr } = agent("check", "--config", join(folder, "missing"), ...more);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toBe(
        `host-agent: Cannot read the configuration ${join(folder, "missing")}: there is no such file.\n` +
          "  Check the path and the permissions of the file given with --config. (CONFIG_UNREADABLE)\n",
      );
    }
  });

  it("looks where the manual says when no file is named", () => {
    const { stdout } = agent("check", "--help");
    expect(stdout).toContain("/etc/host-agent/agent.yaml");
    expect(stdout).toContain("Validate a configuration file");
  });

  it("does not hang on a configuration that is not one", () => {
    symlinkSync("loop", join(folder, "loop"));
    for (const [path, reason] of [
      [folder, "it is a directory"],
      [join(folder, "loop"), "its symbolic links lead in a circle"],
      ["/dev/zero", "it is not a regular file"],
      ["", "no file is named"],
    ] as const) {
      const { status, stderr } = agent("check", `--config=${path}`);
      expect(status).toBe(2);
      expect(stderr).toContain(reason);
    }
  });
});

describe("wrong usage ends with 2 and a suggestion", () => {
  it.each([
    [["chekc"], /Did you mean check\?/],
    [["check", "--confg", "x"], /Unknown argument: confg/],
    [["check", "--config"], /[Nn]ot enough arguments.*config/],
    [["check", "agent.yaml"], /--help/],
    [["--config", "x", "check"], /--help/],
  ])("host-agent %j", (argv, suggestion) => {
    const { status, stdout, stderr } = agent(...argv);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(suggestion);
    expect(stderr).toMatch(/Run the command with --help to see what it takes\. \(USAGE\)/);
  });

  it("host-agent alone shows the commands", () => {
    const { status, stderr } = agent();
    expect(status).toBe(2);
    expect(stderr).toMatch(/host-agent check +Validate a configuration file/);
  });
});

describe("the command", () => {
  it("counts in words", async () => {
    const file = join(folder, "counts");
    writeFileSync(file, "logs: {files: [{file_path: /a}]}");
    expect((await run(file)).out).toBe(`${file} is valid: 1 entry, 1 log group\n  /a → /a / {instance_id}\n`);
    writeFileSync(file, "logs: {files: [{file_path: /a, retention_in_days: 1}]}");
    expect((await run(file)).out).toMatch(/ \(1 day\)\n$/);
    writeFileSync(file, "logs: {}");
    expect(await run(file)).toMatchObject({
      status: 2,
      out: "",
      err: expect.stringMatching(/\n1 error, no warnings\n$/),
    });
    writeFileSync(file, "logs: {files: [{file_path: /a.zip}]}");
    expect(await run(file)).toMatchObject({
      status: 0,
      err: expect.stringMatching(/\nno errors, 1 warning\n$/),
    });
  });

  it("lets nothing in a file steer the terminal", async () => {
    const file = join(folder, "steering");
    writeFileSync(file, 'logs: {files: [{file_path: "/a\\e]0;b\\nc\\x9bd", "x\\x9by": 1}]}');
    const wrong = await run(file);
    expect(wrong.err.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    writeFileSync(file, 'logs: {files: [{file_path: "/a\\e]0;b\\nc\\x9bd"}]}');
    const { status, out } = await run(file);
    expect(status).toBe(0);
    expect(out).toContain("  /a\\u001b]0;b\\u000ac\\u009bd → ");
    const { out: json } = await run(file, true);
    expect(json.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(JSON.parse(json).files[0].file_path).toBe("/a\u001b]0;b\nc\u009bd");
  });
});

describe("loadConfig, for the commands that go on", () => {
  it("gives the configuration, and the warnings on standard error", async () => {
    const { terminal, err } = recorder();
    const config = await loadConfig(join(ROOT, FIXTURES, "native/surprises.conf"), terminal);
    expect(config.logs.files).toHaveLength(8);
    expect(err().trimEnd().split("\n")).toHaveLength(4);
  });

  it("ends with CONFIG_INVALID, when everything has been listed", async () => {
    const { terminal, err } = recorder();
    const loading = loadConfig(join(ROOT, FIXTURES, "native/conflicts.conf"), terminal);
    await expect(loading).rejects.toMatchObject({ code: "CONFIG_INVALID", exit: 2 });
    expect(err().trimEnd().split("\n")).toHaveLength(4);
  });

  it("ends host-agent run before it has begun anything", () => {
    const state = join(folder, "state");
    const { status, stdout, stderr } = agent(
      "run",
      "--config",
      `${FIXTURES}/native/conflicts.conf`,
      "--state-dir",
      state,
      "--once",
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("conflicts.conf has problems, listed above.\n  Correct the listed lines");
    expect(() => chmodSync(state, 0o755)).toThrow(/ENOENT/);
  });
});
