import { describe, expect, it } from "vitest";
import { messages, valid } from "./fixtures.ts";

const withFiles = (...entries: readonly object[]): string => JSON.stringify({ logs: { files: entries } });

describe("entries for the same log group", () => {
  const a = { file_path: "/a", log_group_name: "/g" };
  const b = { file_path: "/b", log_group_name: "/g" };

  it("share the retention and the class that one of them states", () => {
    const { files } = valid(
      withFiles({ ...a, retention_in_days: 7 }, { ...b, log_group_class: "INFREQUENT_ACCESS" }),
    ).logs;
    for (const entry of files)
      expect(entry).toMatchObject({ retention_in_days: 7, log_group_class: "INFREQUENT_ACCESS" });
  });

  it("are those whose default names are the same, too", () => {
    const { files } = valid(
      withFiles({ file_path: "/g.log", retention_in_days: 7 }, { file_path: "/g.txt" }, b),
    ).logs;
    expect(files.map((entry) => [entry.log_group_name, entry.retention_in_days])).toEqual([
      ["/g", 7],
      ["/g", 7],
      ["/g", 7],
    ]);
  });

  it("may all leave the retention untouched", () => {
    const { files } = valid(withFiles({ ...a, retention_in_days: -1 }, b)).logs;
    expect(files.map((entry) => entry.retention_in_days)).toEqual([-1, -1]);
  });

  it("must agree, and -1 is no opinion", () => {
    expect(
      valid(withFiles({ ...a, retention_in_days: 7 }, { ...b, retention_in_days: -1 })).logs.files[1]
        ?.retention_in_days,
    ).toBe(7);
    expect(messages(withFiles({ ...a, retention_in_days: 7 }, { ...b, retention_in_days: 14 }))).toEqual([
      expect.stringMatching(
        /error: logs\.files\[1\]\.retention_in_days: log group "\/g" already has 7 in logs\.files\[0\], and cannot have 14 too$/,
      ),
    ]);
    expect(
      messages(
        withFiles({ ...a, log_group_class: "STANDARD" }, { ...b, log_group_class: "INFREQUENT_ACCESS" }),
      ),
    ).toHaveLength(1);
  });

  it("are compared although something else is wrong with them", () => {
    const found = messages(
      withFiles({ ...a, retention_in_days: 7, typo: 1 }, { ...b, retention_in_days: 14 }),
    );
    expect(found).toHaveLength(2);
  });
});

describe("the same file twice", () => {
  const file = { file_path: "/a" };

  it.each([
    [file, file],
    [file, { ...file, log_group_name: "/a" }],
    [file, { ...file, log_stream_name: "{instance_id}" }],
    [
      { file_path: "/a/*", log_group_name: "g" },
      { file_path: "/a/*", log_group_name: "g", exclude: ["x"] },
    ],
  ])("to the same stream is an error: %j, %j", (first, second) => {
    expect(messages(withFiles(first, second))).toEqual([
      expect.stringMatching(
        /logs\.files\[1\]\.file_path: .* in logs\.files\[0\]: each line would be there twice$/,
      ),
    ]);
  });

  it.each([
    [file, { ...file, log_stream_name: "other" }],
    [file, { ...file, log_group_name: "other" }],
    [file, { file_path: "/b", log_group_name: "/a" }],
  ])("to another one is none: %j, %j", (first, second) => {
    expect(messages(withFiles(first, second))).toEqual([]);
  });

  it("is seen through logs.log_stream_name", () => {
    const logs = { log_stream_name: "s", files: [file, { ...file, log_stream_name: "s" }] };
    expect(messages(JSON.stringify({ logs }))).toHaveLength(1);
  });
});

describe("a configuration", () => {
  it.each(["{}", "logs: {}", "logs: {files: []}", "region: eu-west-1"])(
    "that ships nothing is an error: %s",
    (text) => {
      expect(messages(text)).toEqual([
        expect.stringMatching(/error: logs\.files: nothing to ship: no files are listed$/),
      ]);
    },
  );

  it("with a glob must name the log group", () => {
    expect(messages(withFiles({ file_path: "/a/*" }))).toEqual([
      "f:1:19: error: logs.files[0].log_group_name: is required when file_path is a glob",
    ]);
  });

  it("gives every entry the stream of logs.log_stream_name unless it has its own", () => {
    const logs = {
      log_stream_name: "s",
      files: [{ file_path: "/a" }, { file_path: "/b", log_stream_name: "t" }],
    };
    expect(valid(JSON.stringify({ logs })).logs.files.map((entry) => entry.log_stream_name)).toEqual([
      "s",
      "t",
    ]);
  });
});
