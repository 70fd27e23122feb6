import { describe, expect, it } from "vitest";
import { Chorus } from "../../agent/logs/chorus.ts";
import type { Report } from "../../agent/logs/ports.ts";

const streams = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => ({ logGroupName: "/g", logStreamName: `s-${from + n}` }));

const listen = () => {
  const reports: Report[] = [];
  return { reports, chorus: new Chorus((report) => reports.push(report)) };
};

describe("what many streams say", () => {
  it("is told of the first few by name and of the others by number, once a minute", () => {
    const { reports, chorus } = listen();
    chorus.sumUp(0);
    for (const stream of streams(0, 2_900))
      chorus.say("warn", "stream.trouble", stream, {
        kind: "denied",
        message: `not authorized on log-group:/g:log-stream:${stream.logStreamName}`,
        attempts: 1,
      });
    expect(reports.map(({ detail }) => detail.logStreamName)).toEqual(["s-0", "s-1", "s-2", "s-3", "s-4"]);
    chorus.sumUp(59_999);
    expect(reports).toHaveLength(5);
    chorus.sumUp(60_000);
    expect(reports.slice(5)).toEqual([
      {
        level: "warn",
        event: "stream.trouble.others",
        detail: {
          streams: 2_895,
          kind: "denied",
          message: "not authorized on log-group:/g:log-stream:*",
        },
      },
    ]);
  });

  it("goes on being told of those that were named, and counts each of the others once", () => {
    const { reports, chorus } = listen();
    chorus.sumUp(0);
    for (const attempts of [1, 10, 20])
      for (const stream of streams(0, 7))
        chorus.say("warn", "stream.trouble", stream, { message: "no", attempts });
    expect(reports).toHaveLength(15);
    chorus.sumUp(60_000);
    expect(reports.at(-1)?.detail).toEqual({ streams: 2, message: "no" });
  });

  it("is told in full where the streams have different troubles", () => {
    const { reports, chorus } = listen();
    for (const [at, stream] of streams(0, 20).entries())
      chorus.say("warn", "stream.trouble", stream, { message: `why ${at % 4}` });
    expect(reports).toHaveLength(20);
    chorus.sumUp(0);
    chorus.sumUp(60_000);
    expect(reports).toHaveLength(20);
  });
});
