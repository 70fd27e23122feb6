import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PageRequest, readPage, type StoredEvent } from "../../agent/local/page-of-events.ts";
import { comparePositions, FIRST, type Position } from "../../agent/local/position.ts";
import type { BatchHeader } from "../../agent/local/store.ts";

interface Wire {
  readonly timestamp: number;
  readonly message: string;
}

interface Stored {
  readonly header: BatchHeader;
  readonly body: Uint8Array;
  readonly events: readonly Wire[];
}

const LAST: Position = { timestamp: Number.MAX_SAFE_INTEGER, batch: 0, index: 0 };

/** A batch as the store keeps it: the body as it came, of which `from` to `to` was accepted. */
const stored = (id: number, events: readonly Wire[], from = 0, to = events.length): Stored => {
  const accepted = events.slice(from, to);
  const plain = Buffer.from(JSON.stringify({ logGroupName: "g", logStreamName: "s", logEvents: events }));
  const packing = id % 2 === 0 ? "gzip" : "plain";
  return {
    events,
    body: packing === "gzip" ? gzipSync(plain) : plain,
    header: {
      id,
      streamId: id % 3,
      firstAt: accepted[0]?.timestamp ?? 0,
      lastAt: accepted.at(-1)?.timestamp ?? 0,
      from,
      to,
      bytes: accepted.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0),
      ingestedAt: id,
      packing,
    },
  };
};

const batchesOf = (batches: readonly Stored[], start: PageRequest["start"]): BatchHeader[] => {
  const headers = batches.map(({ header }) => header);
  return start === "oldest"
    ? headers.sort((a, b) => a.firstAt - b.firstAt || a.id - b.id)
    : headers.sort((a, b) => b.lastAt - a.lastAt || b.id - a.id);
};

type Options = Pick<PageRequest, "start" | "limit" | "maxBytes" | "scanBytes" | "wanted">;

/** Follows the tokens to the end; gives the events of each page. */
const readAll = (batches: readonly Stored[], options: Options): (readonly StoredEvent[])[] => {
  const bodies = new Map(batches.map(({ header, body }) => [header.id, body]));
  const store = { body: ({ id }: BatchHeader) => bodies.get(id) ?? new Uint8Array() };
  const pages: (readonly StoredEvent[])[] = [];
  let boundary: Position | undefined = options.start === "oldest" ? FIRST : LAST;
  while (boundary !== undefined) {
    const page = readPage(store, { ...options, boundary, batches: batchesOf(batches, options.start) });
    pages.push(page.events);
    expect(pages.length, "reading comes to an end").toBeLessThan(500);
    if (page.next !== undefined) expect(page.next).not.toEqual(boundary);
    boundary = page.next;
  }
  return pages;
};

const acceptedEvents = (batches: readonly Stored[], wanted: Options["wanted"]) =>
  batches
    .flatMap(({ header, events }) =>
      events.slice(header.from, header.to).map((event, offset) => ({
        ...event,
        batch: header.id,
        index: header.from + offset,
      })),
    )
    .filter(({ timestamp, message }) => wanted(timestamp, message))
    .sort(comparePositions)
    .map(({ message, batch, index }) => `${batch}/${index}:${message}`);

const shown = ({ batch, index, message }: StoredEvent): string => `${batch}/${index}:${message}`;

const wire = fc.record({
  timestamp: fc.integer({ min: 0, max: 12 }),
  message: fc.constantFrom("a", "b", "é", "x".repeat(30), "y".repeat(90), "z"),
});
const batch = fc.array(wire, { minLength: 1, maxLength: 6 }).chain((events) => {
  const sorted = events.toSorted((a, b) => a.timestamp - b.timestamp);
  return fc
    .tuple(fc.nat(sorted.length - 1), fc.nat(sorted.length - 1))
    .map(([a, b]) => ({ events: sorted, from: Math.min(a, b), to: Math.max(a, b) + 1 }));
});
const anyBatches = fc
  .array(batch, { maxLength: 8 })
  .map((list) => list.map(({ events, from, to }, index) => stored(index + 1, events, from, to)));
const anyOptions = fc.record({
  start: fc.constantFrom("oldest", "newest"),
  limit: fc.integer({ min: 1, max: 7 }),
  maxBytes: fc.constantFrom(1, 40, 100, 10_000),
  scanBytes: fc.constantFrom(1, 60, 200, Number.POSITIVE_INFINITY),
  wanted: fc.constantFrom(
    () => true,
    (timestamp: number) => timestamp % 2 === 0,
    (_: number, message: string) => message !== "a",
    () => false,
  ),
});

describe("pages of batches that overlap", () => {
  it("hold every event exactly once and in order, in both directions", () => {
    fc.assert(
      fc.property(anyBatches, anyOptions, (batches, options) => {
        const pages = readAll(batches, options);
        const events = (
          options.start === "oldest" ? pages : pages.map((page) => page.toReversed()).reverse()
        ).flat();
        expect(events.map(shown)).toEqual(acceptedEvents(batches, options.wanted));
      }),
      { numRuns: 2_000 },
    );
  });

  it("keep their limits, but for a single event that is larger than a page", () => {
    fc.assert(
      fc.property(anyBatches, anyOptions, (batches, options) => {
        for (const page of readAll(batches, options)) {
          const bytes = page.reduce((sum, event) => sum + event.bytes, 0);
          expect(page.length).toBeLessThanOrEqual(options.limit);
          if (page.length > 1) expect(bytes).toBeLessThanOrEqual(options.maxBytes);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("open no batch that lies behind the page", () => {
    const batches = Array.from({ length: 50 }, (_, id) => stored(id + 1, [{ timestamp: id, message: "x" }]));
    let opened = 0;
    const bodies = new Map(batches.map(({ header, body }) => [header.id, body]));
    const store = {
      body: ({ id }: BatchHeader) => {
        opened += 1;
        return bodies.get(id) ?? new Uint8Array();
      },
    };
    const page = readPage(store, {
      batches: batchesOf(batches, "oldest"),
      start: "oldest",
      boundary: FIRST,
      wanted: () => true,
      limit: 3,
      maxBytes: 1_000,
      scanBytes: Number.POSITIVE_INFINITY,
    });
    expect(page.events.map(({ timestamp }) => timestamp)).toEqual([0, 1, 2]);
    expect(opened).toBe(3);
  });

  it("lose nothing when a large event is put off and a small one follows in a batch that began earlier", () => {
    const batches = [
      stored(1, [
        { timestamp: 1, message: "a" },
        { timestamp: 5, message: "b" },
        { timestamp: 6, message: "y".repeat(90) },
      ]),
      stored(2, [
        { timestamp: 2, message: "skipped" },
        { timestamp: 7, message: "c" },
      ]),
    ];
    const pages = readAll(batches, {
      start: "oldest",
      limit: 10,
      maxBytes: 50,
      scanBytes: Number.POSITIVE_INFINITY,
      wanted: (_, message) => message !== "skipped",
    });
    expect(pages.map((page) => page.map(({ timestamp }) => timestamp))).toEqual([[1, 5], [6], [7]]);
  });
});
