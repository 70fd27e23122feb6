/** Seeds in virtual time: what takes the real chaos run hours takes seconds here. More: `npm run chaos -- --simulated`. */
import { describe, expect, it } from "vitest";
import { MODES, makePlan, type Plan } from "../plan.ts";
import { reportText } from "../report.ts";
import plans from "./plans.json" with { type: "json" };
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

/** Minutes that an agent did not survive once, and what it was that it did wrong. */
const SURVIVED: Readonly<Record<number, string>> = {
  4: "a line that grew during a read was taken for one that nobody writes to any more",
  13: "a file that was packed under its own name was not looked for",
  22: "a file that was copied and truncated twice was read before its first copy",
  37: "files that begin alike were taken for copies of one another",
  42: "a file that was found under a number was not found under the next one",
  46: "what was read further than it was copied counted as taken before it was",
  52: "what a directory was renamed with was shipped again",
  59: "a copy was not known of what was read at once and then truncated",
  118: "an older file that was finished let a copy be forgotten that was not",
  123: "what was moved aside was asked for copies of itself, which told of only some of the files after it",
  132: "what waited for a file that nobody would read any more was looked at again and again, without end",
  165: "a head that was seen further than lines were read was compared with a part of it",
  198: "a file that was truncated after its size had been seen, and before it was read, was not noticed",
  200: "what begins alike and goes on otherwise was taken for a copy",
  224: "a copy that was met a moment before was not known for what had been read of its original",
  227: "a request that was sent in pieces when the agent was killed counted as taken whole",
  233: "a copy of a file of which nothing was read was taken for another file",
  244: "a directory that was moved once more during the start was not looked into",
  255: "a copy of the same time as its original was told by a name that was another file's by then",
  261: "a file that was copied and truncated during the start went behind a later copy",
  267: "a copy that ended where the head of its original had been seen further was not known",
  328: "a line was cut in two when the agent was stopped while its file was being moved",
  383: "what waited as a copy of a file of which nothing was read waited on when that was truncated",
  420: "a file that was truncated while the agent stood still went behind the next one",
  425: "a file that was packed in the millisecond in which the next one was written went behind that",
  449: "a file that began anew with the very bytes it had before was not noticed",
  500: "a second copy went before the first one while nothing could be sent",
  541: "what was in a directory that was moved during the start was given up",
  656: "a file that shrank, though not to less than was read, was not noticed to have begun anew",
  771: "a deleted file that had been copied and truncated went behind a later copy",
  387: "a file that began anew twice forgot that its first copy was not finished",
};

describe.each(MODES)("a minute that was not survived once, %s", (mode) => {
  it.each(Object.entries(SURVIVED))("seed %i: %s", async (seed) => {
    const report = await simulate(
      makePlan({ seed: Number(seed), seconds: 60, mode, without: NOT_SIMULATED }),
    );
    expect(report.failures, reportText(report)).toEqual([]);
  });
});

/** What real minutes have shown, cut down to what it takes, and what it was that the agent did wrong. */
const PLANS = plans as unknown as Readonly<Record<string, Plan>>;

describe.each(MODES)("a plan that was not survived once, %s", (mode) => {
  it.each(Object.entries(PLANS))("%s", async (_, plan) => {
    const report = await simulate({ ...plan, mode });
    expect(report.failures, reportText(report)).toEqual([]);
  });
});

describe("a simulation", () => {
  it("is the same each time", async () => {
    const plan = makePlan({ seed: 7, seconds: 5, mode: "default", without: NOT_SIMULATED });
    expect(await simulate(plan)).toEqual(await simulate(plan));
  });
});
