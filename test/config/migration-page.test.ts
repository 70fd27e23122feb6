import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allKeys } from "../../agent/config/keys.ts";
import { formatProblem, parseConfig } from "../../agent/config/load.ts";
import { PLACEHOLDERS } from "../../agent/config/placeholders.ts";
import { messages, valid } from "./fixtures.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/cloudwatch-agent-migration.md"), "utf8");

/** The content of the only block in a language. */
const block = (language: string): string => {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))];
  expect(blocks).toHaveLength(1);
  return blocks[0]?.[1] ?? "";
};

const FILE = "amazon-cloudwatch-agent.json";

describe("docs/cloudwatch-agent-migration.md", () => {
  it("maps the keys that the schema maps, and no others", () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\|$/gm)].map(
      ([, theirs, ours]) => `${theirs} → ${ours}`,
    );
    const mapped = allKeys().flatMap(({ path, doc }) =>
      doc.cloudWatchAgent === undefined ? [] : [`${doc.cloudWatchAgent} → ${path}`],
    );
    expect(rows.toSorted()).toEqual(mapped.toSorted());
  });

  it("names the placeholders that both agents have", () => {
    for (const name of Object.keys(PLACEHOLDERS)) expect(page).toContain(`{${name}}`);
  });

  it("shows what check really says about its example", () => {
    const { problems } = parseConfig(block("json"), FILE);
    const lines = block("text").split("\n");
    expect(lines.slice(0, problems.length)).toEqual(problems.map(formatProblem));
    expect(lines[problems.length]).toBe(`no errors, ${problems.length} warnings`);
  });

  it("sums it up as check does", () => {
    const { config } = parseConfig(block("json"), FILE);
    const groups = new Set(config?.logs.files.map(({ log_group_name }) => log_group_name));
    const summary = block("text").slice(block("text").indexOf(`${FILE} is valid`));
    expect(summary).toContain(
      `${FILE} is valid: ${config?.logs.files.length} entries, ${groups.size} log groups\n`,
    );
    for (const { file_path, log_group_name, log_stream_name } of config?.logs.files ?? [])
      expect(summary).toContain(`  ${file_path} → ${log_group_name} / ${log_stream_name}`);
  });

  it("has an agent.yaml that means the same and gives no warnings", () => {
    expect(messages(block("yaml"))).toEqual([]);
    expect(valid(block("yaml"))).toEqual(valid(block("json")));
  });

  it("says what is true about globs, empty names and the flush interval", () => {
    const entry = (given: object): string =>
      JSON.stringify({
        logs: { logs_collected: { files: { collect_list: [{ log_group_name: "/g", ...given }] } } },
      });
    expect(valid(entry({ file_path: "/var/log/**.log" })).logs.files[0]?.file_path).toBe("/var/log/**/*.log");
    expect(valid(entry({ file_path: "/a" })).logs.force_flush_interval).toBe(1);
    expect(page).toContain("`force_flush_interval` may be 0.1 to 5");
  });
});
