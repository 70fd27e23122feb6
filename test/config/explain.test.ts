import { describe, expect, it } from "vitest";
import { quoted } from "../../agent/config/explain.ts";
import { messages } from "./fixtures.ts";

/** The hints for one entry of `logs.files`, without the rest of the line. */
const hintFor = (line: string): string | undefined => {
  const [problem = ""] = messages(`logs:\n  files:\n    - file_path: /a\n      ${line}\n`);
  return /\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(problem)?.[1];
};

describe("a hint", () => {
  it.each([
    ["log_group_name: 012", 'put it in quotes: "012"'],
    ["log_group_name: 1e3", 'put it in quotes: "1e3"'],
    ["log_group_name: true", 'put it in quotes: "true"'],
    ["log_stream_name: {instance_id}", 'put it in quotes if it is a placeholder: "{instance_id}"'],
    ["log_group_name:", "fill it in, or leave it out"],
    ["exclude: '*.gz'", 'did you mean ["*.gz"]?'],
    ["exclude: {a: b}", 'begin each entry with "- "'],
    ["from_beginning: yes", "did you mean true?"],
    ["from_beginning: 'Off'", "did you mean false?"],
    ["from_beginning: maybe", undefined],
    ["retention_in_days: '30'", "write it without quotes: 30"],
    ["retention_in_days: '-1'", "write it without quotes: -1"],
    ["retention_in_days: 10", "nearest: 7 or 14"],
    ["retention_in_days: 0", "nearest: 1"],
    ["retention_in_days: 9999", "nearest: 3653"],
    ["retention_in_days: true", undefined],
    ["retention_in_days: 30d", "did you mean 30?"],
    ["retention_in_days: two weeks", undefined],
    ["retention_in_days: [30]", undefined],
    ["retention_in_days:", "fill it in, or leave it out"],
    ["log_group_class: Standard", "did you mean STANDARD?"],
    ["log_group_class: infrequent access", "did you mean INFREQUENT_ACCESS?"],
    ["log_group_class: DELIVERY", undefined],
    ["region: eu-west-1", "belongs at the top level"],
    ["compression: gzip", "belongs under logs"],
    ["endpoint_overide: x", "did you mean endpoint_override under logs?"],
    ["log_group: x", "did you mean log_group_name?"],
  ])("for %s is %s", (line, hint) => {
    expect(hintFor(line)).toBe(hint);
  });

  it.each([
    ["5s", "did you mean 5?"],
    ["500ms", "did you mean 0.5?"],
    ["'2.5'", "did you mean 2.5?"],
    ["fast", undefined],
  ])("for force_flush_interval: %s is %s", (value, hint) => {
    const [problem = ""] = messages(`logs:\n  force_flush_interval: ${value}\n  files: [{file_path: /a}]\n`);
    expect(/\(([^()]*)\)$/.exec(problem)?.[1]).toBe(hint);
  });

  it.each([
    ["unterminated_line_timeout", "5m", "did you mean 300?"],
    ["unterminated_line_timeout", "'30'", "did you mean 30?"],
    ["unterminated_line_timeout", "500ms", undefined],
    ["unterminated_line_timeout", "48h", undefined],
    ["memory_limit_mib", "64MiB", "did you mean 64?"],
    ["memory_limit_mib", "128 MB", "did you mean 128?"],
    ["memory_limit_mib", "1g", "did you mean 1024?"],
    ["memory_limit_mib", "65536K", "did you mean 64?"],
    ["memory_limit_mib", "'64'", "did you mean 64?"],
    ["memory_limit_mib", "1TiB", undefined],
    ["memory_limit_mib", "5s", undefined],
    ["memory_limit_mib", "plenty", undefined],
    ["open_files_limit", "'1024'", "did you mean 1024?"],
    ["open_files_limit", "'1'", undefined],
    ["open_files_limit", "5m", undefined],
    ["open_files_limit", "1.5", undefined],
    ["resume", "Verify", "did you mean verify?"],
    ["resume", "true", undefined],
    ["hold_rotated", "on", "did you mean true?"],
    ["hold_rotated", "", "fill it in, or leave it out"],
  ])("for %s: %s is %s", (key, value, hint) => {
    const [problem = "", ...more] = messages(`logs:\n  ${key}: ${value}\n  files: [{file_path: /a}]\n`);
    expect(more).toEqual([]);
    expect(/\(([^()]*)\)$/.exec(problem)?.[1]).toBe(hint);
  });

  it("lists what is known where nothing is near", () => {
    expect(hintFor("xyzzy: 1")).toMatch(/^known here: file_path, exclude, .*from_beginning$/);
  });
});

describe("a problem", () => {
  it("is told once for each value, however many ways there are to see it", () => {
    expect(messages("logs: {files: [{file_path: *x}]}")).toHaveLength(1);
    expect(messages("logs: *x\n")).toHaveLength(1);
    expect(messages("logs: {files: [{file_path: '', log_group_name: 7}]}")).toHaveLength(2);
  });

  it("does not hide another in the same entry", () => {
    const found = messages(
      "logs:\n  files:\n    - file_path: a\n      log_group_name: a b\n      typo: 1\n      retention_in_days: 2\n",
    );
    expect(found.map((line) => line.split(":")[1])).toEqual(["3", "4", "5", "6"]);
  });

  it("does not repeat an endless value", () => {
    const [found = ""] = messages(
      `logs: {files: [{file_path: /a, log_group_class: ${"x".repeat(100_000)}}]}`,
    );
    expect(found.length).toBeLessThan(300);
  });
});

describe("quoted", () => {
  it.each([
    ["a", '"a"'],
    ['a"b\\', '"a\\"b\\\\"'],
    ["a\nb\u001b", '"a\\nb\\u001b"'],
    ["x".repeat(60), `"${"x".repeat(60)}"`],
    ["x".repeat(61), `"${"x".repeat(60)}…"`],
    [`${"x".repeat(59)}😀`, `"${"x".repeat(59)}\ufffd…"`],
  ])("%j is %s", (text, shown) => {
    expect(quoted(text)).toBe(shown);
  });
});
