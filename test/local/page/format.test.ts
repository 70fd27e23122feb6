import { describe, expect, it } from "vitest";
import { browserModule } from "./browser-module.ts";

type Show = (value: number) => string;
const format = await browserModule<{
  readonly bytesText: Show;
  readonly rateText: Show;
  readonly durationText: Show;
  readonly localTime: Show;
  readonly utcTime: Show;
  readonly plural: (value: number, noun: string) => string;
  readonly momentOf: (text: string, now: number) => number | undefined;
  readonly visible: (text: string) => string;
}>("format.js");

describe("what people read", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [123_456, "123 kB"],
    [5_000_000_000, "5.0 GB"],
    [7e15, "7000 TB"],
  ])("shows %i bytes as %s", (bytes, text) => expect(format.bytesText(bytes)).toBe(text));

  it.each([
    [0, "0"],
    [0.01, "<0.1"],
    [0.25, "0.3"],
    [12.6, "13"],
    [12_345, "12,345"],
  ])("shows a rate of %d as %s", (rate, text) => expect(format.rateText(rate)).toBe(text));

  it.each([
    [12, "12 ms"],
    [1_500, "1.5 s"],
    [120_000, "2 min"],
    [7_200_000, "2 h"],
    [864_000_000, "10 days"],
  ])("shows %i milliseconds as %s", (ms, text) => expect(format.durationText(ms)).toBe(text));

  it("shows a time so that it sorts, and any number at all", () => {
    expect(format.localTime(1_767_225_600_007)).toMatch(/^202[56]-\d\d-\d\d \d\d:\d\d:00\.007$/);
    expect(format.utcTime(1_767_225_600_007)).toBe("2026-01-01T00:00:00.007Z");
    expect(format.localTime(Number.MAX_SAFE_INTEGER)).toBe("9007199254740991");
  });

  it("counts one event and two events", () => {
    expect([format.plural(1, "event"), format.plural(1_200, "event")]).toEqual(["1 event", "1,200 events"]);
  });

  it.each([
    ["-5m", 700_000],
    ["-1h", 0],
    ["1970-01-01T00:10:00Z", 600_000],
    ["", undefined],
    ["soon", undefined],
  ])("takes %j for a moment", (text, moment) => expect(format.momentOf(text, 1_000_000)).toBe(moment));

  it("shows what would be hidden, and leaves tabs, lines and other scripts alone", () => {
    expect(format.visible("a\u0000b\u202ec\ufeff")).toBe("a⟨U+0000⟩b⟨U+202E⟩c⟨U+FEFF⟩");
    expect(format.visible("a\tb\nç 日本 🎉")).toBe("a\tb\nç 日本 🎉");
  });
});
