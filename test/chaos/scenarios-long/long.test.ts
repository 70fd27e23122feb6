/** A short piece of each long scenario: seconds instead of an hour, hundreds of files instead of thousands. */
import { beforeAll, describe, expect, it } from "vitest";
import { builtBundle, inProcess } from "../chaos.ts";
import { type Report, reportText } from "../report.ts";
import { makeKillPlan } from "./kills.ts";
import { AN_HOUR, outageHour } from "./outage-hour.ts";
import { scale, TEN_THOUSAND } from "./scale.ts";

const PATIENCE_MS = 45_000;

let bundle = "";

const expectOk = (report: Report): void => {
  expect(report.failures, reportText(report)).toEqual([]);
  expect(report.delivered).toBe(report.written);
};

describe("an outage, in virtual time", { timeout: 90_000 }, () => {
  const short = { ...AN_HOUR, logs: 48, downMs: 60_000, rotateMs: 20_000, leastRatio: 0 };

  it("costs no line", async () => {
    const report = await outageHour(short);
    expectOk(report);
    expect(report.written).toBeGreaterThan(150_000);
    // Each log had a full request in memory. That there are more of them than fit is left to the hour.
    expect(report.peak_buffer_bytes).toBeGreaterThan(30 * 1_048_576);
  });

  it("fails a run that does not catch up as fast as it must", async () => {
    const { failures } = await outageHour({ ...short, logs: 4, downMs: 5_000, leastRatio: 1_000 });
    expect(failures).toEqual([expect.stringContaining("does not hold: catching up")]);
  });
});

describe.concurrent("the built program", { timeout: 90_000 }, () => {
  beforeAll(async () => {
    bundle = await builtBundle();
  });

  it.each(["default", "verify"] as const)("is killed again and again, %s", async (mode) => {
    const plan = makeKillPlan({ seed: 5, kills: 3, mode });
    expectOk(await inProcess(plan, { bundle, settings: [], keep: false, patienceMs: PATIENCE_MS }));
  });

  it("follows hundreds of files that are rotated all the time", async () => {
    const options = { bundle, mounts: false, settings: [], keep: false, patienceMs: PATIENCE_MS };
    const size = { files: 300, rotationsPerSecond: 10, linesPerSecond: 1_000, rotatedFiles: 299, seconds: 3 };
    // How long a line takes on a machine that tests share is not what is tested here.
    expectOk(await scale(options, { ...TEN_THOUSAND, ...size, mostSeconds: 60 }));
  });
});

describe("plans of kills", () => {
  it("are the same for the same seed, and hold nothing but kills, bursts and rotations", () => {
    const plan = makeKillPlan({ seed: 1, kills: 100, mode: "default" });
    expect(makeKillPlan({ seed: 1, kills: 100, mode: "default" })).toEqual(plan);
    const kinds = plan.actions.map(({ deed }) => deed.kind);
    expect(kinds.filter((kind) => kind === "kill")).toHaveLength(100);
    expect(new Set(kinds)).toEqual(new Set(["kill", "burst", "rotate"]));
  });
});
