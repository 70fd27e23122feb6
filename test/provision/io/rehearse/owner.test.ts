import process from "node:process";
import { describe, expect, it } from "vitest";
import { isAlive, type Owner, ownerHere } from "../../../../provision/io/rehearse/owner.ts";
import { otherProcess } from "./other-process.ts";

describe("an owner", () => {
  it("is this process while it runs, and no other one with its number", () => {
    const here = ownerHere();
    expect(here).toMatchObject({ pid: process.pid, startedAt: expect.stringMatching(/^\d+$/) });
    expect(isAlive(here)).toBe(true);
    expect(isAlive({ ...here, startedAt: String(Number(here.startedAt) - 1) })).toBe(false);
    expect(isAlive({ ...here, boot: "another boot" })).toBe(false);
    expect(isAlive({ ...here, pid: 1 })).toBe(false);
  });

  it("is gone with its process", async () => {
    const other = otherProcess("owner");
    const owner = JSON.parse((await other.said()) ?? "") as Owner;
    expect(owner.pid).toBe(other.child.pid);
    expect(isAlive(owner)).toBe(true);
    await other.kill();
    expect(isAlive(owner)).toBe(false);
  });
});
