import { describe, expect, it } from "vitest";
import { Turns } from "../../agent/logs/turns.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Turns whose time is up when `tick` is called. */
const start = () => {
  const due = new Set<() => void>();
  const turns = new Turns({
    now: () => 0,
    random: () => 0,
    after: (_, task) => {
      due.add(task);
      return () => due.delete(task);
    },
  });
  const tick = () => {
    for (const task of due) task();
    due.clear();
  };
  return { turns, tick };
};

describe("the turns of requests", () => {
  it("lets a few begin at once, and the next one when one of them has ended", async () => {
    const { turns } = start();
    const begun: (() => void)[] = [];
    for (let n = 0; n < 100; n++) void turns.take(false).then((end) => begun.push(end));
    await settle();
    expect(begun).toHaveLength(32);
    begun[0]?.();
    // A request that has ended twice has ended once.
    begun[0]?.();
    await settle();
    expect(begun).toHaveLength(33);
  });

  it("does not wait for those that do not answer", async () => {
    const { turns, tick } = start();
    let begun = 0;
    for (let n = 0; n < 64; n++) void turns.take(false).then(() => begun++);
    await settle();
    tick();
    await settle();
    expect(begun).toBe(64);
  });

  it("lets no stream that is well wait for those in trouble", async () => {
    const { turns } = start();
    for (let n = 0; n < 1_000; n++) void turns.take(true);
    let begun = false;
    void turns.take(false).then(() => {
      begun = true;
    });
    await settle();
    expect(begun).toBe(true);
  });
});
