import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Account } from "../../agent/logs/accounting.ts";
import { ANCHOR_BYTES } from "../../agent/logs/encoder.ts";
import type { OpenFile } from "../../agent/logs/ports.ts";
import { fits, hash } from "../../agent/logs/print.ts";
import { Tail } from "../../agent/logs/tail.ts";
import { TARGET } from "./target.ts";

const ID = { dev: 1n, ino: 1n, bornAt: 1 };
const tailOf = (size = 0, ino = 1n): Tail => {
  const found = { ...ID, ino, path: `/log/app.log.${ino}`, size, modifiedAt: 0 };
  return new Tail(0, found, found.path, TARGET, { total: new Account(), looks: { lastAt: 0 } });
};

const fileOf = (bytes: Uint8Array): OpenFile => ({
  id: ID,
  read: async (into, at, length, position) => Buffer.from(bytes).copy(into, at, position, position + length),
  size: () => bytes.length,
  modifiedAt: () => 0,
  close: () => undefined,
});

/** Reads a young file up to `to`, having seen it up to `seen`. */
const readTo = (tail: Tail, bytes: Uint8Array, to: number, seen: number): void => {
  tail.advance(to, hash(bytes.subarray(Math.max(0, to - ANCHOR_BYTES), to)));
  tail.growHead(bytes.subarray(0, seen));
};

describe("a tail", () => {
  it("knows a copy that ends anywhere behind what was read, however far its head was seen", async () => {
    const bytes = fc.uint8Array({ minLength: 3, maxLength: 900 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(), fc.nat(), fc.nat(), async (content, a, b, c) => {
        const [read = 1, end = 1, seen = 1] = [a, b, c]
          .map((number) => 1 + (number % content.length))
          .toSorted((one, other) => one - other);
        const tail = tailOf();
        readTo(tail, content, read, seen);
        const copy = fileOf(content.subarray(0, end));
        const known = [tail.print, ...tail.marks];
        const fitting = await Promise.all(known.map((print) => fits(copy, print)));
        expect(fitting).toContain(true);
      }),
    );
  });

  it("is in doubt once it shrank, until it goes on from somewhere else", () => {
    const tail = tailOf(100);
    tail.advance(80, "anchor");
    tail.resize(200, 1);
    expect(tail.isDoubtful).toBe(false);
    tail.resize(150, 2);
    expect(tail.isDoubtful).toBe(true);
    tail.trust();
    expect(tail.isDoubtful).toBe(false);
    tail.touch();
    expect(tail.isDoubtful).toBe(true);
    tail.restart();
    expect(tail.isDoubtful).toBe(false);
  });

  it("waits for one that takes turns with it while that was truncated and nobody has read it since", () => {
    const [older, newer] = [tailOf(100, 1n), tailOf(50, 2n)];
    older.advance(100, "anchor");
    newer.waitFor(older, "turns");
    expect(newer.elders).toEqual([]);
    older.resize(10, 1);
    expect(newer.elders).toEqual([older]);
    older.restart();
    older.suspended = true;
    expect(newer.elders).toEqual([older]);
    older.suspended = false;
    older.advance(10, "anchor");
    newer.endRound();
    expect(newer.elders).toEqual([]);
  });

  it("does not look ahead of what it waits for entirely", () => {
    const [older, newer] = [tailOf(100, 1n), tailOf(50, 2n)];
    newer.waitFor(older, "finished");
    expect(newer.elders).toEqual([older]);
    older.resize(500, 1);
    expect(newer.roundEnd(older)).toBeUndefined();
  });
});
