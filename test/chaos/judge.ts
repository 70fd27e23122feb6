import { activeMs, type History, healthy, lifeAt } from "./history.ts";
import { hasName, type Ledger, type Line, type Part, type Standing } from "./ledger.ts";
import type { Mode } from "./plan.ts";
import { POISON } from "./poison.ts";

/** Two sweeps: what was there for less could not be found with certainty. */
const FOUND_MS = 10_000;
/** After its name is gone a file is written to for this long at the most, as far as a promise reaches. */
const AFTERLIFE_MS = 5_000;
/** What a bounded memory can be asked to hold of one stream while the service does not take it, in bytes. */
const MEMORY_BYTES = 1_048_576;
/** Acknowledgements that were not yet on disk: 200 ms, and the way of an answer through a machine under load. */
const UNFLUSHED_MS = 500;
/** A request that was on its way when its sender was killed arrives within this. */
const ON_ITS_WAY_MS = 1_000;
/** A state that cannot be read is made anew from a journal that is at most this far behind, in milliseconds of running. */
const JOURNAL_BEHIND_MS = 1_500;
/** Of deliveries longer before a death than any freeze lasts nothing needs to be computed. */
const LONGEST_FREEZE_MS = 30_000;
/** For how long a trouble may make itself felt afterwards: the longest pause between two tries. */
const AFTERMATH_MS = 60_000;

/** Why no agent could have delivered a line. */
export type Inherent =
  /** Its bytes were there for less than two sweeps. */
  | "short"
  /** Its bytes went away while no agent was running. */
  | "down"
  /** Its bytes were overwritten when more was waiting than a bounded memory holds. */
  | "overrun"
  /** Only the memory or a descriptor of the agent still led to it, and the agent was killed. */
  | "held"
  /** It was written to a file that had lost its name long before. */
  | "late"
  /** It never was in one file in one piece. */
  | "torn";

export type Excuse =
  /** In flight, or not yet remembered, when the agent was killed. */
  | "kill"
  /** The answer was lost, so that the request had to be repeated. */
  | "ambiguous"
  /** The agent could not write down what it knew, or that was destroyed. */
  | "state"
  /** What was delivered first had been deleted from the service. */
  | "deleted";

export interface Judgement {
  readonly written: number;
  readonly delivered: number;
  readonly refused: number;
  readonly lost: readonly Line[];
  readonly inherent: Readonly<Partial<Record<Inherent, readonly Line[]>>>;
  /** Lines delivered again without an excuse, each as often as it came too often. */
  readonly duplicated: readonly Line[];
  readonly excused: Readonly<Partial<Record<Excuse, number>>>;
  /** Lines that could have been delivered twice by kills: the most that may be excused as such. */
  readonly atRisk: number;
}

/** Tells for every line whether it was delivered, and if not, whether anybody could have done better. */
export const judge = (ledger: Ledger, history: History, mode: Mode): Judgement => {
  const lines = ledger.lines.flat();
  const lost: Line[] = [];
  const inherent: Partial<Record<Inherent, Line[]>> = {};
  const duplicated: Line[] = [];
  const excused: Partial<Record<Excuse, number>> = {};
  let delivered = 0;
  let refused = 0;
  for (const line of lines) {
    if (isDelivered(line)) delivered++;
    else if (line.refused) refused++;
    else {
      const why = whyInherent(line, ledger, history);
      if (why === undefined) lost.push(line);
      else inherent[why] = [...(inherent[why] ?? []), line];
    }
    for (let nth = 1; nth < line.deliveries.length; nth++) {
      const why = whyAgain(line, nth, history, mode);
      if (why === undefined) duplicated.push(line);
      else excused[why] = (excused[why] ?? 0) + 1;
    }
  }
  return {
    written: lines.length,
    delivered,
    refused,
    lost,
    inherent,
    duplicated,
    excused,
    atRisk: atRisk(lines, history),
  };
};

const BOTH_PIECES = 3;

export const isDelivered = (line: Line): boolean => line.deliveries.length > 0 || line.pieces === BOTH_PIECES;

/** Notes which lines the service called invalid for a while, so that the agent gave them up for that reason. */
export const markPoisoned = ({ lines }: Ledger, { outages }: History): void => {
  for (const { kind, writer } of outages) {
    if (kind !== "invalid_parameter") continue;
    for (const [index, written] of lines.entries())
      if (writer === undefined || writer === index)
        for (const line of written) if (!isDelivered(line) && line.text.includes(POISON)) line.refused = true;
  }
};

const whyInherent = (line: Line, ledger: Ledger, history: History): Inherent | undefined => {
  if (line.torn || line.wholeAt === undefined) return "torn";
  let why: Inherent | undefined = "torn";
  for (const part of line.parts) {
    why = whyPartInherent(part, ledger, history);
    // One place where it could have been read is enough.
    if (why === undefined) return undefined;
  }
  return why;
};

