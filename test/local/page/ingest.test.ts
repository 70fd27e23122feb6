import { describe, expect, it } from "vitest";
import { browserModule } from "./browser-module.ts";

interface Sample {
  readonly at: number;
  readonly events: number;
  readonly bytes: number;
}
const { withSample, ratesOf, barsOf } = await browserModule<{
  readonly withSample: (samples: readonly Sample[], next: Sample) => readonly Sample[];
  readonly ratesOf: (samples: readonly Sample[]) => { readonly events: number; readonly bytes: number };
  readonly barsOf: (samples: readonly Sample[]) => readonly number[];
}>("ingest.js");

/** Totals that were seen one second after the other. */
const seconds = (...totals: readonly number[]): readonly Sample[] =>
  totals.reduce<readonly Sample[]>(
    (samples, events, index) => withSample(samples, { at: index * 1_000, events, bytes: events * 10 }),
    [],
  );

describe("the rate at which events arrive", () => {
  it("is that of the last ten seconds", () => {
    expect(ratesOf(seconds(0, 50, 50, 50, 50, 100))).toEqual({ events: 20, bytes: 200 });
    const long = seconds(...Array.from({ length: 100 }, (_, index) => (index < 50 ? index * 1_000 : 50_000)));
    expect(ratesOf(long)).toEqual({ events: 0, bytes: 0 });
  });

  it("is none before there are two samples", () => {
    expect(ratesOf([])).toEqual({ events: 0, bytes: 0 });
    expect(ratesOf(seconds(500))).toEqual({ events: 0, bytes: 0 });
  });

  it("starts anew when the endpoint was restarted", () => {
    expect(ratesOf(seconds(9_000, 9_100, 0, 5, 10))).toEqual({ events: 5, bytes: 50 });
  });

  it("is drawn for one minute, the present at the end", () => {
    const bars = barsOf(seconds(...Array.from({ length: 90 }, (_, index) => index * index)));
    expect(bars).toHaveLength(60);
    expect(bars.slice(-2)).toEqual([175, 177]);
    expect(bars[0]).toBe(59);
  });
});
