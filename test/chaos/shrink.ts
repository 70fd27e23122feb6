import type { Action, Plan } from "./plan.ts";
import type { Report } from "./report.ts";

export interface ShrinkOptions {
  readonly tries: number;
  /** Candidates that are tried at once. */
  readonly jobs: number;
  readonly say: (text: string) => void;
}

export interface Shrunk {
  readonly plan: Plan;
  readonly report: Report;
}

/**
 * Leaves out actions for as long as the plan goes on failing in the same way: halves first, then smaller and smaller
 * parts (delta debugging).
 */
export const shrink = async (
  plan: Plan,
  report: Report,
  run: (plan: Plan) => Promise<Report>,
  { tries, jobs, say }: ShrinkOptions,
): Promise<Shrunk> => {
  let best: Shrunk = { plan, report };
  let left = tries;
  for (let parts = 2; parts <= Math.max(2, best.plan.actions.length) && left > 0; ) {
    const candidates = withoutEach(best.plan, parts).slice(0, left);
    let found: Shrunk | undefined;
    for (let from = 0; from < candidates.length && found === undefined; from += jobs) {
      const some = candidates.slice(from, from + jobs);
      left -= some.length;
      const reports = await Promise.all(
        some.map(async (tried) => ({ plan: tried, report: await run(tried) })),
      );
      found = reports.find((tried) => sameFailure(report, tried.report));
    }
    if (found === undefined) {
      if (parts >= best.plan.actions.length) break;
      parts = Math.min(best.plan.actions.length, parts * 2);
    } else {
      best = found;
      parts = Math.max(2, parts - 1);
      say(`  ${best.plan.actions.length} actions still fail`);
    }
  }
  return best;
};

/** The plan without each of its parts, and over as soon as its last action is. */
export const withoutEach = (plan: Plan, parts: number): readonly Plan[] => {
  const { actions } = plan;
  const size = Math.ceil(actions.length / parts);
  return Array.from({ length: Math.ceil(actions.length / size) }, (_, nth) => {
    const kept = actions.filter((_, at) => at < nth * size || at >= (nth + 1) * size);
    return { ...plan, actions: kept, seconds: Math.min(plan.seconds, Math.ceil(lastEnd(kept) / 1_000) + 2) };
  });
};

const lastEnd = (actions: readonly Action[]): number =>
  Math.max(0, ...actions.map(({ at, deed }) => at + longest(deed)));

const longest = (deed: Action["deed"]): number =>
  Math.max(0, ...Object.entries(deed).map(([key, value]) => (/ms$/i.test(key) ? Number(value) : 0)));

export const SORTS = ["lost", "duplicated", "reordered", "corrupt", "unbalanced"] as const;

/** A smaller plan must show what the larger one showed, and not another fault. */
const sameFailure = (wanted: Report, found: Report): boolean => {
  if (found.ok) return false;
  const sorts = SORTS.filter((sort) => wanted[sort] > 0);
  return sorts.length === 0 || sorts.some((sort) => found[sort] > 0);
};