const whyPartInherent = (part: Part, ledger: Ledger, history: History): Inherent | undefined => {
  const { file, line } = part;
  const from = Math.max(part.from, line.wholeAt ?? part.from);
  const born = file.standings[0]?.at ?? 0;
  // What was packed before anybody could see it is known to nobody.
  const isHidden = ({ at, reach }: Standing): boolean =>
    !hasName(reach) || (reach === "packed" && activeMs(history, born, at) < FOUND_MS);
  const unnamed = file.standings.find(isHidden)?.at ?? Number.POSITIVE_INFINITY;
  const cut = part.to ?? Number.POSITIVE_INFINITY;
  const gone = Math.min(unnamed, cut);
  if (gone === Number.POSITIVE_INFINITY) return undefined;
  const holder = lifeAt(history, gone);
  if (holder === undefined) return "down";
  if (from >= unnamed) {
    if (from - unnamed > AFTERLIFE_MS) return "late";
    if (activeMs(history, born, unnamed) < FOUND_MS) return "short";
  } else if (activeMs(history, from, gone) < FOUND_MS) return "short";
  // Written to a file without a name, and cut off there.
  if (cut < Number.POSITIVE_INFINITY) {
    if (activeMs(history, from, cut) < FOUND_MS) return "short";
    if (waitingBytes(ledger, line.writer, cut) > MEMORY_BYTES) return "overrun";
  }
  const end = holder.to;
  if (end === undefined) return undefined;
  if (holder.end !== "terminate" && activeMs(history, from, end) < FOUND_MS) return "held";
  return healthy(history, line.writer, from - AFTERMATH_MS, end) ? undefined : "held";
};

/** How much of a writer's output was written and not delivered at a time. */
const waitingBytes = (ledger: Ledger, writer: number, at: number): number =>
  (ledger.lines[writer] ?? [])
    .filter(({ wholeAt = at, deliveries }) => wholeAt < at && (deliveries[0] ?? at) >= at)
    .reduce((sum, { length }) => sum + length, 0);

const whyAgain = (line: Line, nth: number, history: History, mode: Mode): Excuse | undefined => {
  const first = line.deliveries[nth - 1] ?? 0;
  const again = line.deliveries[nth] ?? 0;
  const { lives, outages, deletions, damages, stateTroubles } = history;
  const between = (at: number): boolean => first <= at && at <= again;
  if (deletions.some(({ at, writer }) => writer === line.writer && between(at))) return "deleted";
  if (damages.some(({ at }) => between(at) && activeMs(history, first, at) <= JOURNAL_BEHIND_MS))
    return "state";
  const deaths = lives.filter(({ to }) => to !== undefined && to - ON_ITS_WAY_MS <= again);
  const unwritten = deaths.some(({ to = 0 }) =>
    stateTroubles.some(
      ({ from, to: over = to }) =>
        from < to &&
        // While it stands still it writes nothing down either, neither before nor afterwards.
        activeMs(history, Math.min(over, to), to) <= UNFLUSHED_MS &&
        activeMs(history, first, from) <= UNFLUSHED_MS &&
        first <= to + ON_ITS_WAY_MS,
    ),
  );
  if (unwritten) return "state";
  if (mode === "verify") return undefined;
  if (deaths.some(({ to = 0, end }) => end !== "terminate" && isAtRisk([first], line.writer, history, to)))
    return "kill";
  const unsure = outages.some(
    ({ ambiguous, writer, from, to = again }) =>
      ambiguous &&
      (writer === undefined || writer === line.writer) &&
      first >= from - UNFLUSHED_MS &&
      first <= to + ON_ITS_WAY_MS,
  );
  return unsure ? "ambiguous" : undefined;
};

/** Time in which an agent stands still does not help it to write down what it knows. */
const atRiskAt = (history: History, delivery: number, death: number): boolean =>
  delivery <= death + ON_ITS_WAY_MS && activeMs(history, delivery, death) <= UNFLUSHED_MS;

/** A request that was refused as a whole is sent in pieces, and is under way until the last of them has an answer. */
const wasInPieces = ({ outages }: History, writer: number, delivery: number, death: number): boolean =>
  outages.some(
    ({ kind, from, to = death, ...of }) =>
      kind === "invalid_parameter" &&
      (of.writer === undefined || of.writer === writer) &&
      from <= delivery &&
      delivery <= death &&
      death <= to + UNFLUSHED_MS,
  );

const atRisk = (lines: readonly Line[], history: History): number =>
  history.lives
    .filter(({ to, end }) => to !== undefined && end !== "terminate")
    .reduce(
      (sum, { to = 0 }) =>
        sum + lines.filter((line) => isAtRisk(line.deliveries, line.writer, history, to)).length,
      0,
    );

const isAtRisk = (deliveries: readonly number[], writer: number, history: History, death: number): boolean =>
  deliveries.some(
    (at) =>
      (at > death - LONGEST_FREEZE_MS && atRiskAt(history, at, death)) ||
      wasInPieces(history, writer, at, death),
  );
