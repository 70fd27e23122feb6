import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { ENTRY_KEYS } from "../../agent/config/cloudwatch-agent-keys.ts";
import { allKeys } from "../../agent/config/keys.ts";
import { parseConfig } from "../../agent/config/load.ts";
import { PLACEHOLDERS } from "../../agent/config/placeholders.ts";
import { agentConfigJsonSchema, agentConfigReference } from "../../agent/config/reference.ts";
import { FIXTURES, messages } from "./fixtures.ts";

const ROOT = join(import.meta.dirname, "../..");
const example = readFileSync(join(ROOT, "templates/agent.yaml"), "utf8");
const page = agentConfigReference();

/** The JSON Schema by another reader than the one that wrote it. */
const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(join(ROOT, "templates/agent-config.schema.json"), "utf8")) as Parameters<
    typeof z.fromJSONSchema
  >[0],
);

const fixture = (name: string): unknown => parse(readFileSync(join(FIXTURES, `native/${name}.conf`), "utf8"));

describe("templates/agent.yaml", () => {
  it("passes the check without a remark", () => {
    expect(messages(example)).toEqual([]);
    expect(parseConfig(example, "f").config?.logs.files).toHaveLength(3);
  });

  it("fits the JSON Schema that it names", () => {
    expect(example).toMatch(/^# yaml-language-server: \$schema=agent-config\.schema\.json\n/);
    expect(schema.safeParse(parse(example)).error).toBeUndefined();
  });

  it("shows every key, some of them in comments", () => {
    for (const { name } of allKeys()) expect(example).toMatch(new RegExp(`^[\\s#-]*${name}:`, "m"));
  });

  it("names every placeholder", () => {
    for (const name of Object.keys(PLACEHOLDERS)) expect(example).toContain(`{${name}}`);
  });
});

describe("the JSON Schema", () => {
  it.each(["smallest", "everything", "groups-share-settings", "anchors", "surprises"])(
    "takes what the check takes: %s",
    (name) => {
      expect(schema.safeParse(fixture(name)).error).toBeUndefined();
    },
  );

  it.each([
    "typos",
    "files-is-a-mapping",
    "logs-is-a-list",
    "logs-is-empty",
    "required",
    "root-is-a-list",
    "yes-and-no",
  ])("refuses what the check refuses: %s", (name) => {
    expect(schema.safeParse(fixture(name)).success).toBe(false);
  });

  it("describes every key with its default and limits", () => {
    const text = JSON.stringify(agentConfigJsonSchema());
    for (const { doc } of allKeys()) expect(text).toContain(JSON.stringify(doc.description).slice(1, -1));
    expect(text).toContain("Limits: the listed values (PutRetentionPolicy)");
  });

  it("is draft 7, which editors read", () => {
    expect(agentConfigJsonSchema()).toMatchObject({
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
    });
  });
});

describe("the manual", () => {
  const sections = new Map(
    page
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.split("\n", 1)[0] ?? "", section.split(/^## /m)[0] ?? ""]),
  );

  it("has a section for every key, and for nothing else", () => {
    expect([...sections.keys()]).toEqual(allKeys().map(({ path }) => path));
  });

  it.each(allKeys().map((key) => [key.path, key] as const))("tells all about %s", (path, { doc }) => {
    const section = sections.get(path) ?? "";
    expect(section).toContain(doc.description);
    expect(section).toMatch(/^- Type: \S/m);
    expect(section).toMatch(/^- Default: \S/m);
    if (doc.limits !== undefined) expect(section).toContain(`- Limits: ${doc.limits}`);
    if (doc.cloudWatchAgent !== undefined)
      expect(section).toContain(`- In the CloudWatch agent: \`${doc.cloudWatchAgent}\``);
  });

  it("states types in words", () => {
    expect(sections.get("logs.force_flush_interval")).toContain(
      "- Type: number, 0.1 to 5, seconds\n- Default: `1`",
    );
    expect(sections.get("logs.memory_limit_mib")).toContain(
      "- Type: whole number, 8 to 4096, MiB\n- Default: `64`",
    );
    expect(sections.get("logs.open_files_limit")).toContain("- Type: whole number, 64 to 1000000\n");
    expect(sections.get("logs.compression")).toContain("- Type: one of `gzip`, `none`");
    expect(sections.get("logs.files[].exclude")).toContain("- Type: list of texts\n- Default: an empty list");
    expect(sections.get("logs.files[].file_path")).toContain("- Default: none; the key is required");
    expect(sections.get("logs.files[].from_beginning")).toContain(
      "- Type: `true` or `false`\n- Default: `true`",
    );
  });

  it("has a first example that works", () => {
    const [, text = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(messages(text)).toEqual([]);
  });

  it("lists every placeholder and every key that is left behind", () => {
    for (const name of Object.keys(PLACEHOLDERS))
      expect(page).toMatch(new RegExp(`^\\| \`\\{${name}\\}\` `, "m"));
    for (const [name, key] of Object.entries(ENTRY_KEYS))
      expect(page.includes(`| \`logs.logs_collected.files.collect_list[].${name}\` |`)).toBe(key !== "taken");
  });
});
