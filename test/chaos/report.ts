import type { Figure } from "./figure.ts";
import type { Host } from "./host.ts";
import type { Excuse, Inherent, Judgement } from "./judge.ts";
import type { Line } from "./ledger.ts";
import { type Action, KINDS, type Kind, type Plan } from "./plan.ts";

/** How a run went, in the form of `--json`. */
export interface Report {
  /** The scenario, or "seed" and its number. */
  readonly name: string;
  readonly seed: number;
  readonly mode: Plan["mode"];
  readonly seconds: number;
  readonly ok: boolean;
  readonly failures: readonly string[];
  readonly written: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupt: number;
  readonly refused: number;
  readonly unbalanced: number;
  readonly inherent: Readonly<Partial<Record<Inherent, number>>>;
  /** What no agent could have delivered, in words. */
  readonly explained: readonly string[];
  readonly excused: Readonly<Partial<Record<Excuse, number>>>;
  /** Lines that kills put at risk of being sent again: an upper bound for `excused.kill`. */
  readonly at_risk: number;
  readonly kills: number;
  readonly status_samples: number;
  readonly peak_buffer_bytes: number;
  readonly kinds: Readonly<Partial<Record<Kind, KindReport>>>;
  readonly notices: readonly string[];
  /** What was measured beside the lines. */
  readonly figures?: readonly Figure[];
  readonly scratch: string | undefined;
}

export interface KindReport {
  readonly times: number;
  readonly lost: number;
  readonly duplicated: number;
}

export interface Evidence {
  readonly plan: Plan;
  readonly host: Pick<Host, "history" | "receiver" | "now"> & {
    readonly accounts: Pick<Host["accounts"], "wrong" | "samples" | "peakMemoryBytes">;
    readonly agent: Pick<Host["agent"], "crashes">;
    readonly state: Pick<Host["state"], "notices">;
  };
  readonly judgement: Judgement;
  /** The agent said at the end that nothing was left. */
  readonly settled: boolean;
  /** Mistakes of the harness. */
  readonly troubles: readonly string[];
  readonly scratch: string | undefined;
}

export const reportOf = (evidence: Evidence): Report => {
  const { plan, host, judgement } = evidence;
  const { receiver, accounts, agent, history, state } = host;
  const failures = failuresOf(evidence);
  return {
    name: `seed ${plan.seed}`,
    seed: plan.seed,
    mode: plan.mode,
    seconds: Math.round(host.now() / 100) / 10,
    ok: failures.length === 0,
    failures,
    written: judgement.written,
    delivered: judgement.delivered,
    lost: judgement.lost.length,
    duplicated: judgement.duplicated.length,
    reordered: receiver.reordered.length,
    corrupt: receiver.corrupt.length,
    refused: judgement.refused,
    unbalanced: accounts.wrong.length,
    inherent: Object.fromEntries(
      Object.entries(judgement.inherent).map(([why, lines]) => [why, lines.length]),
    ),
    explained: Object.entries(judgement.inherent).flatMap(([why, lines]) =>
      ranges(lines).map((some) => `inherent (${why}): ${describe(some, evidence)}`),
    ),
    excused: judgement.excused,
    at_risk: judgement.atRisk,
    kills: history.lives.filter(({ end }) => end === "kill").length,
    status_samples: accounts.samples,
    peak_buffer_bytes: accounts.peakMemoryBytes,
    kinds: kindsOf(evidence),
    notices: [
      ...state.notices,
      ...history.damages.map(({ at, how }) => `state damaged at ${seconds(at)}: ${how}`),
      ...agent.crashes.map(({ at, what }) => `died at ${seconds(at)}: ${what}`),
    ],
    scratch: evidence.scratch,
  };
};

const failuresOf = (evidence: Evidence): readonly string[] => {
  const { judgement, settled, troubles, plan, host } = evidence;
  const { receiver, accounts, agent } = host;
  const failures = troubles.map((trouble) => `harness: ${trouble}`);
  failures.push(...ranges(judgement.lost).map((lines) => `lost ${describe(lines, evidence)}`));
  failures.push(...ranges(judgement.duplicated).map((lines) => `duplicated ${describe(lines, evidence)}`));
  const place = (writer: number): string => `writer ${writer} (${plan.writers[writer]?.place})`;
  for (const { at, writer, what } of receiver.reordered.slice(0, MOST))
    failures.push(`reordered at ${seconds(at)}, ${place(writer)}: ${what}`);
  for (const { at, writer, what } of receiver.corrupt.slice(0, MOST))
    failures.push(`corrupt at ${seconds(at)}, ${place(writer)}: ${what}`);
  failures.push(...accounts.wrong.slice(0, MOST).map((what) => `accounting: ${what}`));
  failures.push(...agent.crashes.map(({ at, what }) => `crash at ${seconds(at)}: ${what}`));
  if (!settled) failures.push("the agent did not catch up after everything had been put right");
  return failures;
};

