import { describe, expect, it } from "vitest";
import { fits, KINDS, makePlan, PLACES, type Plan } from "./plan.ts";
import { withoutEach } from "./shrink.ts";

const options = { seconds: 60, mode: "default" } as const;
const plans = Array.from({ length: 60 }, (_, seed) => makePlan({ ...options, seed }));

describe("a plan", () => {
  it("is decided by its seed", () => {
    expect(makePlan({ ...options, seed: 7 })).toEqual(plans[7]);
    expect(makePlan({ ...options, seed: 8 })).not.toEqual(plans[7]);
  });

  it("survives being printed", () => {
    for (const plan of plans) expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it("draws every kind of action and every place", () => {
    const kinds = plans.flatMap(({ actions }) => actions.map(({ deed }) => deed.kind));
    const places = plans.flatMap(({ writers }) => writers.map(({ place }) => place));
    expect(new Set(kinds)).toEqual(new Set(KINDS));
    expect(new Set(places)).toEqual(new Set(PLACES));
  });

  it("does to a file only what can be done where it is", () => {
    for (const { writers, actions } of plans)
      for (const { deed } of actions) {
        const place = "writer" in deed && deed.writer !== undefined && writers[deed.writer]?.place;
        if (place) expect([deed.kind, place, fits(deed.kind, place)]).toEqual([deed.kind, place, true]);
      }
  });

  it("is in the order of time, and over when its seconds are", () => {
    for (const { actions } of plans) {
      const times = actions.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.max(...times)).toBeLessThan(60_000);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(1_000);
    }
  });

  it("leaves out what it is told to, and keeps to what it is told", () => {
    const kindsOf = (plan: Plan) => new Set(plan.actions.map(({ deed }) => deed.kind));
    const without = makePlan({ ...options, seed: 1, without: ["kill", "state-damage"] });
    expect(kindsOf(without).has("kill")).toBe(false);
    expect(kindsOf(makePlan({ ...options, seed: 1, only: ["rotate"] }))).toEqual(new Set(["rotate"]));
  });

  it("has no late requests where what landed is read back", () => {
    const verified = plans.map(({ seed }) => makePlan({ seed, seconds: 60, mode: "verify" }));
    const faults = verified.flatMap(({ actions }) =>
      actions.flatMap(({ deed }) => (deed.kind === "fault" ? [deed.fault] : [])),
    );
    expect(faults).not.toContain("delay");
  });
});

describe("a smaller plan", () => {
  it("lacks one part of the actions each time, and all parts in turn", () => {
    const plan = makePlan({ ...options, seed: 3 });
    const smaller = withoutEach(plan, 4);
    const ids = (of: Plan) => of.actions.map(({ id }) => id);
    const removed = smaller.flatMap((one) => ids(plan).filter((id) => !ids(one).includes(id)));
    expect(removed).toEqual(ids(plan));
  });

  it("is over soon after its last action", () => {
    const plan = makePlan({ ...options, seed: 3 });
    const [first] = plan.actions;
    const alone = withoutEach({ ...plan, actions: plan.actions.slice(0, 2) }, 2)[1];
    expect(alone?.actions).toEqual([first]);
    expect(alone?.seconds).toBeLessThan(20);
  });
});
