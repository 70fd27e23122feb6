import { describe, expect, it } from "vitest";
import { Account } from "../../agent/logs/accounting.ts";
import type { Clock, Ends, OpenFile, Sink, Target } from "../../agent/logs/ports.ts";
import { hash, printAt } from "../../agent/logs/print.ts";
import { advance, hasLanded, isThere, piecesOf } from "../../agent/logs/recover.ts";
import { Tail } from "../../agent/logs/tail.ts";
import { TARGET } from "./target.ts";

const ENDS: Ends = { first: { stamp: 1, hash: hash("first") }, last: { stamp: 2, hash: hash("last") } };

/** A clock whose timers fire as soon as they can, unless they are held; `waiting` counts those that did not fire yet. */
const clockOf = (isHeld = false) => {
  let time = 0;
  const timers = new Set<object>();
  const clock: Clock = {
    now: () => time,
    random: () => 1,
    after: (ms, task) => {
      const timer = {};
      timers.add(timer);
      if (!isHeld)
        setImmediate(() => {
          if (!timers.delete(timer)) return;
          time += ms;
          task();
        });
      return () => void timers.delete(timer);
    },
  };
  return { clock, waiting: () => timers.size };
};

/** A stream of which it is known at which times it is asked, and what it says. */
const streamOf = (answer: (asked: number) => boolean | undefined) => {
  let asked = 0;
  const sink = {
    landed: async () => answer(++asked),
    between: async (_: Target, from: number, to: number) =>
      answer(++asked) === undefined
        ? undefined
        : [
            { stamp: from, hash: hash("a") },
            { stamp: to, hash: hash("a") },
          ],
  } as unknown as Sink;
  return { sink, asked: () => asked };
};

describe("a request of an earlier run", () => {
  it("is there when its first event is, or its last: the first one may have been refused for its age", async () => {
    const there = async (...known: readonly string[]) =>
      isThere(TARGET, ENDS, { landed: async (_, event) => known.includes(event.hash) } as Sink);
    expect(await there(hash("first"))).toBe(true);
    expect(await there(hash("last"))).toBe(true);
    expect(await there()).toBe(false);
  });

  it("is looked for until it could not come any more", async () => {
    const { sink, asked } = streamOf(() => false);
    const { clock } = clockOf();
    expect(await hasLanded(TARGET, ENDS, { sink, clock, abort: new AbortController().signal })).toBe(false);
    expect(clock.now()).toBeGreaterThanOrEqual(3_000);
    expect(asked()).toBeGreaterThan(2);
  });

  it("is asked for as long as the service does not say", async () => {
    const { sink, asked } = streamOf((times) => (times < 20 ? undefined : true));
    const { clock } = clockOf();
    expect(await hasLanded(TARGET, ENDS, { sink, clock, abort: new AbortController().signal })).toBe(true);
    expect(asked()).toBe(20);
  });

  it("is read back whole when it was sent in pieces, once it could not grow any more", async () => {
    const { sink, asked } = streamOf((times) => (times < 3 ? undefined : true));
    const { clock } = clockOf();
    const kit = { sink, clock, abort: new AbortController().signal };
    const landed = await piecesOf(TARGET, ENDS, 1, kit, 0);
    expect(clock.now()).toBeGreaterThanOrEqual(3_000);
    expect(asked()).toBe(3);
    const events = ["a", "b", "a", "a"].map((message) => ({ timestamp: 9, message }));
    expect(landed.missing(events)).toEqual([1, 3]);
    expect(landed.isSpent).toBe(true);
  });

  it.each([
    ["whole", hasLanded],
    [
      "in pieces",
      (target: Target, ends: Ends, kit: Parameters<typeof hasLanded>[2]) => piecesOf(target, ends, 1, kit, 0),
    ],
  ])("that was sent %s holds up nobody who stops", async (_, ask) => {
    const { sink } = streamOf(() => undefined);
    const { clock, waiting } = clockOf(true);
    const controller = new AbortController();
    const asking = ask(TARGET, ENDS, { sink, clock, abort: controller.signal });
    await new Promise((done) => setTimeout(done, 5));
    expect(waiting()).toBe(1);
    controller.abort();
    await asking;
    expect(waiting()).toBe(0);
  });
});

const fileOf = (ino: bigint, text: string): OpenFile => {
  const bytes = Buffer.from(text);
  return {
    id: { dev: 1n, ino, bornAt: 0 },
    read: async (into, at, length, position) => bytes.copy(into, at, position, position + length),
    size: () => bytes.length,
    modifiedAt: () => 0,
    close: () => undefined,
  };
};

const tailOf = (file: OpenFile, path: string): Tail => {
  const found = { ...file.id, path, size: file.size(), modifiedAt: 0 };
  const tail = new Tail(0, found, "/var/log/app.log", TARGET, {
    total: new Account(),
    looks: { lastAt: 0 },
  });
  tail.handle = file;
  return tail;
};

describe("a file that a request was made of", () => {
  const before = "one\ntwo\nthree\nfour\n";

  it("has begun anew, and was read further than it was copied: all of the copy was shipped", async () => {
    const original = tailOf(fileOf(1n, "five\n"), "/var/log/app.log");
    const copy = tailOf(fileOf(2n, before.slice(0, 14)), "/var/log/app.log.1");
    copy.resume(await printAt(fileOf(2n, before), 8), 0);
    original.generation = 1;
    original.former = new Map([[0, copy]]);
    const end = { ...tailOf(fileOf(1n, before), "/var/log/app.log").checkpoint(0, ""), generation: 0 };
    const shipped = { ...end, ...(await printAt(fileOf(1n, before), before.length)) };
    const moved = await advance(shipped, [original, copy], async () => true);
    expect(moved).toBe(copy);
    expect(copy.readAt).toBe(14);
    expect(original.readAt).toBe(0);
  });

  it("goes on behind the request in the file itself", async () => {
    const own = tailOf(fileOf(1n, `${before}five\n`), "/var/log/app.log");
    const shipped = { ...own.checkpoint(0, ""), ...(await printAt(fileOf(1n, before), before.length)) };
    expect(await advance(shipped, [own], async () => true)).toBe(own);
    expect(own.readAt).toBe(before.length);
  });
});
