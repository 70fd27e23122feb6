import { describe, expect, it } from "vitest";
import { parseEvent } from "../../../provision/rehearse/events.ts";
import { parseChange } from "../../../provision/rehearse/metadata/change-words.ts";

describe("--event", () => {
  it("says the same as the words of rehearse event", () => {
    expect(parseEvent("rebalance")).toEqual({ kind: "rebalance" });
    expect(parseEvent("  spot   in=30s action=stop ")).toEqual(
      parseChange({ name: "spot", options: { in: "30s", action: "stop" } }),
    );
    expect(parseEvent("tags set=a=b,c=d")).toMatchObject({ set: { a: "b", c: "d" } });
  });

  it.each([
    ["", /--event takes spot, rebalance/],
    ["   ", /--event takes spot, rebalance/],
    ["spott", /Did you mean spot\?/],
    ["spot 2m", /"2m" is no NAME=VALUE/],
    ["spot =2m", /"=2m" is no NAME=VALUE/],
    ["spot for=2m", /option of spot called/],
    ["spot in=soon", /give a time/],
    ["user-data file=x", /the user data from the start/],
  ])("refuses %j", (text, message) => {
    expect(() => parseEvent(text)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message) }),
    );
  });
});
