import { describe, expect, it } from "vitest";
import * as levels from "../../agent/config/cloudwatch-agent-keys.ts";
import { allKeys } from "../../agent/config/keys.ts";

const all: readonly (readonly [level: string, name: string, key: levels.Unsupported | "taken"])[] =
  Object.entries(levels as Readonly<Record<string, levels.ForeignKeys>>).flatMap(([level, keys]) =>
    Object.entries(keys).map(([name, key]) => [level, name, key] as const),
  );

/** Where each level stands in the CloudWatch agent's file. */
const PATHS: Readonly<Record<string, string>> = {
  TOP_KEYS: "",
  AGENT_KEYS: "agent.",
  LOGS_KEYS: "logs.",
  COLLECTED_KEYS: "logs.logs_collected.",
  FILES_KEYS: "logs.logs_collected.files.",
  ENTRY_KEYS: "logs.logs_collected.files.collect_list[].",
};

/** What has no counterpart with a name of its own: it holds other keys, or changes what they mean. */
const WOVEN_IN = [
  "agent",
  "logs",
  "logs.logs_collected",
  "logs.logs_collected.files",
  "logs.logs_collected.files.collect_list[].publish_multi_logs",
  "logs.logs_collected.files.collect_list[].blacklist",
];

describe("the keys of the CloudWatch agent", () => {
  it("that are taken over are those that the manual names as counterparts, and no others", () => {
    const taken = all.filter(([, , key]) => key === "taken").map(([level, name]) => `${PATHS[level]}${name}`);
    const counterparts = allKeys().flatMap(({ doc }) => doc.cloudWatchAgent ?? []);
    expect(taken.filter((path) => !WOVEN_IN.includes(path)).toSorted()).toEqual(counterparts.toSorted());
  });

  it.each(all.flatMap(([, name, key]) => (key === "taken" ? [] : [[name, key.means]])))(
    "that are left behind say what that means: %s",
    (_, means) => {
      expect(means).toMatch(/^[a-zA-Z].*[^.\s]$/);
    },
  );
});
