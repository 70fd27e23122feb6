import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type RequestEntry,
  requestLog,
  tokenlessReaders,
} from "../../../../provision/rehearse/metadata/request-log.ts";

const entry = (more: Partial<RequestEntry> = {}): RequestEntry => ({
  at: 0,
  method: "GET",
  target: "/latest/meta-data/instance-id",
  status: 200,
  userAgent: "curl/8.5.0",
  token: "none",
  ...more,
});

describe("the log of requests", () => {
  it("keeps the newest in their order and counts the others", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(60), (most, count) => {
        const log = requestLog(most);
        const all = Array.from({ length: count }, (_, at) => entry({ at }));
        for (const one of all) log.add(one);
        expect(log.entries()).toEqual(all.slice(-most));
        expect(log.forgotten()).toBe(Math.max(0, count - most));
      }),
    );
  });
});

describe("who read without a token", () => {
  it("is everybody who asked for a document and showed none, by name", () => {
    expect(
      tokenlessReaders([
        entry({ method: "PUT", target: "/latest/api/token" }),
        entry({ token: "valid" }),
        entry({ token: "invalid", status: 401 }),
        entry({ status: 401, target: "/latest/user-data" }),
        entry(),
        entry({ userAgent: "Wget/1.21", method: "HEAD", status: "hang-up" }),
      ]),
    ).toEqual([
      { userAgent: "curl/8.5.0", requests: 2, refused: 1, target: "/latest/user-data" },
      { userAgent: "Wget/1.21", requests: 1, refused: 0, target: "/latest/meta-data/instance-id" },
    ]);
  });
});
