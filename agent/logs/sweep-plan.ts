import type { FoundFile, Sweep } from "./ports.ts";
import { type Tail, tailKey } from "./tail.ts";

export type Action =
  /** A file that we do not know, or knew only in an earlier run. */
  | { readonly kind: "open"; readonly entry: number; readonly found: FoundFile }
  /** A file that we know, under another name that matches too. */
  | { readonly kind: "moved"; readonly tail: Tail; readonly path: string }
  /** More bytes, or fewer, or written to without a change of size. */
  | { readonly kind: "written"; readonly tail: Tail; readonly found: FoundFile };

export interface SweepPlan {
  /** Their paths are gone or have been taken by other files, and no matching paths have them now. They come first. */
  readonly left: readonly Tail[];
  /** Old files before new ones: what was written first is sent first. */
  readonly rest: readonly Action[];
}

/** What is to be done for each log, in its order: one does not wait for another that takes its time. */
export const perLog = (
  actions: readonly Action[],
  logOf: (entry: number, path: string) => string,
): readonly (readonly Action[])[] => {
  // Only to open a file takes time.
  if (actions.filter(({ kind }) => kind === "open").length < 2) return [actions];
  return [
    ...Map.groupBy(actions, (action) =>
      action.kind === "open"
        ? logOf(action.entry, action.found.path)
        : logOf(action.tail.entry, action.tail.home),
    ).values(),
  ];
};

export interface Known {
  readonly byKey: ReadonlyMap<string, Tail>;
  /** By {@link pathKey}: the tail that is live under this path. */
  readonly byPath: ReadonlyMap<string, Tail>;
}

export const pathKey = (entry: number, path: string): string => `${entry}:${path}`;

/** What a sweep means for the files we know. Pure: the same sweep and the same knowledge give the same plan. */
export const planSweep = (sweep: Sweep, known: Known): SweepPlan => {
  const moves: Action[] = [];
  const rest: Action[] = [];
  const seen = new Set<string>();
  const displaced: Tail[] = [];
  for (const found of sweep.changed) {
    const key = tailKey(found.entry, found);
    const tail = known.byKey.get(key);
    const before = known.byPath.get(pathKey(found.entry, found.path));
    if (before !== undefined && before !== tail) displaced.push(before);
    // One file under two matching names (a link, or a rename seen half-way) is one file.
    if (seen.has(key)) continue;
    seen.add(key);
    if (tail === undefined) {
      rest.push({ kind: "open", entry: found.entry, found });
      continue;
    }
    if (tail.path !== found.path || tail.standing !== "live")
      moves.push({ kind: "moved", tail, path: found.path });
    if (tail.size !== found.size || tail.modifiedAt !== found.modifiedAt)
      rest.push({ kind: "written", tail, found });
  }
  for (const { entry, path } of sweep.gone) {
    const tail = known.byPath.get(pathKey(entry, path));
    if (tail !== undefined) displaced.push(tail);
  }
  const left = [...new Set(displaced)].filter((tail) => !seen.has(tailKey(tail.entry, tail.id)));
  return { left, rest: [...moves, ...rest] };
};
