/** docs/local-endpoint.md against what it describes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  BATCH_BYTES,
  BATCH_EVENTS,
  EVENT_OVERHEAD_BYTES,
  KMS_KEY_ID_CHARS,
  MESSAGE_BYTES,
  NAME_CHARS,
  RETENTION_DAYS,
  TAGS_PER_GROUP,
} from "../../agent/base/cloudwatch-limits.ts";
import { MAX_BODY_BYTES } from "../../agent/local/call.ts";
import { createFaults, type FaultScript, parseFaults } from "../../agent/local/faults.ts";
import { OPERATIONS } from "../../agent/local/operations/index.ts";
import {
  DESCRIBE_ITEMS,
  FILTER_STREAMS,
  PAGE_BYTES,
  PAGE_EVENTS,
  PATTERN_CHARS,
} from "../../agent/local/read-limits.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/local-endpoint.md"), "utf8");

/** The rows of the table below a heading, as cells. */
const tableBelow = (heading: string): string[][] => {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};

const scripts = [...PAGE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
const kindOf = (fault: NonNullable<FaultScript["rules"]>[number]["fault"]): string =>
  typeof fault === "string" ? fault : (Object.keys(fault)[0] ?? "");

describe("the examples of faults", () => {
  it.each(scripts.map((text, index) => [index + 1, text] as const))("can be used: number %i", (_, text) => {
    const script = parseFaults(text, "docs/local-endpoint.md");
    expect(script.rules?.length).toBeGreaterThan(0);
    createFaults(script);
  });

  it("show every fault, and the table lists the same", () => {
    const shown = scripts
      .flatMap((text) => parseFaults(text, "doc").rules ?? [])
      .map(({ fault }) => kindOf(fault));
    const listed = tableBelow("Script faults").map(([name = ""]) => name.replaceAll("`", ""));
    expect([...new Set(shown)].sort()).toEqual(listed.toSorted());
    // The error for an unknown fault names those that there are.
    const all = /give one of (.*) with its details/.exec(errorOf("rules: [{fault: none}]"))?.[1] ?? "";
    expect(all.split(/, (?:or one of )?/).sort()).toEqual(listed.toSorted());
  });
});

const errorOf = (text: string): string => {
  try {
    parseFaults(text, "f");
    return "";
  } catch (error) {
    return String(error);
  }
};

it("the table of calls lists exactly those that are answered", () => {
  const listed = tableBelow("What it answers").map(([name = ""]) => name.replaceAll("`", ""));
  expect(listed.toSorted()).toEqual(Object.keys(OPERATIONS).sort());
});

describe("the table of limits", () => {
  const limits = new Map(tableBelow("What it enforces").map(([what = "", limit = ""]) => [what, limit]));
  const n = (value: number) => value.toLocaleString("en");

  it.each([
    ["bytes of a batch", [n(BATCH_BYTES), n(EVENT_OVERHEAD_BYTES)]],
    ["events of a batch", [n(BATCH_EVENTS)]],
    ["message", [n(MESSAGE_BYTES)]],
    ["name of a group", [n(NAME_CHARS)]],
    ["name of a stream", [n(NAME_CHARS)]],
    ["days of retention", [RETENTION_DAYS.join(", ")]],
    ["tags of a group", [n(TAGS_PER_GROUP)]],
    ["KMS key id", [n(KMS_KEY_ID_CHARS)]],
    ["groups or streams in an answer", [n(DESCRIBE_ITEMS)]],
    ["events in an answer", [n(PAGE_EVENTS), n(PAGE_BYTES)]],
    ["filter pattern", [n(PATTERN_CHARS)]],
    ["streams in a search", [n(FILTER_STREAMS)]],
    ["body of a request", [n(MAX_BODY_BYTES)]],
  ])("says of the %s: %j", (what, values) => {
    for (const value of values) expect(limits.get(what)).toContain(value);
  });
});
