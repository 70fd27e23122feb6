import { describe, expect, it } from "vitest";
import { emptyHistory, type History } from "./history.ts";
import { judge } from "./judge.ts";
import { type FileModel, Ledger, type Line } from "./ledger.ts";

/** A ledger with one file of one writer, and an agent that lives from 0 on. */
const scene = () => {
  const ledger = new Ledger();
  const history = emptyHistory();
  history.lives.push({ from: 0, frozen: [] });
  const file = ledger.file(0, 0, "matching", "app.log");
  let sequence = 0;
  const line = (at: number, into: FileModel = file): Line => {
    const made = ledger.begin({ writer: 0, generation: 0, sequence }, `line ${sequence++}`, into, at);
    made.wholeAt = made.endedAt = at;
    return made;
  };
  return { ledger, history, file, line };
};

const killed = (history: History, at: number, again?: number): void => {
  const life = history.lives.at(-1);
  if (life !== undefined) Object.assign(life, { to: at, end: "kill" });
  if (again !== undefined) history.lives.push({ from: again, frozen: [] });
};

const lost = ({ ledger, history }: ReturnType<typeof scene>): number =>
  judge(ledger, history, "default").lost.length;
const inherent = ({ ledger, history }: ReturnType<typeof scene>): readonly string[] =>
  Object.keys(judge(ledger, history, "default").inherent);

describe("a line that did not arrive", () => {
  it("is lost when its file is still there", () => {
    const all = scene();
    all.line(1_000);
    expect(lost(all)).toBe(1);
  });

  it("is lost when its file was renamed or packed, whoever was down and however short it was there", () => {
    const all = scene();
    all.line(1_000);
    killed(all.history, 1_001, 5_000);
    all.ledger.moved(all.file, 1_002, "sibling", "app.log.1");
    all.ledger.moved(all.file, 1_003, "sibling", "app.log.1.gz");
    expect(lost(all)).toBe(1);
  });

  it("is lost when a copy of it is still there", () => {
    const all = scene();
    all.line(1_000);
    const copy = all.ledger.file(0, 1_500, "sibling", "app.log.1");
    all.ledger.copied(all.file, copy, 1_500);
    all.ledger.emptied(all.file, 1_501);
    expect(lost(all)).toBe(1);
  });

  it("is lost when it was overwritten after two sweeps", () => {
    const all = scene();
    all.line(1_000);
    all.ledger.emptied(all.file, 11_500);
    expect(lost(all)).toBe(1);
  });

  it("is lost when it could be read for two sweeps from a file that was then deleted", () => {
    const all = scene();
    all.line(1_000);
    all.ledger.moved(all.file, 11_500, "nameless", "app.log");
    expect(lost(all)).toBe(1);
  });

  it("is lost when it was written to a file right after that was deleted", () => {
    const all = scene();
    all.ledger.moved(all.file, 11_500, "nameless", "app.log");
    all.line(12_000);
    expect(lost(all)).toBe(1);
  });

  it("nobody could deliver when it was overwritten at once", () => {
    const all = scene();
    all.line(1_000);
    all.ledger.emptied(all.file, 1_100);
    expect(inherent(all)).toEqual(["short"]);
  });

  it("nobody could deliver when the agent was frozen all that time", () => {
    const all = scene();
    all.line(1_000);
    all.history.lives[0]?.frozen.push({ from: 900, to: 12_000 });
    all.ledger.emptied(all.file, 12_500);
    expect(inherent(all)).toEqual(["short"]);
  });

  it("nobody could deliver when it went away while no agent was there", () => {
    const all = scene();
    all.line(1_000);
    killed(all.history, 15_000, 20_000);
    all.ledger.emptied(all.file, 16_000);
    expect(inherent(all)).toEqual(["down"]);
  });

  it("nobody could deliver when the service was down and the only one who held it was killed", () => {
    const all = scene();
    all.line(1_000);
    all.history.outages.push({ from: 500, to: 30_000, writer: 0, kind: "throttle", ambiguous: false });
    all.ledger.moved(all.file, 12_000, "nameless", "app.log");
    killed(all.history, 20_000, 21_000);
    expect(inherent(all)).toEqual(["held"]);
  });

  it("is lost all the same when that outage was another writer's", () => {
    const all = scene();
    all.line(1_000);
    all.history.outages.push({ from: 500, to: 30_000, writer: 1, kind: "throttle", ambiguous: false });
    all.ledger.moved(all.file, 12_000, "nameless", "app.log");
    killed(all.history, 20_000, 21_000);
    expect(lost(all)).toBe(1);
  });

  it("nobody could deliver when it was overwritten behind more than a memory holds", () => {
    const all = scene();
    for (let nth = 0; nth < 2; nth++) Object.assign(all.line(1_000), { length: 1_000_000 });
    all.ledger.emptied(all.file, 12_000);
    expect(inherent(all)).toEqual(["overrun"]);
  });

  it("nobody could deliver when it was written long after its file was deleted, or torn apart", () => {
    const late = scene();
    late.ledger.moved(late.file, 11_500, "nameless", "app.log");
    late.line(17_000);
    expect(inherent(late)).toEqual(["late"]);
    const torn = scene();
    torn.line(1_000).torn = true;
    expect(inherent(torn)).toEqual(["torn"]);
  });

  it("is not lost when the service refused it, or when it came in two rightful pieces", () => {
    const all = scene();
    all.line(1_000).refused = true;
    all.line(1_000).pieces = 3;
    expect(judge(all.ledger, all.history, "default")).toMatchObject({ lost: [], refused: 1, delivered: 1 });
  });
});

