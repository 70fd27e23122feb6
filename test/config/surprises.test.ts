import { describe, expect, it } from "vitest";
import { messages } from "./fixtures.ts";

const found = (entries: readonly object[], more: object = {}): readonly string[] =>
  messages(JSON.stringify({ ...more, logs: { files: entries } }));

describe("a file that is named by one entry and matched by another", () => {
  const named = { file_path: "/var/log/messages", log_group_name: "/g" };
  const glob = { file_path: "/var/log/*", log_group_name: "/g" };

  it.each([
    [named, glob],
    [glob, named],
    [
      { ...named, log_stream_name: "{file_name}" },
      { ...glob, log_stream_name: "{file_name}" },
    ],
    [
      { ...named, log_stream_name: "messages" },
      { ...glob, log_stream_name: "{file_name}" },
    ],
    [{ file_path: "/var/log/messages" }, { ...glob, log_group_name: "{file_path}" }],
  ])("goes to one stream twice, which gives a warning: %j, %j", (first, second) => {
    expect(found([first, second])).toEqual([
      expect.stringMatching(
        /warning: logs\.files\[\d\]\.file_path: "\/var\/log\/\*" in logs\.files\[\d\] matches this file too .* each line would be there twice \(list it under exclude there\)$/,
      ),
    ]);
  });

  it.each([
    [named, { ...glob, log_group_name: "/other" }],
    [named, { ...glob, log_stream_name: "{hostname}" }],
    [named, { ...glob, exclude: ["messages"] }],
    [named, { ...glob, file_path: "/var/log/*.log" }],
    [{ file_path: "/var/log/a*", log_group_name: "/g" }, glob],
  ])("is fine otherwise: %j, %j", (first, second) => {
    expect(found([first, second])).toEqual([]);
  });
});

describe("a file that can never be shipped", () => {
  it.each([["a.log"], ["*"], ["/var/**"]])("because its own exclude is %s gives a warning", (pattern) => {
    expect(found([{ file_path: "/var/log/a.log", exclude: [pattern] }])).toEqual([
      expect.stringMatching(/warning: .*its own exclude leaves this file out, so nothing is shipped$/),
    ]);
  });

  it("is not one that its exclude does not match", () => {
    expect(found([{ file_path: "/var/log/a.log", exclude: ["b*"] }])).toEqual([]);
  });
});

describe("a compressed file", () => {
  it.each(["/var/log/a.gz", "/var/log/*.zip"])("is shipped as it is, which gives a warning: %s", (path) => {
    expect(found([{ file_path: path, log_group_name: "/g" }])).toEqual([
      expect.stringMatching(/warning: .*compressed files are shipped as they are, not unpacked/),
    ]);
  });
});

describe("the agent's own state", () => {
  it.each([
    ["/var/**", {}],
    ["/var/lib/*/*", {}],
    ["/var/lib/host-agent/*.db", {}],
    ["/srv/**", { state_dir: "/srv/state" }],
  ])("gives a warning when %s ships it", (path, more) => {
    expect(found([{ file_path: path, log_group_name: "/g" }], more)).toEqual([
      expect.stringMatching(
        /warning: .*this ships the agent's own state in "\/(var\/lib\/host-agent|srv\/state)"/,
      ),
    ]);
  });

  it.each([
    [{ file_path: "/var/log/**", log_group_name: "/g" }, {}],
    [{ file_path: "/var/**", log_group_name: "/g", exclude: ["/var/lib/host-agent/**"] }, {}],
    [{ file_path: "/var/**", log_group_name: "/g" }, { state_dir: "/srv/state" }],
  ])("is nothing to %j with %j", (entry, more) => {
    expect(found([entry], more)).toEqual([]);
  });
});

it("says nothing about an entry that is wrong anyway", () => {
  expect(found([{ file_path: "a.gz" }])).toEqual([
    expect.stringMatching(/error: .*must be an absolute path/),
  ]);
});
