import { describe, expect, it } from "vitest";
import type { Clock, Ends, Sink, Target } from "../../agent/logs/ports.ts";
import { hash } from "../../agent/logs/print.ts";
import { hasLanded, isThere, piecesOf } from "../../agent/logs/recover.ts";
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
