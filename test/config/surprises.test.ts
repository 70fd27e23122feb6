import { describe, expect, it } from "vitest";
import { messages } from "./fixtures.ts";

const found = (entries: readonly object[], more: object = {}): readonly string[] =>
  messages(JSON.stringify({ ...more, logs: { files: entries } }));

describe("a file that is named by one entry and matched by another", () => {
  const named = { file_path: "/srv/log/messages", log_group_name: "/g" };
  const glob = { file_path: "/srv/log/*", log_group_name: "/g" };

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
    [{ file_path: "/srv/log/messages" }, { ...glob, log_group_name: "{file_path}" }],
  ])("goes to one stream twice, which gives a warning: %j, %j", (first, second) => {
    expect(found([first, second])).toEqual([
      expect.stringMatching(
        /warning: logs\.files\[\d\]\.file_path: "\/srv\/log\/\*" in logs\.files\[\d\] matches this file too .* each line would be there twice \(list it under exclude there\)$/,
      ),
    ]);
  });

  it.each([
    [named, { ...glob, log_group_name: "/other" }],
    [named, { ...glob, log_stream_name: "{hostname}" }],
    [named, { ...glob, exclude: ["messages"] }],
    [named, { ...glob, file_path: "/srv/log/*.log" }],
    [{ file_path: "/srv/log/a*", log_group_name: "/g" }, glob],
  ])("is fine otherwise: %j, %j", (first, second) => {
    expect(found([first, second])).toEqual([]);
  });
});

describe("a file that can never be shipped", () => {
  it.each([["a.log"], ["*"], ["/srv/**"]])("because its own exclude is %s gives a warning", (pattern) => {
    expect(found([{ file_path: "/srv/log/a.log", exclude: [pattern] }])).toEqual([
      expect.stringMatching(/warning: .*its own exclude leaves this file out, so nothing is shipped$/),
    ]);
  });

  it("is not one that its exclude does not match", () => {
    expect(found([{ file_path: "/srv/log/a.log", exclude: ["b*"] }])).toEqual([]);
  });
});

describe("a compressed file", () => {
  it.each(["/srv/log/a.zst", "/srv/log/*.zip"])("is shipped as it is, which gives a warning: %s", (path) => {
    expect(found([{ file_path: path, log_group_name: "/g" }])).toEqual([
      expect.stringMatching(/warning: .*only \.gz files are unpacked: these are shipped as they are/),
    ]);
  });

  it.each(["/srv/log/a.gz", "/srv/log/*.gz"])("is unpacked, and no surprise: %s", (path) => {
    expect(found([{ file_path: path, log_group_name: "/g" }])).toEqual([]);
  });
});

describe("the agent's own state", () => {
  it.each([
    ["/var/lib/**", {}],
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
    [{ file_path: "/srv/log/**", log_group_name: "/g" }, {}],
    [{ file_path: "/var/lib/**", log_group_name: "/g", exclude: ["/var/lib/host-agent/**"] }, {}],
    [{ file_path: "/var/lib/**", log_group_name: "/g" }, { state_dir: "/srv/state" }],
  ])("is nothing to %j with %j", (entry, more) => {
    expect(found([entry], more)).toEqual([]);
  });
});

describe("files in /var/log that hold no text", () => {
  const all = "wtmp, btmp, lastlog, faillog, tallylog";

  it.each([
    ["/var/log/*", [], all],
    ["/var/log/**", [], `${all}, journal`],
    ["/var/**", [], `${all}, journal`],
    ["/var/log/wtmp", [], "wtmp"],
    ["/var/log/?tmp", [], "wtmp, btmp"],
    ["/var/log/**", ["?tmp*", "*log"], "journal"],
    ["/var/log/journal/**", [], "journal"],
  ])("give a warning when %s without %j ships them", (path, exclude, names) => {
    const warnings = found([{ file_path: path, log_group_name: "/g", exclude }]);
    const text = `this ships files in /var/log that hold no text: ${names} (list them under exclude)`;
    expect(warnings).toContainEqual(expect.stringContaining(text));
  });

  it.each([
    ["/var/log/**/*.log", []],
    ["/var/log/messages*", []],
    ["/var/log/*", ["?tmp*", "lastlog*", "{fail,tally}log*"]],
  ])("are not shipped by %s without %j", (path, exclude) => {
    expect(found([{ file_path: path, log_group_name: "/g", exclude }])).toEqual([]);
  });
});

it("says nothing about an entry that is wrong anyway", () => {
  expect(found([{ file_path: "a.gz" }])).toEqual([
    expect.stringMatching(/error: .*must be an absolute path/),
  ]);
});
