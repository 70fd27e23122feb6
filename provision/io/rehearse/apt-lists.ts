import { readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tellingLine } from "../../rehearse/packages/apt-answers.ts";
import type { Distribution } from "../../rehearse/packages/base-state.ts";
import type { Stale } from "../../rehearse/packages/ports.ts";
import { foreignPins, LIST_FORMAT, listsIn } from "../../rehearse/packages/sources.ts";
import type { AptGet } from "./apt.ts";
import { writeWhole } from "./apt-places.ts";

/** After so long there are updates that an instance would get, in milliseconds. */
export const DAY_MS = 86_400_000;
/** A mirror that was asked is left alone for so long, in milliseconds: a name with a slip in it is asked for often. */
const PAUSE_MS = 600_000;

const timeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

const mark = async (path: string, at: number): Promise<void> => {
  await writeFile(path, "");
  await utimes(path, at / 1_000, at / 1_000);
};

/** The lists of packages that one set of sources has. */
export interface Lists {
  /** Renews them when they are old. */
  readonly keep: () => Promise<void>;
  /** Renews them for something that is not in them, unless the mirror was asked just now. Whether that was done. */
  readonly renew: () => Promise<boolean>;
  /** How old they are, when the last attempt to renew them has failed. */
  readonly stale: () => Promise<Stale | undefined>;
}

/**
 * @param shared where apt keeps the lists
 * @param foreignTo the distribution whose packages alone count, where the sources are not those of the base itself
 */
export const aptLists = (
  apt: AptGet,
  shared: string,
  foreignTo: Distribution | undefined,
  now: () => number,
): Lists => {
  const refreshed = join(shared, "refreshed");
  const tried = join(shared, "tried");
  const failure = join(shared, "failure");

  const update = async (): Promise<void> => {
    const { status, said } = await apt("-q", "-o", "APT::Update::Error-Mode=any", "update");
    await writeWhole(failure, status === 0 ? "" : tellingLine(said));
    await mark(tried, now());
    if (status === 0) await mark(refreshed, now());
    if (foreignTo === undefined) return;
    const { out } = await apt("indextargets", "--format", LIST_FORMAT);
    await writeWhole(join(shared, "preferences"), foreignPins(listsIn(out), foreignTo));
  };

  const isPast = async (path: string, ms: number): Promise<boolean> =>
    now() - ((await timeOf(path)) ?? Number.NEGATIVE_INFINITY) > ms;

  const renew = async (): Promise<boolean> => {
    if (!(await isPast(tried, PAUSE_MS))) return false;
    await update();
    return true;
  };

  return {
    renew,
    keep: async () => {
      if (await isPast(refreshed, DAY_MS)) await renew();
    },
    stale: async () => {
      const since = await timeOf(refreshed);
      const last = await timeOf(tried);
      if (last === undefined || (since !== undefined && since >= last)) return undefined;
      return { since, said: await readFile(failure, "utf8") };
    },
  };
};
