import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyEvent,
  applyFault,
  type MetadataEvent,
} from "../../../../provision/rehearse/metadata/changes.ts";
import { anInstance, LAUNCHED } from "./an-instance.ts";

const reboot = {
  kind: "maintenance",
  code: "system-reboot",
  state: "active",
  inMs: 60_000,
  forMs: 1_000,
} as const satisfies MetadataEvent;

describe("an event", () => {
  it("leaves the instance before it as it was", () => {
    const before = anInstance({ tags: { Name: "web" } });
    const copy = structuredClone(before);
    for (const event of [
      reboot,
      { kind: "rebalance" },
      { kind: "tags", set: { a: "b" }, remove: ["Name"] },
    ] as const)
      applyEvent(before, event, LAUNCHED);
    expect(before).toEqual(copy);
  });

  it("announces an interruption at a time after it, and makes a Spot Instance of it", () => {
    const after = applyEvent(anInstance(), { kind: "spot", action: "stop", inMs: 120_000 }, LAUNCHED + 5);
    expect(after.notices.interruption).toEqual({ action: "stop", at: LAUNCHED + 120_005 });
    expect(after.lifecycle).toBe("spot");
  });

  it("schedules maintenance, each with an id of its own", () => {
    const two = [reboot, reboot].reduce((now, event) => applyEvent(now, event, LAUNCHED), anInstance());
    const [first, second] = two.notices.scheduled;
    expect(first).toMatchObject({
      notBefore: LAUNCHED + 60_000,
      notAfter: LAUNCHED + 61_000,
      state: "active",
    });
    expect(second?.id).not.toBe(first?.id);
  });

  it("that is over goes from what is scheduled into the history under the same id", () => {
    const planned = applyEvent(anInstance(), reboot, LAUNCHED);
    const { scheduled, history } = applyEvent(
      planned,
      { ...reboot, state: "canceled" },
      LAUNCHED + 9,
    ).notices;
    expect(scheduled).toEqual([]);
    expect(history).toEqual([
      {
        ...planned.notices.scheduled[0],
        description: "[Canceled] scheduled reboot",
        state: "canceled",
      },
    ]);
  });

  it("that is over and was never scheduled is in the history only", () => {
    const { scheduled, history } = applyEvent(
      anInstance(),
      { ...reboot, state: "completed" },
      LAUNCHED,
    ).notices;
    expect(scheduled).toEqual([]);
    expect(history).toMatchObject([{ description: "[Completed] scheduled reboot" }]);
  });

  it("sets and removes tags, and refuses those that cannot be in the metadata", () => {
    const open = anInstance({ tags: { Name: "web", env: "test" }, options: { tags: true } });
    const change = { kind: "tags", set: { Name: "api" }, remove: ["env"] } as const;
    expect(applyEvent(open, change, LAUNCHED).tags).toEqual({ Name: "api" });
    expect(() => applyEvent(open, { ...change, set: { "a/b": "c" } }, LAUNCHED)).toThrow(
      /cannot be in the metadata/,
    );
  });

  it("gives other user data", () => {
    const data = Buffer.from("#cloud-config\n");
    expect(applyEvent(anInstance(), { kind: "user-data", data }, LAUNCHED).userData).toBe(data);
  });

  it("takes all notices back, and leaves an instance of no group outside of one", () => {
    const quiet = anInstance().notices;
    const events: readonly MetadataEvent[] = [
      reboot,
      { kind: "spot", action: "terminate", inMs: 0 },
      { kind: "rebalance" },
      { kind: "clear" },
    ];
    const noticesAfter = (instance = anInstance()) =>
      events.reduce((now, event) => applyEvent(now, event, LAUNCHED), instance).notices;
    expect(noticesAfter()).toEqual(quiet);
    expect(noticesAfter(anInstance({ targetLifecycleState: "Terminated" }))).toEqual({
      ...quiet,
      targetLifecycleState: "InService",
    });
  });
});

describe("a fault", () => {
  it("begins now, after those that are there, and ends with all of them", () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat(), { nil: undefined }), (now, forMs) => {
        const faults = applyFault([], { kind: "fault", effect: { kind: "absent" } }, now);
        const two = applyFault(
          faults,
          { kind: "fault", effect: { kind: "slow", ms: 1 }, forMs, times: 3 },
          now,
        );
        expect(two.map(({ effect }) => effect.kind)).toEqual(["absent", "slow"]);
        expect(two[1]).toMatchObject({ times: 3, until: forMs === undefined ? undefined : now + forMs });
        expect(applyFault(two, { kind: "heal" }, now)).toEqual([]);
      }),
    );
  });
});