/** Of each sort so many are told in full. */
const MOST = 8;

/** Lines of one writer that follow each other and share their fate. */
const ranges = (lines: readonly Line[]): readonly (readonly Line[])[] => {
  const found: Line[][] = [];
  for (const line of lines) {
    const last = found.at(-1)?.at(-1);
    const goesOn =
      last !== undefined &&
      last.writer === line.writer &&
      line.sequence - last.sequence <= 2 &&
      last.parts[0]?.file === line.parts[0]?.file;
    if (goesOn) found.at(-1)?.push(line);
    else found.push([line]);
  }
  return found;
};

const describe = (lines: readonly Line[], { plan, host: { history } }: Evidence): string => {
  const [first] = lines;
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return "";
  const where = first.parts.map(({ file, to }) => {
    const names = file.standings.map(({ at, reach, name }) => `${seconds(at)} ${reach} ${short(name)}`);
    return `${names.join(", ")}${to === undefined ? "" : `, emptied ${seconds(to)}`}`;
  });
  const lives = history.lives.map(
    ({ from, to, end }) =>
      `${seconds(from)}–${to === undefined ? "" : seconds(to)}${end === undefined ? "" : ` ${end}`}`,
  );
  return [
    `${lines.length} of writer ${first.writer} (${plan.writers[first.writer]?.place}): ${first.sequence}..${last.sequence},`,
    `written ${seconds(first.wholeAt ?? 0)}–${seconds(last.wholeAt ?? 0)}${last.endedAt === undefined ? " without a newline" : ""}`,
    `in [${where.join("] and [")}];`,
    first.deliveries.length > 0 ? `delivered ${first.deliveries.map(seconds).join(" and ")};` : "",
    `agent alive ${lives.join(", ")}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const short = (path: string): string => path.replace(/^.*\/logs\/(\d+\/)/, "$1");

const kindsOf = ({ plan, judgement }: Evidence): Report["kinds"] => {
  const counts = new Map<Kind, { times: number; lost: number; duplicated: number }>();
  for (const kind of KINDS) {
    const times = plan.actions.filter(({ deed }) => deed.kind === kind).length;
    if (times > 0) counts.set(kind, { times, lost: 0, duplicated: 0 });
  }
  for (const sort of ["lost", "duplicated"] as const)
    for (const line of judgement[sort]) {
      const count = counts.get(culprit(line, plan.actions));
      if (count !== undefined) count[sort]++;
    }
  return Object.fromEntries(counts);
};

const FILE_KINDS: readonly Kind[] = [
  "rotate",
  "compress",
  "copytruncate",
  "truncate",
  "unlink",
  "relink",
  "rename-directory",
  "swap",
];

/** The action that a missing line is blamed on: the last one that touched its file, else the last one before it. */
const culprit = (line: Line, actions: readonly Action[]): Kind => {
  const written = line.wholeAt ?? 0;
  const touched = Math.max(
    ...line.parts.map(({ file, to }) => Math.max(to ?? 0, file.standings.at(-1)?.at ?? 0)),
  );
  const before = actions.filter(({ at }) => at <= Math.max(written, touched) + 100);
  const ofFile = before.findLast(
    ({ deed }) => FILE_KINDS.includes(deed.kind) && "writer" in deed && deed.writer === line.writer,
  );
  return (ofFile ?? before.at(-1))?.deed.kind ?? "burst";
};

export const reportText = (report: Report, explain = false): string => {
  const { name, mode, ok, written, delivered, lost, duplicated, reordered, corrupt, unbalanced, refused } =
    report;
  const pairs = (of: object): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ") || "none";
  const shown = report.failures.slice(0, 3 * MOST);
  return [
    `${name} (${mode}, ${report.seconds} s): ${ok ? "ok" : "FAILED"}`,
    `  written ${written}, delivered ${delivered}, refused ${refused}, kills ${report.kills}`,
    `  lost ${lost}, duplicated ${duplicated}, reordered ${reordered}, corrupt ${corrupt}, unbalanced ${unbalanced}`,
    `  inherent: ${pairs(report.inherent)}; duplicates excused: ${pairs(report.excused)} (at risk by kills: ${report.at_risk})`,
    ...report.notices.map((notice) => `  note: ${notice}`),
    ...shown.map((failure) => `  - ${failure}`),
    ...(explain ? report.explained.map((text) => `  . ${text}`) : []),
    ...(report.failures.length > shown.length
      ? [`  - and ${report.failures.length - shown.length} more`]
      : []),
    ...(report.scratch === undefined ? [] : [`  files and the agent's log: ${report.scratch}`]),
    "",
  ].join("\n");
};
