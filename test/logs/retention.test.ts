import { describe, expect, it } from "vitest";
import type { Clock, CreateResult, PutResult, Report, Target } from "../../agent/logs/ports.ts";
import { withRetention } from "../../agent/logs/retention.ts";

const HOUR_MS = 3_600_000;
const DENIED: CreateResult = { kind: "denied", message: "not authorized" };
const THROTTLED: CreateResult = { kind: "throttled", message: "too many" };

const target = (retentionInDays: number | undefined, logGroupName = "/g"): Target => ({
  logGroupName,
  logStreamName: "s",
  retentionInDays,
  logGroupClass: "STANDARD",
});

/** A service that takes all events, and answers PutRetentionPolicy with the next of the prepared answers. */
const service = (
  answers: CreateResult[] = [],
  put: PutResult = { kind: "taken", rejected: undefined },
  made: CreateResult = { kind: "done" },
) => {
  const calls: string[] = [];
  const reports: Report[] = [];
  let now = 0;
  const clock: Clock = { now: () => now, random: () => 0.999, after: () => () => undefined };
  const done = async (): Promise<CreateResult> => ({ kind: "done" });
  const bare = {
    put: async () => put,
    createStream: done,
    createGroup: async () => made,
    putRetention: async ({ logGroupName, retentionInDays }: Target) => {
      calls.push(`${logGroupName} ${retentionInDays}`);
      return answers.shift() ?? done();
    },
    landed: async () => undefined,
    between: async () => undefined,
    close: () => undefined,
  };
  const sink = withRetention(bare, clock, (report) => void reports.push(report));
  const send = (to: Target) => sink.put(to, new Uint8Array());
  const pass = (ms: number): void => {
    now += ms;
  };
  return { calls, reports, sink, send, pass };
};

describe("the retention of a group", () => {
  it("is set once in a run, with the first events", async () => {
    const { calls, send } = service();
    await Promise.all([send(target(7)), send(target(7)), send(target(30, "/h"))]);
    await send(target(7));
    expect(calls).toEqual(["/g 7", "/h 30"]);
  });

  it("is not touched when the configuration names none", async () => {
    const { calls, send } = service();
    await send(target(undefined));
    expect(calls).toEqual([]);
  });

  it("waits for events that the service takes", async () => {
    const { calls, send } = service([], { kind: "missing", message: "no such group" });
    expect(await send(target(7))).toMatchObject({ kind: "missing" });
    expect(calls).toEqual([]);
  });

  it("is left to whoever makes the group, from the first moment on", async () => {
    const { calls, sink, send } = service();
    await Promise.all([sink.createGroup(target(7)), send(target(7))]);
    await send(target(7));
    expect(calls).toEqual([]);
  });

  it("is set all the same when making the group has failed", async () => {
    const { calls, sink, send } = service([], undefined, DENIED);
    await sink.createGroup(target(7));
    await send(target(7));
    expect(calls).toEqual(["/g 7"]);
  });

  it("is given up with one warning where nobody may set it", async () => {
    const { calls, reports, send, pass } = service([DENIED, DENIED]);
    for (let round = 0; round < 3; round++) {
      expect(await send(target(7))).toMatchObject({ kind: "taken" });
      pass(HOUR_MS);
    }
    expect(calls).toHaveLength(1);
    const detail = { logGroupName: "/g", retentionInDays: 7, ...DENIED };
    expect(reports).toEqual([{ level: "warn", event: "retention.not_set", detail }]);
  });

  it("is tried again later after a failure that passes, with one warning in all", async () => {
    const { calls, reports, send, pass } = service([THROTTLED, THROTTLED]);
    for (let round = 0; round < 5; round++) {
      await send(target(7));
      await send(target(7));
      pass(HOUR_MS);
    }
    expect(calls).toHaveLength(3);
    expect(reports).toHaveLength(1);
  });
});
