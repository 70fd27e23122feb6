import { describe, expect, it } from "vitest";
import { type Fault, troubleFor } from "../../../../provision/rehearse/metadata/faults.ts";

const ID = ["latest", "meta-data", "instance-id"];
const IAM = ["2021-03-23", "meta-data", "iam", "info"];

const unauthorized: Fault = { effect: { kind: "unauthorized" } };
const slow = (ms: number): Fault => ({ effect: { kind: "slow", ms } });

/** What becomes of requests that follow each other. */
const series = (faults: readonly Fault[], requests: readonly (readonly string[])[], now = 0) => {
  let left = faults;
  return requests.map((names) => {
    const trouble = troubleFor(left, names, now);
    left = trouble.faults;
    return trouble.instead ?? trouble.delayMs;
  });
};

describe("a fault", () => {
  it("hits everything when it names no path", () => {
    expect(series([unauthorized], [ID, IAM, []])).toEqual(["unauthorized", "unauthorized", "unauthorized"]);
  });

  it("hits a path and all below it, and no name that only begins the same", () => {
    const fault = { ...unauthorized, path: "/latest/meta-data" };
    expect(series([fault], [ID, ["latest", "meta-data-x"], ["latest", "meta-data"], IAM])).toEqual([
      "unauthorized",
      0,
      "unauthorized",
      0,
    ]);
  });

  it("hits a path of any version when the version is left out", () => {
    const fault = { ...unauthorized, path: "meta-data/iam" };
    expect(series([fault], [IAM, ["latest", ...IAM.slice(1)], ID])).toEqual([
      "unauthorized",
      "unauthorized",
      0,
    ]);
  });

  it("hits as often as it was told to, and requests for something else do not count", () => {
    const fault = { ...unauthorized, path: "meta-data/iam", times: 2 };
    expect(series([fault], [IAM, ID, IAM, IAM])).toEqual(["unauthorized", 0, "unauthorized", 0]);
  });

  it("is over at its time, and then forgotten", () => {
    const fault = { ...unauthorized, until: 1_000 };
    expect(troubleFor([fault], ID, 999).instead).toBe("unauthorized");
    expect(troubleFor([fault], ID, 1_000)).toEqual({ delayMs: 0, instead: undefined, faults: [] });
  });

  it("adds its delay to that of others and to what else goes wrong", () => {
    expect(troubleFor([slow(100), unauthorized, slow(20)], ID, 0)).toMatchObject({
      delayMs: 120,
      instead: "unauthorized",
    });
  });

  it("waits for its turn behind the one that came first", () => {
    const faults: readonly Fault[] = [
      { effect: { kind: "absent" }, times: 1 },
      { effect: { kind: "unavailable" }, times: 1 },
    ];
    expect(series(faults, [ID, ID, ID])).toEqual(["absent", "unavailable", 0]);
  });
});
