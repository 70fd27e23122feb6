import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../../agent/base/errors.ts";
import {
  CHANGE_NAMES,
  type ChangeWords,
  parseChange,
} from "../../../../provision/rehearse/metadata/change-words.ts";
import type { Change } from "../../../../provision/rehearse/metadata/changes.ts";

const complaint = (words: ChangeWords): string => {
  try {
    parseChange(words);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("USAGE");
    return (error as AppError).message;
  }
  throw new Error("nothing is wrong with it");
};

const HOUR = 3_600_000;

describe("a change in words", () => {
  it.each<[string, Record<string, string>, Change]>([
    ["spot", {}, { kind: "spot", action: "terminate", inMs: 120_000 }],
    ["spot", { in: "30s", action: "stop" }, { kind: "spot", action: "stop", inMs: 30_000 }],
    ["spot", { action: "hibernate" }, { kind: "spot", action: "hibernate", inMs: 0 }],
    ["rebalance", {}, { kind: "rebalance" }],
    [
      "maintenance",
      {},
      { kind: "maintenance", code: "system-reboot", state: "active", inMs: 24 * HOUR, forMs: 2 * HOUR },
    ],
    [
      "maintenance",
      { code: "instance-stop", state: "canceled", in: "1h", for: "5m" },
      { kind: "maintenance", code: "instance-stop", state: "canceled", inMs: HOUR, forMs: 300_000 },
    ],
    [
      "target-lifecycle-state",
      { state: "Warmed:Stopped" },
      { kind: "target-lifecycle-state", state: "Warmed:Stopped" },
    ],
    ["clear", {}, { kind: "clear" }],
    [
      "tags",
      { set: "Name=web,url=a=b", remove: "env,old" },
      { kind: "tags", set: { Name: "web", url: "a=b" }, remove: ["env", "old"] },
    ],
    ["unauthorized", {}, { kind: "fault", effect: { kind: "unauthorized" } }],
    [
      "unavailable",
      { path: "meta-data/iam", times: "3" },
      { kind: "fault", effect: { kind: "unavailable" }, path: "meta-data/iam", times: 3 },
    ],
    ["absent", { for: "10s" }, { kind: "fault", effect: { kind: "absent" }, forMs: 10_000 }],
    ["slow", { by: "1500ms" }, { kind: "fault", effect: { kind: "slow", ms: 1_500 } }],
    ["heal", {}, { kind: "heal" }],
  ])("%s %j", (name, options, change) => {
    expect(parseChange({ name, options })).toEqual(change);
  });

  it("takes the user data that somebody has read", () => {
    const data = Buffer.from("#!/bin/sh\n");
    expect(parseChange({ name: "user-data", options: { file: "boot.sh" }, data })).toEqual({
      kind: "user-data",
      data,
    });
    expect(complaint({ name: "user-data" })).toContain("give the file");
  });

  it("passes over options that were not given", () => {
    expect(parseChange({ name: "rebalance", options: { in: undefined } })).toEqual({ kind: "rebalance" });
  });

  it.each(["sopt", "spott", "rebalence", "maintainance", "unauthorised", "slwo", "target-lifecycle"])(
    "says what was meant with %s",
    (name) => {
      const [, meant = ""] = /Did you mean (\S+)\?/.exec(complaint({ name })) ?? [];
      expect(CHANGE_NAMES).toContain(meant);
    },
  );

  it.each<[string, Record<string, string>, RegExp]>([
    ["constructor", {}, /known: spot, rebalance/],
    ["spot", { inn: "2m" }, /option of spot called "--inn"\. Did you mean --in\?/],
    ["rebalance", { in: "2m" }, /called "--in".*it has none/],
    ["spot", { in: "soon" }, /spot --in "soon": give a time such as 90s, 2m or 1h/],
    ["spot", { action: "terminat" }, /--action of spot called "terminat"\. Did you mean terminate\?/],
    ["maintenance", { code: "reboot" }, /known: instance-reboot, system-reboot/],
    ["target-lifecycle-state", {}, /--state "": give one of InService, Terminated/],
    ["target-lifecycle-state", { state: "inservice" }, /Did you mean InService\?/],
    ["tags", { set: "Name" }, /give KEY=VALUE/],
    ["tags", { set: "=x" }, /give KEY=VALUE/],
    ["slow", { times: "0" }, /slow --times "0": give a number of requests/],
    ["absent", { for: "x" }, /absent --for "x": give a time/],
  ])("refuses %s %j", (name, options, message) => {
    expect(complaint({ name, options })).toMatch(message);
  });
});
