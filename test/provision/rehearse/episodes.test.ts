import { describe, expect, it } from "vitest";
import { episodesOf } from "../../../provision/rehearse/episodes.ts";

describe("--then", () => {
  it("is what happens, in its order, with the times that EC2 gives", () => {
    expect(episodesOf(["reboot", "rebalance", "stop-start", "reboot", "spot"])).toEqual([
      { name: "reboot", ms: 0 },
      { name: "rebalance", ms: 10_000 },
      { name: "stop-start", ms: 0 },
      { name: "reboot", ms: 0 },
      { name: "spot", ms: 120_000 },
    ]);
    expect(episodesOf([])).toEqual([]);
  });

  it("takes another time for what is waited for", () => {
    expect(episodesOf(["rebalance=1m", "spot=30s"]).map(({ ms }) => ms)).toEqual([60_000, 30_000]);
    expect(episodesOf(["terminate=500ms"])).toEqual([{ name: "terminate", ms: 500 }]);
  });

  it.each<[readonly string[], RegExp]>([
    [["reboott"], /--then takes reboot, .*Did you mean reboot\?/],
    [["stopstart"], /Did you mean stop-start\?/],
    [[""], /not ""/],
    [["constructor"], /--then takes reboot/],
    [["spot=soon"], /--then spot=soon: give a time such as 30s/],
    [["spot="], /give a time/],
    [["spot=30s=40s"], /give a time/],
    [["reboot=30s"], /reboot takes no time/],
    [["reboot="], /reboot takes no time/],
    [["spot", "reboot"], /--then spot ends the instance: nothing can come behind it/],
    [["terminate=1s", "terminate"], /--then terminate ends the instance/],
  ])("refuses %j", (words, message) => {
    expect(() => episodesOf(words)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message) }),
    );
  });
});
