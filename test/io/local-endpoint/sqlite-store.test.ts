import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { BATCH_SPAN_MS } from "../../../agent/base/cloudwatch-limits.ts";
import { openDatabase } from "../../../agent/io/local-endpoint/open-database.ts";
import { createSqliteStore } from "../../../agent/io/local-endpoint/sqlite-store.ts";
import type { BatchHeader, Group, Store, Stream } from "../../../agent/local/store.ts";

const withStore = () => {
  const db = openDatabase(undefined);
  onTestFinished(() => db.close());
  const store = createSqliteStore(db);
  const addGroup = (name: string): Group => {
    store.addGroup({
      name,
      createdAt: 1,
      groupClass: "STANDARD",
      kmsKeyId: undefined,
      deletionProtected: false,
      tags: {},
    });
    return store.findGroup(name) as Group;
  };
  const addStream = (group: Group, name: string): Stream => {
    store.addStream(group, name, 1);
    return store.findStream(group, name) as Stream;
  };
  return { store, addGroup, addStream };
};

const append = (store: Store, stream: Stream, firstAt: number, lastAt: number, bytes = 1) =>
  store.append({
    stream,
    firstAt,
    lastAt,
    from: 0,
    to: 1,
    bytes,
    ingestedAt: 1,
    packing: "plain",
    body: Buffer.from(`${firstAt}-${lastAt}`),
  });

describe("the batches of a range of time", () => {
  const HOUR = 3_600_000;
  const span = fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: BATCH_SPAN_MS / HOUR }), fc.nat(2))
    .map(([start, hours, stream]) => ({ firstAt: start * HOUR, lastAt: (start + hours) * HOUR, stream }));
  const range = fc.tuple(fc.integer({ min: -1, max: 90 }), fc.integer({ min: -1, max: 90 }));

  it("are all that overlap it and no others, in the order asked for", () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 15 }),
        range,
        fc.subarray([0, 1, 2]),
        (spans, [a, b], chosen) => {
          const { store, addGroup, addStream } = withStore();
          const group = addGroup("g");
          const other = addStream(addGroup("other"), "s0");
          const streams = [0, 1, 2].map((n) => addStream(group, `s${n}`));
          for (const { firstAt, lastAt, stream } of spans) {
            append(store, streams[stream] as Stream, firstAt, lastAt);
            append(store, other, firstAt, lastAt);
          }
          const [from, to] = [a * HOUR, b * HOUR];
          const overlapping = spans
            .map((one, index) => ({ ...one, id: index * 2 + 1 }))
            .filter(({ firstAt, lastAt }) => firstAt <= to && lastAt >= from);
          const ids = (headers: Iterable<BatchHeader>) => Array.from(headers, ({ id }) => id);
          const oldest = overlapping.toSorted((x, y) => x.firstAt - y.firstAt || x.id - y.id);
          const newest = overlapping.toSorted((x, y) => y.lastAt - x.lastAt || y.id - x.id);
          const whole = { groupId: group.id };
          expect(ids(store.batches({ within: whole, from, to, start: "oldest" }))).toEqual(
            oldest.map(({ id }) => id),
          );
          expect(ids(store.batches({ within: whole, from, to, start: "newest" }))).toEqual(
            newest.map(({ id }) => id),
          );
          const some = { streamIds: chosen.map((n) => streams[n]?.id ?? 0) };
          expect(ids(store.batches({ within: some, from, to, start: "oldest" }))).toEqual(
            oldest.filter(({ stream }) => chosen.includes(stream)).map(({ id }) => id),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it("can be read while one looks at their bodies, and left half-way", () => {
    const { store, addGroup, addStream } = withStore();
    const stream = addStream(addGroup("g"), "s");
    for (let n = 0; n < 5; n++) append(store, stream, n, n);
    const query = { within: { streamIds: [stream.id] }, from: 0, to: 9, start: "oldest" } as const;
    for (const batch of store.batches(query)) {
      expect(Buffer.from(store.body(batch)).toString()).toBe(`${batch.firstAt}-${batch.lastAt}`);
      if (batch.firstAt === 2) break;
    }
    append(store, stream, 9, 9);
    expect([...store.batches(query)]).toHaveLength(6);
  });
});

describe("what is kept of a stream and a group", () => {
  it("follows the events, in whatever order they come", () => {
    const { store, addGroup, addStream } = withStore();
    const group = addGroup("g");
    const stream = addStream(group, "s");
    append(store, stream, 50, 60, 100);
    append(store, stream, 10, 20, 10);
    append(store, stream, 0, 0, 1);
    expect(store.findStream(group, "s")).toMatchObject({
      firstEventAt: 0,
      lastEventAt: 60,
      lastIngestionAt: 1,
    });
    expect(store.findGroup("g")?.storedBytes).toBe(111);
  });

  it("is one of each name", () => {
    const { store, addGroup, addStream } = withStore();
    const group = addGroup("g");
    const stream = addStream(group, "s");
    expect(addGroup("g")).toEqual(group);
    expect(addStream(group, "s")).toEqual(stream);
    expect(store.addStream(group, "s", 2)).toBe(false);
    expect(store.addStream(addGroup("h"), "s", 2)).toBe(true);
  });

  it("is gone with the group, and nothing of it comes back in a new one", () => {
    const { store, addGroup, addStream } = withStore();
    const group = addGroup("g");
    append(store, addStream(group, "s"), 1, 2, 30);
    store.removeGroup(group);
    const again = addGroup("g");
    expect(again).toMatchObject({ storedBytes: 0 });
    expect(again.id).not.toBe(group.id);
    addStream(again, "s");
    expect([...store.batches({ within: { groupId: again.id }, from: 0, to: 9, start: "oldest" })]).toEqual(
      [],
    );
    expect([...store.batches({ within: { groupId: group.id }, from: 0, to: 9, start: "oldest" })]).toEqual(
      [],
    );
  });

  it("takes a batch whole or not at all", () => {
    const { store, addGroup, addStream } = withStore();
    const group = addGroup("g");
    const stream = addStream(group, "s");
    store.removeStream(stream);
    expect(() => append(store, stream, 1, 1, 99)).toThrow();
    expect(store.findGroup("g")?.storedBytes).toBe(0);
    const next = addStream(group, "s");
    append(store, next, 1, 1, 5);
    expect(store.findGroup("g")?.storedBytes).toBe(5);
  });
});
