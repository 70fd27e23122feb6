import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Column, table } from "../agent/base/table.ts";
import type { CorpusName } from "./corpus.ts";
import type { IdleRow } from "./idle.ts";
import type { Limit } from "./limits.ts";
import type { LintRow } from "./lint-many.ts";
import type { RehearsalRow } from "./rehearsals.ts";
import type { StartUpRow } from "./start-up.ts";
import type { ThroughputRow } from "./throughput.ts";

export interface Results {
  readonly machine: { readonly cores: number; readonly processor: string; readonly node: string };
  readonly throughput: readonly ThroughputRow[];
  readonly idle: readonly IdleRow[];
  readonly start_up: readonly StartUpRow[];
  readonly provision_start_up: readonly StartUpRow[];
  readonly rehearsed: readonly RehearsalRow[];
  readonly lint: readonly LintRow[];
  /** All that was judged, those of the rows included. */
  readonly limits: readonly Limit[];
  readonly ok: boolean;
}

export const machine = (): Results["machine"] => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? "unknown",
  node: process.version,
});

interface Section {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const number = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : "-";
const right = (...titles: string[]): Column[] => titles.map((title) => ({ title, align: "right" }));
const verdict = (limits: readonly Limit[]): string => {
  if (limits.length === 0) return "";
  return limits.every(({ ok }) => ok) ? "yes" : "NO";
};
/** The limit whose text ends so, as `≤ 2.5`; nothing where it is not judged. */
const most = (limits: readonly Limit[], end: string): string => {
  const found = limits.find(({ what }) => what.endsWith(end));
  return found === undefined ? "" : `≤ ${found.limit}`;
};

const throughputSection = (rows: readonly ThroughputRow[]): Section => ({
  title:
    "Shipping a corpus, against the floor: read + SHA-256 + POST of the same wire bytes (+ gzip level 1 alone)",
  columns: [
    { title: "corpus" },
    ...right("MB/s", "CPU s/GiB", "floor", "ratio", "limit", "RSS MiB", "limit", "requests", "events each"),
    { title: "holds" },
  ],
  rows: rows.map((row) => [
    `(${row.corpus}) ${row.compression === "gzip" ? "gzip" : "plain"}`,
    number(row.mb_per_s, 0),
    number(row.cpu_s_per_gib, 2),
    number(row.floor_cpu_s_per_gib, 2),
    number(row.ratio, 2),
    most(row.limits, "÷ floor"),
    number(row.peak_rss_mib, 0),
    most(row.limits, "RSS, MiB"),
    number(row.requests, 0),
    number(row.events_per_request, 0),
    verdict(row.limits),
  ]),
});

const idleSection = (rows: readonly IdleRow[]): Section => ({
  title: "(d) Idle files, and one that gets 100 lines a second",
  columns: [
    { title: "idle files" },
    ...right("CPU %", "limit", "RSS MiB", "limit", "peak", "open", "median ms", "limit", "max ms", "limit"),
    { title: "holds" },
  ],
  rows: rows.map((row) => [
    `${row.idle_files} ${row.layout}`,
    number(row.cpu_percent, 2),
    most(row.limits, "one core"),
    number(row.rss_mib, 0),
    most(row.limits, "RSS, MiB"),
    number(row.peak_rss_mib, 0),
    String(row.descriptors),
    number(row.latency_ms.median, 0),
    most(row.limits, "median, ms"),
    number(row.latency_ms.max, 0),
    most(row.limits, "max, ms"),
    verdict(row.limits),
  ]),
});

const startUpSection = (title: string, rows: readonly StartUpRow[]): Section => ({
  title,
  columns: [{ title: "command" }, ...right("ms", "ratio", "limit"), { title: "holds" }],
  rows: rows.map((row) => [
    row.command,
    number(row.ms, 1),
    number(row.ratio, 2),
    most(row.limits, "node -e 0"),
    verdict(row.limits),
  ]),
});

const lintSection = (rows: readonly LintRow[]): Section => ({
  title: "`provision user-data lint`, without shellcheck",
  columns: [...right("files", "KiB", "ms", "limit", "files/s"), { title: "holds" }],
  rows: rows.map((row) => [
    number(row.files, 0),
    number(row.kib, 0),
    number(row.ms, 0),
    most(row.limits, "files, ms"),
    number((row.files * 1_000) / row.ms, 0),
    verdict(row.limits),
  ]),
});

const rehearsalSection = (rows: readonly RehearsalRow[]): Section => ({
  title: "`provision rehearse`, on a base that is there",
  columns: [{ title: "what" }, ...right("runs", "ms", "limit"), { title: "holds" }],
  rows: rows.map((row) => [
    row.what,
    number(row.runs, 0),
    number(row.ms, 0),
    most(row.limits, "ms"),
    verdict(row.limits),
  ]),
});

const measured = (sections: readonly Section[]): readonly Section[] =>
  sections.filter(({ rows }) => rows.length > 0);

const agentSections = ({ throughput, idle, start_up }: Results): readonly Section[] =>
  measured([throughputSection(throughput), idleSection(idle), startUpSection("Start-up", start_up)]);

const provisionSections = ({ provision_start_up, lint, rehearsed }: Results): readonly Section[] =>
  measured([
    startUpSection("Start-up of provision", provision_start_up),
    lintSection(lint),
    rehearsalSection(rehearsed),
  ]);

/** For a terminal. */
export const asText = (results: Results): string => {
  const tables = [...agentSections(results), ...provisionSections(results)].map(
    ({ title, columns, rows }) => `${title}\n\n${table(columns, rows, 200).join("\n")}\n`,
  );
  const broken = results.limits.filter(({ ok }) => !ok);
  const end = broken.map(
    ({ what, value, limit }) => `NOT MET: ${what}: ${number(value, 2)}, the limit is ${limit}\n`,
  );
  const all = `All ${results.limits.length} limits hold.\n`;
  return `${tables.join("\n")}\n${end.length === 0 ? all : end.join("")}`;
};

/** Tables for a page. */
const asMarkdown = (
  { machine: { cores, processor, node } }: Results,
  sections: readonly Section[],
): string => {
  const tables = sections.map(({ title, columns, rows }) => `${title}:\n\n${asPipes(columns, rows)}`);
  return `On ${cores} cores of an ${processor}, Node ${node.slice(1)}:\n\n${tables.join("\n")}`;
};

/** The page that holds the figures. */
export const PAGE = join(import.meta.dirname, "..", "docs", "architecture.md");

const README = join(import.meta.dirname, "..", "README.md");

/** A table in Markdown. */
export const asPipes = (columns: readonly Column[], rows: readonly (readonly string[])[]): string => {
  const rule = columns.map(({ align }) => (align === "right" ? "--:" : "---"));
  const lines = [columns.map(({ title }) => title), rule, ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
};

/** Those of host-agent in short, for the README. */
const asSummary = ({ throughput, idle, start_up }: Results): string => {
  const rows = throughput.map((row) => [
    `${DESCRIPTIONS[row.corpus]}, ${row.compression === "gzip" ? "gzip" : "plain"}`,
    `${number(row.cpu_s_per_gib, 1)} s`,
    `${number(row.ratio, 1)} ×`,
    `${number(row.mb_per_s, 0)} MB/s`,
    `${number(row.peak_rss_mib, 0)} MiB`,
  ]);
  const columns = [
    { title: "1 GiB of" },
    ...right("processor time", "against the floor", "throughput", "peak memory"),
  ];
  const watching = idle
    .filter(({ layout }) => layout === "together")
    .map(
      ({ idle_files, cpu_percent, rss_mib, latency_ms }) =>
        `- ${idle_files.toLocaleString("en")} idle files and one that gets 100 lines a second: ${number(cpu_percent, 1)} % of a core, ${number(rss_mib, 0)} MiB; a line arrives after ${number(latency_ms.median / 1_000, 1)} s in the median, ${number(latency_ms.max / 1_000, 1)} s at most\n`,
    );
  const times = start_up.map(({ command, ms }) => `\`${command}\` ${number(ms, 0)} ms`);
  return `${asPipes(columns, rows)}\n${watching.join("")}- Start: ${times.join(", ")}\n`;
};

const DESCRIPTIONS: Readonly<Record<CorpusName, string>> = {
  a: "120-byte lines in one file",
  b: "120-byte lines in 100 files",
  c: "500-byte JSON lines",
};

/** Replaces what stands between the markers `<!-- NAME -->` and `<!-- /NAME -->`. */
export const between = (page: string, name: string, text: string): string => {
  const [open, close] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const from = page.indexOf(open);
  const to = page.indexOf(close);
  if (from === -1 || to < from) throw new Error(`the page has no part between ${open.trim()} and ${close}`);
  return `${page.slice(0, from + open.length)}\n${text.trimEnd()}\n\n${page.slice(to)}`;
};

const rewrite = (path: string, name: string, text: string): void =>
  writeFileSync(path, between(readFileSync(path, "utf8"), name, text));

/** The figures into the pages that hold them; those of a program that was not measured stay as they are. */
export const writeFigures = (results: Results): void => {
  const [agent, provision] = [agentSections(results), provisionSections(results)];
  if (agent.length > 0) {
    rewrite(PAGE, "bench", asMarkdown(results, agent));
    rewrite(README, "figures", asSummary(results));
  }
  if (provision.length > 0) rewrite(PAGE, "bench provision", asMarkdown(results, provision));
};
