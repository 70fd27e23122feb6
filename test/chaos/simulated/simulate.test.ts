/** Seeds in virtual time: what takes the real chaos run hours takes seconds here. More: `npm run chaos -- --simulated`. */
import { describe, expect, it } from "vitest";
import { MODES, makePlan } from "../plan.ts";
import { reportText } from "../report.ts";
import { NOT_SIMULATED, simulate } from "./simulate.ts";

const SECONDS = 15;
/** Plans that an agent does not survive yet are listed in docs/reliability.md, and not here. */
const SEEDS = Array.from({ length: 100 }, (_, nth) => 2_001 + nth);

describe.each(MODES)("chaos in virtual time, %s", (mode) => {
  it.each(SEEDS)("seed %i", async (seed) => {
    const report = await simulate(makePlan({ seed, seconds: SECONDS, mode, without: NOT_SIMULATED }));
    expect(report.failures, reportText(report)).toEqual([]);
    expect(report.written).toBeGreaterThan(100);
  });
});

describe("a simulation", () => {
  it("is the same each time", async () => {
    const plan = makePlan({ seed: 7, seconds: 5, mode: "default", without: NOT_SIMULATED });
    expect(await simulate(plan)).toEqual(await simulate(plan));
  });
});
