import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { browserModule } from "./browser-module.ts";

interface LogEvent {
  readonly eventId: string;
  readonly timestamp: number;
  readonly message: string;
}
interface Mark {
  readonly timestamp: number;
  readonly id: string;
}
interface Page {
  readonly events: readonly LogEvent[];
  readonly more: boolean;
  readonly mark: Mark;
}
interface Watch {
  readonly signal: AbortSignal;
  readonly stop: AbortSignal;
  readonly progress: (reached: number, found: number) => void;
}
interface Query {
  readonly group: string;
  readonly pattern: string;
  readonly from: number;
  readonly to: number;
}
interface Reader {
  readonly older: (query: Query, mark: Mark | undefined, watch: Watch) => Promise<Page>;
  readonly newer: (query: Query, mark: Mark, how: { after: boolean }, watch: Watch) => Promise<Page>;
}
interface Members {
  readonly startTime: number;
  readonly endTime: number;
  readonly limit: number;
  readonly nextToken?: string;
}

const { createReader, markAt } = await browserModule<{
  readonly createReader: (call: unknown) => Reader;
  readonly markAt: (timestamp: number) => Mark;
}>("look-back.js");

const never = new AbortController().signal;
const WATCH: Watch = { signal: never, stop: never, progress: () => undefined };
const EVERYTHING: Query = { group: "g", pattern: "", from: 0, to: Number.MAX_SAFE_INTEGER };

/** Answers like the API, in pages of at most `most` events; every third page is empty but has a token. */
const serviceOf = (events: readonly LogEvent[], most: number) => {
  let calls = 0;
  const filter = ({ startTime, endTime, limit, nextToken = "0" }: Members) => {
    const matching = events.filter(({ timestamp }) => timestamp >= startTime && timestamp <= endTime);
    const from = Number(nextToken);
    const to = from + (calls % 3 === 2 ? 0 : Math.min(limit, most));
    return {
      events: matching.slice(from, to),
      ...(to < matching.length && { nextToken: String(to) }),
    };
  };
  return async (name: string, members: Members) => {
    calls += 1;
    if (name === "DescribeLogStreams")
      return { logStreams: events.length === 0 ? [] : [{ lastEventTimestamp: events.at(-1)?.timestamp }] };
    return filter(members);
  };
};

const eventsAt = (times: readonly number[]): LogEvent[] =>
  times
    .toSorted((a, b) => a - b)
    .map((timestamp, index) => ({
      timestamp,
      eventId: String(index).padStart(8, "0"),
      message: `event ${index}`,
    }));

/** Bursts within one moment, and gaps from a millisecond to months. */
const histories = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.nat(5), fc.nat(1e4), fc.nat(1e10)),
      burst: fc.integer({ min: 1, max: 400 }),
    }),
    {
      maxLength: 8,
    },
  )
  .map((bursts) => {
    let now = 1_700_000_000_000;
    return eventsAt(
      bursts.flatMap(({ gap, burst }) => {
        now += gap;
        return new Array<number>(burst).fill(now);
      }),
    );
  });

const readBack = async (reader: Reader, query: Query): Promise<readonly LogEvent[]> => {
  let all: readonly LogEvent[] = [];
  let mark: Mark | undefined;
  for (;;) {
    const page = await reader.older(query, mark, WATCH);
    all = [...page.events, ...all];
    if (!page.more) return all;
    mark = page.mark;
  }
};

const readOn = async (reader: Reader, query: Query): Promise<readonly LogEvent[]> => {
  const all: LogEvent[] = [];
  let page = await reader.newer(query, markAt(0), { after: false }, WATCH);
  for (;;) {
    all.push(...page.events);
    if (!page.more) return all;
    page = await reader.newer(query, page.mark, { after: true }, WATCH);
  }
};

describe("reading by pages", () => {
  it("sees every event once, backwards and forwards", async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.integer({ min: 1, max: 700 }), async (events, most) => {
        const reader = createReader(serviceOf(events, most));
        expect(await readBack(reader, EVERYTHING)).toEqual(events);
        expect(await readOn(reader, EVERYTHING)).toEqual(events);
      }),
      { numRuns: 60 },
    );
  });

  it("stays within the range that was asked for", async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.nat(), fc.nat(), async (events, a, b) => {
        const times = events.map(({ timestamp }) => timestamp);
        const at = (index: number) => times[index % Math.max(1, times.length)] ?? 0;
        const [from, to] = [Math.min(at(a), at(b)), Math.max(at(a), at(b))];
        const reader = createReader(serviceOf(events, 100));
        const expected = events.filter(({ timestamp }) => timestamp >= from && timestamp <= to);
        expect(await readBack(reader, { ...EVERYTHING, from, to })).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it("gives pages of five hundred, fewer when they are large, and at least one event", async () => {
    const many = createReader(serviceOf(eventsAt(new Array(1_200).fill(5)), 10_000));
    expect((await many.older(EVERYTHING, undefined, WATCH)).events).toHaveLength(500);
    const large = eventsAt([1, 2, 3]).map((event) => ({ ...event, message: "x".repeat(3_000_000) }));
    const page = await createReader(serviceOf(large, 10_000)).older(EVERYTHING, undefined, WATCH);
    expect(page).toMatchObject({ events: [{ timestamp: 3 }], more: true });
  });

  it("ends early with what it has when it is told to stop, and goes on from there", async () => {
    const events = eventsAt([1_000_000_000, 9_899_000_000, 9_900_000_000]);
    const reader = createReader(serviceOf(events, 10));
    const stop = new AbortController();
    const progress = (_: number, found: number) => {
      if (found === 2) stop.abort();
    };
    const page = await reader.older(EVERYTHING, undefined, { signal: never, stop: stop.signal, progress });
    expect(page.more).toBe(true);
    expect(page.events).toEqual(events.slice(1));
    expect((await reader.older(EVERYTHING, page.mark, WATCH)).events).toEqual(events.slice(0, 1));
  });
});
