import { describe, expect, it } from "vitest";
import { followRefresh, type Groups, type Refresh } from "../../../provision/launch-template/refresh.ts";

/** A group whose refresh is in these states, one after the other; `underWay` is one that somebody has begun. */
const groupOf = (states: readonly (Refresh | undefined)[], underWay?: string) => {
  const started: unknown[] = [];
  const journal: Record<string, unknown>[] = [];
  const lines: string[] = [];
  let asked = 0;
  let now = 0;
  const groups: Groups = {
    startRefresh: async (request) => {
      started.push(request);
      return "refresh-1";
    },
    refreshUnderWay: async () => underWay,
    refresh: async () => states[Math.min(asked++, states.length - 1)],
  };
  const kit = {
    clock: {
      now: () => now,
      pause: async (ms: number) => {
        now += ms;
      },
    },
    journal: { write: async (entry: Record<string, unknown>) => void journal.push(entry) },
    say: (line: string) => void lines.push(line),
  };
  return { groups, kit, started, journal, lines };
};

const REQUEST = { group: "web", templateId: "lt-1", version: 8, minHealthyPercent: 90 } as const;
const state = (status: string, percent?: number, reason = ""): Refresh => ({
  status,
  reason,
  ...(percent === undefined ? {} : { percent }),
});

describe("a refresh of an Auto Scaling group", () => {
  it("is followed until it is done, and each step is told once", async () => {
    const run = groupOf([
      undefined,
      state("Pending"),
      state("InProgress", 0),
      state("InProgress", 50, "waiting"),
      state("InProgress", 50, "waiting"),
      state("Successful", 100),
    ]);
    await followRefresh(REQUEST, run.groups, run.kit);
    expect(run.started).toEqual([REQUEST]);
    expect(run.lines).toEqual([
      "web: refresh refresh-1 replaces instances by those of version 8",
      "web: not visible yet",
      "web: Pending",
      "web: InProgress, 0 %",
      "web: InProgress, 50 %: waiting",
      "web: Successful, 100 %",
    ]);
    expect(run.journal.map(({ event }) => event)).toEqual(["refresh", "refreshing", "refreshed"]);
  });

  it("is not begun again when it is under way", async () => {
    const run = groupOf([state("Successful")], "refresh-0");
    await followRefresh(REQUEST, run.groups, run.kit);
    expect(run.started).toEqual([]);
  });

  it.each(["Failed", "Cancelled", "RollbackSuccessful", "RollbackFailed"])(
    "that ends with %s has failed",
    async (end) => {
      const run = groupOf([state("InProgress", 10), state(end, 10, "unhealthy")]);
      await expect(followRefresh(REQUEST, run.groups, run.kit)).rejects.toMatchObject({
        code: "REFRESH_FAILED",
        message: `Refresh refresh-1 of web has ended: ${end}, 10 %: unhealthy.`,
      });
    },
  );
});
