import { describe, expect, it } from "vitest";
import { createCreator } from "../../agent/logs/creator.ts";
import type { CreateResult, Target } from "../../agent/logs/ports.ts";

const DONE: CreateResult = { kind: "done" };
const MISSING: CreateResult = { kind: "missing", message: "no such group" };

const target = (stream: string, retentionInDays?: number): Target => ({
  logGroupName: "/g",
  logStreamName: stream,
  retentionInDays,
  logGroupClass: "STANDARD",
});

type Call = "createStream" | "createGroup" | "putRetention";

/** A service that answers each call with the next of the prepared answers, and with success after that. */
const service = (answers: Partial<Record<Call, CreateResult[]>>) => {
  const calls: string[] = [];
  const answer = (name: Call) => async (of: Target) => {
    calls.push(name === "createStream" ? `${name} ${of.logStreamName}` : name);
    return answers[name]?.shift() ?? DONE;
  };
  const sink = {
    createStream: answer("createStream"),
    createGroup: answer("createGroup"),
    putRetention: answer("putRetention"),
    put: () => Promise.reject(new Error("not for a creator")),
    close: () => undefined,
    landed: async () => undefined,
    between: async () => undefined,
  };
  return { calls, creator: createCreator(sink) };
};

describe("creating what a request has found missing", () => {
  it("is one call where the group exists", async () => {
    const { calls, creator } = service({});
    expect(await creator.ensure(target("a", 7))).toEqual(DONE);
    expect(calls).toEqual(["createStream a"]);
  });

  it("makes the group, its retention and then the stream", async () => {
    const { calls, creator } = service({ createStream: [MISSING] });
    expect(await creator.ensure(target("a", 7))).toEqual(DONE);
    expect(calls).toEqual(["createStream a", "createGroup", "putRetention", "createStream a"]);
  });

  it("sets no retention when none is asked for", async () => {
    const { calls, creator } = service({ createStream: [MISSING] });
    expect(await creator.ensure(target("a"))).toEqual(DONE);
    expect(calls).toEqual(["createStream a", "createGroup", "createStream a"]);
  });

  it("makes a group once for all streams that need it at the same time", async () => {
    const streams = ["a", "b", "c", "d"];
    const { calls, creator } = service({ createStream: streams.map(() => MISSING) });
    const made = await Promise.all(streams.map((name) => creator.ensure(target(name, 7))));
    expect(made).toEqual(streams.map(() => DONE));
    expect(calls.filter((call) => call === "createGroup" || call === "putRetention")).toEqual([
      "createGroup",
      "putRetention",
    ]);
    expect(calls.slice(-4)).toEqual(streams.map((name) => `createStream ${name}`));
  });

  it("makes it again when it is missing again", async () => {
    const { calls, creator } = service({ createStream: [MISSING, DONE, MISSING] });
    await creator.ensure(target("a"));
    await creator.ensure(target("a"));
    expect(calls.filter((call) => call === "createGroup")).toHaveLength(2);
  });
});

describe("when that fails", () => {
  it.each(["throttled", "unavailable", "ambiguous", "denied", "invalid"] as const)(
    "a stream that is %s is reported as such",
    async (kind) => {
      const failed = { kind, message: "why" };
      const { calls, creator } = service({ createStream: [failed] });
      expect(await creator.ensure(target("a"))).toEqual(failed);
      expect(calls).toEqual(["createStream a"]);
    },
  );

  it("a group that is denied is reported to each stream that waits for it", async () => {
    const denied: CreateResult = { kind: "denied", message: "no" };
    const { creator } = service({ createStream: [MISSING, MISSING], createGroup: [denied] });
    expect(await Promise.all([creator.ensure(target("a")), creator.ensure(target("b"))])).toEqual([
      denied,
      denied,
    ]);
  });

  it.each(["throttled", "unavailable", "ambiguous"] as const)(
    "a retention that is %s is set before the first event all the same",
    async (kind) => {
      const failed = { kind, message: "later" };
      const { calls, creator } = service({ createStream: [MISSING], putRetention: [failed, failed] });
      expect(await creator.ensure(target("a", 7))).toEqual(failed);
      // By now the group exists, and its streams could be made.
      expect(await creator.ensure(target("b", 7))).toEqual(failed);
      expect(await creator.ensure(target("a", 7))).toEqual(DONE);
      expect(calls).toEqual([
        "createStream a",
        "createGroup",
        "putRetention",
        "putRetention",
        "putRetention",
        "createStream a",
      ]);
      calls.length = 0;
      expect(await creator.ensure(target("b", 7))).toEqual(DONE);
      expect(calls).toEqual(["createStream b"]);
    },
  );

  it("a retention that is denied is reported, and holds up no event for ever", async () => {
    const denied: CreateResult = { kind: "denied", message: "no" };
    const { calls, creator } = service({ createStream: [MISSING], putRetention: [denied] });
    expect(await creator.ensure(target("a", 7))).toEqual(denied);
    expect(await creator.ensure(target("a", 7))).toEqual(DONE);
    expect(calls.at(-1)).toBe("createStream a");
  });
});
