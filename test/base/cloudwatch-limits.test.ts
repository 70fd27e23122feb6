import { describe, expect, it } from "vitest";
import * as limits from "../../agent/base/cloudwatch-limits.ts";

describe("the limits of CloudWatch Logs", () => {
  it("leave room for the overhead of one event", () => {
    expect(limits.MESSAGE_BYTES).toBe(1_048_550);
    expect(limits.MESSAGE_BYTES + limits.EVENT_OVERHEAD_BYTES).toBe(limits.BATCH_BYTES);
  });

  it("list retentions in order, each once", () => {
    expect([...new Set(limits.RETENTION_DAYS)].toSorted((a, b) => a - b)).toEqual([...limits.RETENTION_DAYS]);
  });

  it.each(["/aws/lambda/x", "a", "A-1_b.c/#"])("take %j for the name of a log group", (name) => {
    expect(name).toMatch(limits.LOG_GROUP_NAME);
  });

  it.each(["", "a b", "a:b", "*", "ä", "a\n"])("refuse %j as the name of a log group", (name) => {
    expect(name).not.toMatch(limits.LOG_GROUP_NAME);
  });

  it.each(["i-0123456789abcdef0", "a b", "漢字", "x\ny"])("take %j for the name of a log stream", (name) => {
    expect(name).toMatch(limits.LOG_STREAM_NAME);
  });

  it.each(["", "a:b", "*"])("refuse %j as the name of a log stream", (name) => {
    expect(name).not.toMatch(limits.LOG_STREAM_NAME);
  });
});
