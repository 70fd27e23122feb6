import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Taken, Turnstile } from "../../agent/logs/turnstile.ts";

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a turnstile", () => {
  it("lets through at once what fits", async () => {
    const turnstile = new Turnstile(10);
    await turnstile.take(4);
    await turnstile.take(6);
    expect([turnstile.used, turnstile.contended]).toEqual([10, false]);
  });

  it("keeps the next one waiting until there is room", async () => {
    const turnstile = new Turnstile(10);
    const first = await turnstile.take(8);
    let entered = false;
    void turnstile.take(3).then(() => {
      entered = true;
    });
    await settle();
    expect([entered, turnstile.contended]).toEqual([false, true]);
    first.hold(7);
    await settle();
    expect([entered, turnstile.contended, turnstile.used]).toEqual([true, false, 10]);
  });

  it("gives more to who is inside only when it is free and nobody waits", async () => {
    const turnstile = new Turnstile(10);
    const first = await turnstile.take(4);
    expect([first.tryHold(8), turnstile.used]).toEqual([true, 8]);
    expect([first.tryHold(5), turnstile.used]).toEqual([true, 8]);
    expect([first.tryHold(11), turnstile.used]).toEqual([false, 8]);
    void turnstile.take(3);
    await settle();
    expect([first.tryHold(9), turnstile.used]).toEqual([false, 8]);
  });

  it("lets nobody pass who comes later, however little he wants", async () => {
    const turnstile = new Turnstile(10);
    const first = await turnstile.take(8);
    const order: string[] = [];
    void turnstile.take(5).then(() => order.push("large"));
    void turnstile.take(1).then(() => order.push("small"));
    await settle();
    expect(order).toEqual([]);
    first.release();
    await settle();
    expect(order).toEqual(["large", "small"]);
  });

  it("gives all it has to who wants more than that", async () => {
    const turnstile = new Turnstile(10);
    const taken = await turnstile.take(1_000);
    expect(turnstile.used).toBe(10);
    taken.release();
    expect(turnstile.used).toBe(0);
  });

  it("lets a holder grow beyond what is free, and makes the others wait for that", async () => {
    const turnstile = new Turnstile(10);
    const taken = await turnstile.take(5);
    taken.hold(15);
    let entered = false;
    void turnstile.take(1).then(() => {
      entered = true;
    });
    await settle();
    expect([entered, turnstile.used]).toEqual([false, 15]);
    taken.hold(10);
    await settle();
    expect(entered).toBe(false);
    taken.release();
    await settle();
    expect(entered).toBe(true);
  });

  it("counts a second release for nothing", async () => {
    const turnstile = new Turnstile(10);
    const taken = await turnstile.take(5);
    taken.release();
    taken.release();
    expect(turnstile.used).toBe(0);
  });
});

describe("urgent ones", () => {
  it("go before all who wait, in their own order", async () => {
    const turnstile = new Turnstile(1);
    const first = await turnstile.take(1);
    const order: string[] = [];
    const enter = (name: string, urgent: boolean) =>
      turnstile.take(1, urgent).then((taken) => {
        order.push(name);
        taken.release();
      });
    const all = [enter("a", false), enter("b", true), enter("c", false), enter("d", true)];
    first.release();
    await Promise.all(all);
    expect(order).toEqual(["b", "d", "a", "c"]);
  });
});

describe("trying", () => {
  it("takes what is free, and nothing when somebody waits or it is not enough", async () => {
    const turnstile = new Turnstile(10);
    const taken = turnstile.tryTake(6);
    expect(turnstile.used).toBe(6);
    expect(turnstile.tryTake(5)).toBeUndefined();
    void turnstile.take(8);
    expect(turnstile.tryTake(1)).toBeUndefined();
    taken?.release();
    await settle();
    expect(turnstile.used).toBe(8);
    expect(turnstile.tryTake(2)).toBeDefined();
  });
});

/** What can happen at a turnstile. Holders are named by a number that is taken modulo how many there are. */
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      units: fc.integer({ min: 0, max: 14 }),
      urgent: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("release" as const), who: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("shrink" as const), who: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("try" as const), units: fc.integer({ min: 0, max: 14 }) }),
  },
);

const CAPACITY = 12;

describe("whatever happens", () => {
  it("never admits more than there are units, and everybody of a line in the order in which he came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const turnstile = new Turnstile(CAPACITY);
        const inside: { taken: Taken; units: number }[] = [];
        const came: Record<"urgent" | "plain", number[]> = { urgent: [], plain: [] };
        const entered: typeof came = { urgent: [], plain: [] };
        let sequence = 0;
        const check = () => {
          const sum = inside.reduce((total, { units }) => total + units, 0);
          expect(turnstile.used).toBe(sum);
          expect(sum).toBeLessThanOrEqual(CAPACITY);
          for (const line of ["urgent", "plain"] as const)
            expect(entered[line]).toEqual(came[line].slice(0, entered[line].length));
        };
        for (const happened of events) {
          if (happened.kind === "take") {
            const line = happened.urgent ? "urgent" : "plain";
            const own = sequence++;
            came[line].push(own);
            void turnstile.take(happened.units, happened.urgent).then((taken) => {
              entered[line].push(own);
              inside.push({ taken, units: Math.min(happened.units, CAPACITY) });
            });
          } else if (happened.kind === "try") {
            const taken = turnstile.tryTake(happened.units);
            if (taken !== undefined) inside.push({ taken, units: happened.units });
          } else {
            const holder = inside[happened.who % Math.max(1, inside.length)];
            if (holder !== undefined) {
              holder.units = happened.kind === "release" ? 0 : Math.floor(holder.units / 2);
              holder.taken.hold(holder.units);
              if (happened.kind === "release") inside.splice(inside.indexOf(holder), 1);
            }
          }
          await settle();
          check();
        }
        // When all have left, all have entered.
        while (inside.length > 0 || turnstile.contended) {
          inside.pop()?.taken.release();
          await settle();
        }
        expect([turnstile.used, entered]).toEqual([0, came]);
      }),
      { numRuns: 200 },
    );
  });
});
