import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import process from "node:process";
import { amount, holds, limitText } from "./figure.ts";
import { KINDS, type Kind } from "./plan.ts";
import type { Report } from "./report.ts";

const BEGIN = "<!-- chaos: begin -->";
const END = "<!-- chaos: end -->";

/** What each kind of action is, for readers of the table. */
export const MEANINGS: Readonly<Record<Kind, string>> = {
  burst: "thousands of lines at once",
  "long-line": "a line of up to 400 kB",
  partial: "a line that stops half-way and goes on later",
  rotate: "renamed, one to six generations, the writer lingers; some with an open last line, some packed",
  compress: "a rotated file is packed with gzip",
  copytruncate: "copied and emptied; some writers leave a hole of NULs",
  truncate: "emptied without a copy, most refilled past the old offset at once",
  unlink: "deleted while it may be unread, the writer lingers",
  relink: "a symbolic link is pointed to the next file",
  "rename-directory": "the directory of the log is renamed",
  swap: "while the agent is down, a larger file with the same head takes the name",
  kill: "SIGKILL at any instant, and a restart",
  terminate: "SIGTERM, and a restart",
  freeze: "SIGSTOP, and SIGCONT",
  fault:
    "throttled, 5xx, hanging, slow, reset before or after acceptance, denied, expired, rejected, invalid, garbage",
  "endpoint-down": "nobody listens, and later the same service does again",
  "delete-stream": "the log stream is deleted",
  "delete-group": "the log group is deleted",
  "state-full": "no byte is free for the state",
  "state-damage": "the files of the state are torn, overwritten or emptied",
};

const count = (of: number): string => of.toLocaleString("en-US");

const sum = (reports: readonly Report[], of: (report: Report) => number | undefined): number =>
  reports.reduce((total, report) => total + (of(report) ?? 0), 0);

const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** The totals of all runs of one sort. */
const totals = (name: string, reports: readonly Report[]): string =>
  row(
    name,
    count(sum(reports, ({ written }) => written)),
    count(sum(reports, ({ lost }) => lost)),
    count(sum(reports, ({ corrupt }) => corrupt)),
    count(sum(reports, ({ reordered }) => reordered)),
    count(sum(reports, ({ duplicated }) => duplicated)),
    `${count(sum(reports, ({ excused }) => excused.kill))} of ${count(sum(reports, ({ at_risk }) => at_risk))}`,
    count(
      sum(reports, ({ excused }) => (excused.ambiguous ?? 0) + (excused.state ?? 0) + (excused.deleted ?? 0)),
    ),
    count(sum(reports, ({ inherent }) => Object.values(inherent).reduce((all, some) => all + some, 0))),
    count(sum(reports, ({ unbalanced }) => unbalanced)),
  );

/** What some runs have measured beside the lines, with the limits that must hold. */
const figureRows = (reports: readonly Report[]): readonly string[] =>
  reports.flatMap(({ name, figures = [] }) =>
    figures.map((figure, nth) => {
      const verdict = figure.limit === undefined ? "" : holds(figure) ? "yes" : "**no**";
      const measured = `${amount(figure.value)} ${figure.unit}`.trim();
      return row(nth === 0 ? name : "", figure.what, measured, limitText(figure), verdict);
    }),
  );

const isPlan = ({ name }: Report): boolean => name.startsWith("seed ");

export const tableText = (reports: readonly Report[], seconds: number): string => {
  const plans = reports.filter(isPlan);
  const modes = (["default", "verify"] as const).map((mode) =>
    plans.filter((report) => report.mode === mode),
  );
  const named = modes.flatMap((some, nth) =>
    some.length === 0
      ? []
      : [
          totals(
            `${some.length} seeds × ${seconds} s, ${nth === 0 ? "`resume: replay`" : "`resume: verify`"}`,
            some,
          ),
        ],
  );
  const scenarios = reports
    .filter((report) => !isPlan(report))
    .map((report) => totals(report.name, [report]));
  const kinds = KINDS.map((kind) => {
    const of = (field: "times" | "lost" | "duplicated"): string =>
      count(sum(plans, ({ kinds: all }) => all[kind]?.[field]));
    return row(kind, MEANINGS[kind], of("times"), of("lost"), of("duplicated"));
  });
  const kills = sum(reports, (report) => report.kills);
  const measured = figureRows(reports);
  const samples = sum(reports, (report) => report.status_samples);
  return [
    row(
      "run",
      "lines",
      "lost",
      "corrupt",
      "reordered",
      "duplicated",
      "repeated after kills, of those at risk",
      "repeated for other causes",
      "inherent",
      "unbalanced",
    ),
    row("---", ...Array<string>(9).fill("---:")),
    ...named,
    ...scenarios,
    "",
    ...(measured.length === 0
      ? []
      : [
          row("run", "measured", "", "limit", "holds"),
          row("---", "---", "--:", "---", "---"),
          ...measured,
          "",
        ]),
    `${count(kills)} kills; the accounting was read ${count(samples)} times. Node ${process.version}, ${cpus().length} cores.`,
    "",
    row("action", "what it is", "times", "lost", "duplicated"),
    row("---", "---", "---:", "---:", "---:"),
    ...kinds,
  ].join("\n");
};

/** Puts a table into the manual, in the place of the one that is there. */
export const writeTable = (path: string, table: string): void => {
  const text = readFileSync(path, "utf8");
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`${path} has no place for the table`);
  writeFileSync(path, `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`);
};
