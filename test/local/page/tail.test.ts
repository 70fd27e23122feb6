import { describe, expect, it } from "vitest";
import { browserModule } from "./browser-module.ts";

const { unseen } = await browserModule<{
  readonly unseen: (arrived: readonly object[], page: readonly object[], more: boolean) => readonly object[];
}>("tail.js");

const event = (timestamp: number, message = "m") => ({
  logStreamName: "s",
  timestamp,
  ingestionTime: 9,
  message,
});

describe("what the feed sent while the page was read", () => {
  it("is left out as often as the page has it", () => {
    const twice = [event(1), event(1)];
    expect(unseen([...twice, event(1), event(2)], twice, false)).toEqual([event(1), event(2)]);
  });

  it("is left out when it is older than a page that has older ones before it", () => {
    expect(unseen([event(4), event(6)], [event(5)], true)).toEqual([event(6)]);
    expect(unseen([event(4), event(6)], [event(5)], false)).toEqual([event(4), event(6)]);
  });

  it("is all new when the page is empty", () => {
    expect(unseen([event(1)], [], false)).toEqual([event(1)]);
  });
});
