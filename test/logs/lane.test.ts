import { describe, expect, it } from "vitest";
import { Account } from "../../agent/logs/accounting.ts";
import { BufferPool } from "../../agent/logs/body.ts";
import { createCreator } from "../../agent/logs/creator.ts";
import { Encoder } from "../../agent/logs/encoder.ts";
import { Lane, type LaneKit } from "../../agent/logs/lane.ts";
import type { Clock, Sink } from "../../agent/logs/ports.ts";
import { Tail } from "../../agent/logs/tail.ts";
import { Turns } from "../../agent/logs/turns.ts";
import { Turnstile } from "../../agent/logs/turnstile.ts";
import { TARGET } from "./target.ts";

const clock: Clock = { now: () => 0, random: () => 0.5, after: () => () => undefined };
/** Nothing is ever sent here. */
const sink = {} as Sink;

const file = (path: string, ino: bigint): Tail => {
  const found = { dev: 1n, ino, bornAt: 1, path, size: 100, modifiedAt: 0 };
  return new Tail(0, found, path, TARGET, { total: new Account(), looks: { lastAt: 0 } });
};

/** A lane over files that are opened like this. */
const laneWith = (open: LaneKit["open"]) => {
  const encoder = new Encoder(1);
  const nothing = (): void => undefined;
  const kit: LaneKit = {
    clock,
    sink,
    encoder,
    open,
    creator: createCreator(sink),
    pool: new BufferPool(1e6),
    memory: new Turnstile(1e6),
    parking: new Turnstile(1e6),
    slots: new Turnstile(1),
    freeSlots: [...encoder.slots],
    turns: new Turns(clock),
    flushMs: 1_000,
    abort: new AbortController().signal,
    commit: nothing,
    intend: undefined,
    adopt: async () => 0,
    resolveDoubt: async () => false,
    onChanged: nothing,
    onUnreadable: nothing,
    onSettled: nothing,
    onTrouble: nothing,
    onAmbiguous: nothing,
    onRefused: nothing,
  };
  return { lane: new Lane(TARGET, kit), memory: kit.memory };
};

describe("a lane", () => {
  it("keeps no memory for a file that has to wait for another one, met while it was being opened", async () => {
    const copy = file("/log/app.log.1", 2n);
    copy.suspended = true;
    const { lane, memory } = laneWith(async (tail) => {
      tail.waitFor(copy);
      return true;
    });
    lane.offer(file("/log/app.log", 1n));
    await new Promise(setImmediate);
    expect(memory.used).toBe(0);
    expect(lane.quiet).toBe(true);
  });
});
