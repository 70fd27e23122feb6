import { describe, expect, it } from "vitest";
import { AppError } from "../../../agent/base/errors.ts";
import { checkGroup, type Group } from "../../../provision/launch-template/group.ts";
import {
  type ActiveRefresh,
  followRefresh,
  type Groups,
  type Refresh,
} from "../../../provision/launch-template/refresh.ts";

/** A group whose refresh is in these states, one after the other; `active` is what somebody has begun. */
const groupOf = (states: readonly (Refresh | undefined)[], active?: ActiveRefresh) => {
  const started: unknown[] = [];
  const journal: Record<string, unknown>[] = [];
  const lines: string[] = [];
  const stop = new AbortController();
  let asked = 0;
  let now = 0;
  const groups: Groups = {
    find: async () => undefined,
    startRefresh: async (request) => {
      started.push(request);
      return "refresh-1";
    },
    activeRefresh: async () => active,
    refresh: async () => states[Math.min(asked++, states.length - 1)],
  };
  const kit = {
    clock: {
      now: () => now,
      pause: async (ms: number) => {
        now += ms;
      },
    },
    journal: {
      write: async (entry: Readonly<Record<string, unknown>>) => void journal.push(entry),
      entries: async () => journal,
    },
    say: (line: string) => void lines.push(line),
    stop: stop.signal,
  };
  return { groups, kit, started, journal, lines, stop };
};

const TEMPLATE = { id: "lt-1", name: "web" };
const REQUEST = { group: "web", template: TEMPLATE, version: 8, minHealthyPercent: 90 } as const;
const SAME: ActiveRefresh = { id: "refresh-0", status: "InProgress", template: "lt-1", version: "8" };
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

  it.each<Partial<ActiveRefresh>>([{}, { status: "Pending" }, { status: "Baking" }, { template: "web" }])(
    "is not begun again when it is under way: %o",
    async (more) => {
      const run = groupOf([state("Successful")], { ...SAME, ...more });
      await followRefresh(REQUEST, run.groups, run.kit);
      expect(run.started).toEqual([]);
      expect(run.lines[0]).toContain("refresh refresh-0");
    },
  );

  it.each<readonly [string, Partial<ActiveRefresh>]>([
    ["version 7 of web is under way (InProgress)", { version: "7" }],
    ["version $Latest of web is", { template: "web", version: "$Latest" }],
    ["version 8 of lt-2 is", { template: "lt-2" }],
    ["another configuration is", { template: "", version: "" }],
    ["version 8 of web is under way (Cancelling)", { status: "Cancelling" }],
    ["version 8 of web is under way (RollbackInProgress)", { status: "RollbackInProgress" }],
  ])("does not begin while another one to %s", async (text, more) => {
    const run = groupOf([], { ...SAME, ...more });
    const refused = followRefresh(REQUEST, run.groups, run.kit);
    await expect(refused).rejects.toMatchObject({ code: "REFRESH_BLOCKED" });
    await expect(refused).rejects.toThrow(text);
    await expect(refused).rejects.toThrow("cancel-instance-refresh --auto-scaling-group-name web");
    expect([run.started, run.journal]).toEqual([[], []]);
  });

  it("is found when the service says that it is under way and does not show it yet", async () => {
    const run = groupOf([state("Successful")]);
    const shown = [undefined, undefined, undefined, SAME];
    await followRefresh(
      REQUEST,
      { ...run.groups, startRefresh: async () => undefined, activeRefresh: async () => shown.shift() },
      run.kit,
    );
    expect(run.journal).toMatchObject([
      { event: "refresh" },
      { refresh: "refresh-0" },
      { event: "refreshed" },
    ]);
  });

  it("begins after one that has ended meanwhile", async () => {
    const run = groupOf([state("Successful")]);
    const answers = [undefined, "refresh-2"];
    await followRefresh(REQUEST, { ...run.groups, startRefresh: async () => answers.shift() }, run.kit);
    expect(run.lines[0]).toContain("refresh refresh-2");
  });

  it("is not waited for when it never shows", async () => {
    const run = groupOf([]);
    await expect(
      followRefresh(REQUEST, { ...run.groups, startRefresh: async () => undefined }, run.kit),
    ).rejects.toMatchObject({ code: "REFRESH_BLOCKED", message: expect.stringContaining("within 60 s") });
  });

  it.each([
    ["Failed", "not rolled back"],
    ["Cancelled", "cancelled it"],
    ["RollbackSuccessful", "has what it had before"],
    ["RollbackFailed", "could not be brought back"],
  ])("that ends with %s has failed, and says what the group has", async (end, outcome) => {
    const run = groupOf([state("InProgress", 10), state(end, 10, "unhealthy")]);
    await expect(followRefresh(REQUEST, run.groups, run.kit)).rejects.toMatchObject({
      code: "REFRESH_FAILED",
      message: expect.stringMatching(
        new RegExp(`^Refresh refresh-1 of web has ended: ${end}, 10 %: unhealthy\\. .*${outcome}.*\\.$`),
      ),
    });
    expect(run.journal.map(({ event }) => event)).toEqual(["refresh", "refreshing"]);
  });

  it("is followed for as long as it takes, until somebody wants to wait no longer", async () => {
    const run = groupOf([state("InProgress", 50)]);
    let pauses = 0;
    const clock = {
      ...run.kit.clock,
      pause: async () => {
        pauses += 1;
        if (pauses === 10_000) run.stop.abort();
      },
    };
    await expect(followRefresh(REQUEST, run.groups, { ...run.kit, clock })).rejects.toMatchObject({
      code: "REFRESH_UNFINISHED",
      exit: 75,
      message: "Refresh refresh-1 of web goes on without being followed: InProgress, 50 %.",
    });
    expect(run.lines).toHaveLength(2);
  });

  it("does not begin when it is stopped before", async () => {
    const run = groupOf([]);
    run.stop.abort();
    await expect(followRefresh(REQUEST, run.groups, run.kit)).rejects.toMatchObject({
      code: "REFRESH_UNFINISHED",
    });
    expect(run.started).toEqual([]);
  });

  it("says that it goes on when AWS cannot be asked any more", async () => {
    const run = groupOf([]);
    const refresh = async () => {
      throw new AppError("AWS_UNREACHABLE", "away");
    };
    await expect(followRefresh(REQUEST, { ...run.groups, refresh }, run.kit)).rejects.toMatchObject({
      code: "AWS_UNREACHABLE",
    });
    expect(run.lines.at(-1)).toBe("web: refresh refresh-1 goes on, and the same command follows it again");
  });
});

