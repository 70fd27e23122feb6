import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Account } from "../../agent/logs/accounting.ts";
import type { FoundFile, Sweep } from "../../agent/logs/ports.ts";
import { pathKey, perLog, planSweep, type SweepPlan } from "../../agent/logs/sweep-plan.ts";
import { Tail, tailKey } from "../../agent/logs/tail.ts";
import { TARGET } from "./target.ts";

const ENTRY = 0;
/** What stands under a name: the number of a file, and what a look tells of it. */
interface Content {
  readonly ino: number;
  readonly size: number;
  readonly modifiedAt: number;
}
/** Names that match, and what is under them. Several may lead to one file. */
type Directory = ReadonlyMap<string, Content>;

const found = (path: string, { ino, size, modifiedAt }: Content): FoundFile => ({
  dev: 1n,
  ino: BigInt(ino),
  bornAt: ino * 10,
  path,
  size,
  modifiedAt,
});

/** The tails of an agent that has seen a directory as it was: one for each file, under the first of its names. */
const follow = (before: Directory) => {
  const byKey = new Map<string, Tail>();
  const byPath = new Map<string, Tail>();
  for (const [path, content] of before) {
    const file = found(path, content);
    const key = tailKey(ENTRY, file);
    if (byKey.has(key)) continue;
    const tail = new Tail(ENTRY, file, path, TARGET, { total: new Account(), looks: { lastAt: 0 } });
    byKey.set(key, tail);
    byPath.set(pathKey(ENTRY, path), tail);
  }
  return { byKey, byPath };
};

/** What the next look tells: names that lead to something else than before, and those that lead nowhere. */
const lookAgain = (before: Directory, after: Directory): Sweep => {
  const same = (a: Content | undefined, b: Content): boolean =>
    a?.ino === b.ino && a.size === b.size && a.modifiedAt === b.modifiedAt;
  return {
    changed: [...after]
      .filter(([path, content]) => !same(before.get(path), content))
      .map(([path, content]) => ({ entry: ENTRY, ...found(path, content) })),
    gone: [...before.keys()].filter((path) => !after.has(path)).map((path) => ({ entry: ENTRY, path })),
    troubles: [],
  };
};

const files = fc.array(
  fc.record({ size: fc.integer({ min: 0, max: 3 }), modifiedAt: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 8, maxLength: 8 },
);
const names = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 0, max: 7 }));
/** What a file holds may have changed between the looks, but under all its names it is the same. */
const scene = fc.record({ was: files, is: files, namesBefore: names, namesAfter: names }).map((all) => {
  const at = (name: Record<string, number>, content: typeof all.was): Directory =>
    new Map(
      Object.entries(name).map(([path, ino]) => [
        `/log/${path}`,
        { ino, size: 0, modifiedAt: 0, ...content[ino] },
      ]),
    );
  return { before: at(all.namesBefore, all.was), after: at(all.namesAfter, all.is) };
});

/** Where a look tells of a file, under all its names. */
const pathsOf = (sweep: Sweep, tail: Tail): readonly string[] =>
  sweep.changed.filter((one) => tailKey(ENTRY, one) === tailKey(ENTRY, tail.id)).map(({ path }) => path);

/** Holds the plan of what a look tells against how things are. */
const check = (
  expectAll: (
    plan: SweepPlan,
    sweep: Sweep,
    tails: readonly Tail[],
    after: Directory,
    before: Directory,
  ) => void,
): void =>
  fc.assert(
    fc.property(scene, ({ before, after }) => {
      const known = follow(before);
      const sweep = lookAgain(before, after);
      const plan = planSweep(sweep, known);
      expect(planSweep(sweep, known)).toEqual(plan);
      expectAll(plan, sweep, [...known.byKey.values()], after, before);
    }),
    { numRuns: 2_000 },
  );

describe("the plan of a sweep", () => {
  it("opens each file that is new once, under a name that it has", () => {
    check(({ rest }, _sweep, _tails, after, before) => {
      const opened = rest.filter((action) => action.kind === "open").map((action) => action.found);
      const numbers = opened.map(({ ino }) => Number(ino));
      const old = new Set([...before.values()].map(({ ino }) => ino));
      const fresh = new Set([...after.values()].map(({ ino }) => ino).filter((ino) => !old.has(ino)));
      expect(numbers.toSorted()).toEqual([...fresh].toSorted());
      for (const { path, ino } of opened) expect(after.get(path)?.ino).toBe(Number(ino));
    });
  });

  it("leaves a file exactly when its path leads elsewhere and no look tells where it is, and each once", () => {
    check(({ left }, sweep, tails, after) => {
      const expected = tails.filter(
        (tail) => after.get(tail.path)?.ino !== Number(tail.id.ino) && pathsOf(sweep, tail).length === 0,
      );
      expect(new Set(left)).toEqual(new Set(expected));
      expect(new Set(left).size).toBe(left.length);
    });
  });

  it("moves a file to a name that it has, and never one that stays where it was known", () => {
    check(({ left, rest }, sweep, tails, after) => {
      const moved = rest.filter((action) => action.kind === "moved");
      for (const { tail, path } of moved) {
        expect(after.get(path)?.ino).toBe(Number(tail.id.ino));
        expect(path).not.toBe(tail.path);
        expect(left).not.toContain(tail);
      }
      // Wherever it is told of under another name only, it is moved there.
      for (const tail of tails) {
        const paths = pathsOf(sweep, tail);
        if (paths.length === 0 || paths[0] === tail.path) continue;
        expect(moved.filter((action) => action.tail === tail)).toHaveLength(1);
      }
    });
  });

  it("notes what was written, and puts files that moved before what came into their place", () => {
    check(({ rest }) => {
      const written = rest.filter((action) => action.kind === "written");
      for (const { tail, found: now } of written)
        expect([now.size, now.modifiedAt]).not.toEqual([tail.size, tail.modifiedAt]);
      expect(new Set(written.map(({ tail }) => tail)).size).toBe(written.length);
      const kinds = rest.map(({ kind }) => kind === "moved");
      expect(kinds.lastIndexOf(true)).toBeLessThan(kinds.includes(false) ? kinds.indexOf(false) : 99);
    });
  });

  it("goes through each log in its order, whatever is done for others meanwhile", () => {
    const logOf = (_: number, path: string): string => path.replace(/\.\d+$/, "");
    check(({ rest }) => {
      const logs = perLog(rest, logOf);
      expect(logs.flat()).toHaveLength(rest.length);
      for (const log of logs) expect(rest.filter((action) => log.includes(action))).toEqual(log);
      const opened = logs.map((log) =>
        log.flatMap((action) => (action.kind === "open" ? logOf(action.entry, action.found.path) : [])),
      );
      // One log is not in two lists.
      const names = opened.flatMap((those) => [...new Set(those)]);
      expect(logs.length === 1 || new Set(names).size === names.length).toBe(true);
    });
  });
});