describe("a line that arrived twice", () => {
  const twice = (all: ReturnType<typeof scene>, first: number, again: number): Line => {
    const line = all.line(1_000);
    line.deliveries.push(first, again);
    return line;
  };
  const duplicated = (
    { ledger, history }: ReturnType<typeof scene>,
    mode: "default" | "verify" = "default",
  ) => judge(ledger, history, mode).duplicated.length;

  it("is duplicated when nothing happened in between", () => {
    const all = scene();
    twice(all, 2_000, 3_000);
    expect(duplicated(all)).toBe(1);
  });

  it("is excused when the agent was killed right after the first time, but not where it reads back", () => {
    const all = scene();
    twice(all, 2_000, 3_000);
    killed(all.history, 2_100, 2_500);
    expect(judge(all.ledger, all.history, "default")).toMatchObject({
      duplicated: [],
      excused: { kill: 1 },
      atRisk: 1,
    });
    expect(duplicated(all, "verify")).toBe(1);
  });

  it("is duplicated when the kill came long after the first time", () => {
    const all = scene();
    twice(all, 2_000, 9_000);
    killed(all.history, 8_000, 8_500);
    expect(duplicated(all)).toBe(1);
  });

  it("is excused when it was a piece of a request that was still being sent when the agent was killed", () => {
    const all = scene();
    twice(all, 2_000, 9_000);
    killed(all.history, 8_000, 8_500);
    const outage = { from: 1_900, to: 8_200, kind: "invalid_parameter", ambiguous: false };
    all.history.outages.push({ ...outage, writer: 1 });
    expect(duplicated(all)).toBe(1);
    all.history.outages.push({ ...outage, writer: 0, to: 7_400 });
    expect(duplicated(all)).toBe(1);
    all.history.outages.push({ ...outage, writer: 0, from: 2_100 });
    expect(duplicated(all)).toBe(1);
    all.history.outages.push({ ...outage, writer: 0 });
    expect(judge(all.ledger, all.history, "default")).toMatchObject({
      duplicated: [],
      excused: { kill: 1 },
      atRisk: 1,
    });
    expect(duplicated(all, "verify")).toBe(1);
  });

  it("is excused when the agent stood still until it was killed", () => {
    const all = scene();
    twice(all, 2_000, 9_000);
    all.history.lives[0]?.frozen.push({ from: 2_100, to: 8_000 });
    killed(all.history, 8_000, 8_500);
    expect(duplicated(all)).toBe(0);
  });

  it("is duplicated when the agent had time to end", () => {
    const all = scene();
    twice(all, 2_000, 3_000);
    Object.assign(all.history.lives[0] ?? {}, { to: 2_100, end: "terminate" });
    expect(duplicated(all)).toBe(1);
  });

  it("is excused when the answer was lost, for the writers whose answers were", () => {
    const all = scene();
    twice(all, 2_000, 3_000);
    const outage = { from: 1_900, to: 2_500, kind: "reset_after_accept", ambiguous: true };
    all.history.outages.push({ ...outage, writer: 1 });
    expect(duplicated(all)).toBe(1);
    all.history.outages.push({ ...outage, writer: 0 });
    expect(duplicated(all)).toBe(0);
    expect(duplicated(all, "verify")).toBe(1);
  });

  it("is excused when the state was damaged soon after the first time, and not when long after", () => {
    const all = scene();
    twice(all, 2_000, 20_000);
    all.history.damages.push({ at: 3_400, how: "torn" });
    expect(duplicated(all, "verify")).toBe(0);
    all.history.damages[0] = { at: 3_600, how: "torn" };
    expect(duplicated(all)).toBe(1);
  });

  it("is excused when the first one was deleted, or when the agent could not remember it", () => {
    const deleted = scene();
    twice(deleted, 2_000, 3_000);
    deleted.history.deletions.push({ at: 2_500, writer: 0 });
    expect(duplicated(deleted, "verify")).toBe(0);
    const unwritten = scene();
    twice(unwritten, 2_000, 9_000);
    unwritten.history.stateTroubles.push({ from: 1_500, to: 8_500 });
    killed(unwritten.history, 8_000, 8_500);
    expect(judge(unwritten.ledger, unwritten.history, "default").excused).toEqual({ state: 1 });
  });

  it("is excused when the agent stood still from before the state could be written until it was killed", () => {
    const frozen = (spells: { from: number; to: number }[]) => {
      const all = scene();
      twice(all, 2_000, 9_000);
      all.history.stateTroubles.push({ from: 1_500, to: 4_000 });
      killed(all.history, 8_000, 8_500);
      all.history.lives[0]?.frozen.push(...spells);
      return judge(all.ledger, all.history, "verify");
    };
    expect(frozen([{ from: 3_500, to: 7_900 }]).excused).toEqual({ state: 1 });
    expect(frozen([]).duplicated).toHaveLength(1);
  });

  it("is excused when the agent stood still until the state could not be written any more", () => {
    const frozen = (spells: { from: number; to: number }[]) => {
      const all = scene();
      twice(all, 2_000, 9_000);
      all.history.stateTroubles.push({ from: 3_200, to: 8_500 });
      killed(all.history, 8_000, 8_500);
      all.history.lives[0]?.frozen.push(...spells);
      return judge(all.ledger, all.history, "verify");
    };
    expect(frozen([{ from: 2_100, to: 3_100 }]).excused).toEqual({ state: 1 });
    expect(frozen([]).duplicated).toHaveLength(1);
  });
});