describe("whether a group can be refreshed", () => {
  const base = { id: "lt-1", default_version: 7, latest_version: 8 };
  const plan = { template: { name: "web", data: {}, tags: {} }, base, region: "eu-central-1" };
  const group = (version: string, more: Partial<Group> = {}): Group => ({
    name: "web",
    mixed: false,
    template: { id: "lt-1", name: "web", version },
    ...more,
  });

  it("takes one that starts from a number of the template", () => {
    checkGroup(group("7"), "web", plan);
    checkGroup(group("7", { template: { id: "lt-1", name: "", version: "7" } }), "web", plan);
  });

  it.each<readonly [string, Group | undefined, string]>([
    ["There is no Auto Scaling group web in eu-central-1", undefined, "GROUP_MISSING"],
    ["follows $Latest of web,", group("$Latest"), "REFRESH_BLOCKED"],
    ["LaunchTemplateName=web,Version=8", group("$Latest"), "REFRESH_BLOCKED"],
    ["LaunchTemplateName=web,Version=7", group("$Default"), "REFRESH_BLOCKED"],
    ["has a mixed instances policy", group("7", { mixed: true }), "REFRESH_BLOCKED"],
    ["from a launch configuration", { name: "web", mixed: false }, "REFRESH_BLOCKED"],
    [
      "from launch template db, not from web",
      group("7", { template: { id: "lt-2", name: "db", version: "7" } }),
      "REFRESH_BLOCKED",
    ],
  ])("%s", (message, found, code) => {
    const check = () => checkGroup(found, "web", plan);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code }));
  });
});
