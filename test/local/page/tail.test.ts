import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { positionText } from "../../../agent/local/position.ts";
import { browserModule } from "./browser-module.ts";

interface PageEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly eventId: string;
}

const { unseenBy } = await browserModule<{
  readonly unseenBy: (
    page: readonly PageEvent[],
    more: boolean,
  ) => (arrived: readonly PageEvent[]) => readonly PageEvent[];
}>("tail.js");

/** The event that arrived as number `batch`. */
const event = (batch: number, timestamp: number): PageEvent => ({
  timestamp,
  message: "m",
  eventId: positionText({ timestamp, batch, index: 0 }),
});

/** Ids are in the order of the store: test/local/position.test.ts. */
const byPosition = (a: PageEvent, b: PageEvent): number => (a.eventId < b.eventId ? -1 : 1);

describe("what the feed sends", () => {
  it("is new when the page is empty", () => {
    expect(unseenBy([], false)([event(1, 1)])).toEqual([event(1, 1)]);
  });

  it("is left out when the page has it, even long after the page was read", () => {
    const unseen = unseenBy([event(1, 1), event(2, 1)], false);
    expect(unseen([event(1, 1)])).toEqual([]);
    expect(unseen([event(2, 1), event(3, 1)])).toEqual([event(3, 1)]);
  });

  it("is left out when the page has older ones before it, and this is one of them", () => {
    const page = [event(2, 5), event(3, 5)];
    expect(unseenBy(page, true)([event(1, 4)])).toEqual([]);
    expect(unseenBy(page, false)([event(1, 4)])).toEqual([event(1, 4)]);
    expect(unseenBy(page, true)([event(1, 5)])).toEqual([]);
  });

  it("is shown when it arrived after the page, whatever its time", () => {
    expect(unseenBy([event(1, 5)], true)([event(2, 4)])).toEqual([event(2, 4)]);
  });

  it("makes up with the page all events, each once, wherever reading and sending cut in", () => {
    const times = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 20 });
    const cuts = fc.record({
      followed: fc.nat(20),
      read: fc.nat(20),
      limit: fc.integer({ min: 1, max: 8 }),
      flushes: fc.array(fc.nat(20), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(times, cuts, (timestamps, { followed, read, limit, flushes }) => {
        const stored = timestamps.map((timestamp, index) => event(index + 1, timestamp));
        const followedAt = Math.min(followed, read);
        const found = stored.slice(0, read).toSorted(byPosition);
        const page = found.slice(-limit);
        const more = page.length < found.length;
        const unseen = unseenBy(page, more);
        const ends = [...flushes, stored.length].filter((end) => end > followedAt).toSorted((a, b) => a - b);
        const sent = ends.map((end, index) => stored.slice(ends[index - 1] ?? followedAt, end));
        const shown = [...page, ...sent.flatMap(unseen)];

        const ids = shown.map(({ eventId }) => eventId);
        expect(new Set(ids).size).toBe(ids.length);
        const first = page[0];
        const due = stored.filter(
          (one, index) => index >= read || first === undefined || one.eventId >= first.eventId,
        );
        expect(ids).toEqual(expect.arrayContaining(due.map(({ eventId }) => eventId)));
        if (!more) expect(ids.toSorted()).toEqual(stored.map(({ eventId }) => eventId).toSorted());
      }),
      { numRuns: 2_000 },
    );
  });
});
