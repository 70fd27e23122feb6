import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { demand, run } from "../../../../provision/io/rehearse/process.ts";
import { newFolder } from "./other-process.ts";

const sh = (script: string, options: Parameters<typeof run>[2] = {}) => run("sh", ["-c", script], options);

const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe("a program that is run", () => {
  it("gives its status, and what it has said on either side", async () => {
    const { status, stdout, stderr } = await sh("cat; echo wrong >&2; exit 3", { input: "in" });
    expect({ status, stdout: stdout.toString(), stderr }).toEqual({
      status: 3,
      stdout: "in",
      stderr: "wrong\n",
    });
  });

  it("that is not there has the status that a shell gives, and never throws", async () => {
    const { status, stderr } = await run("no-such-program-anywhere", []);
    expect(status).toBe(127);
    expect(stderr).toContain("no-such-program-anywhere");
  });

  it("that is killed has a status of its own", async () => {
    expect((await sh("kill -KILL $$")).status).toBe(128);
  });

  it("knows nothing of the environment of who runs it, but for what it is given", async () => {
    vi.stubEnv("HOSTWRIGHT_SECRET", "x");
    const { stdout } = await run("env", [], { env: { GIVEN: "yes" } });
    vi.unstubAllEnvs();
    const names = stdout
      .toString()
      .split("\n")
      .map((line) => line.split("=")[0]);
    expect(names.filter((name) => name !== "").toSorted()).toEqual([
      "DEBIAN_FRONTEND",
      "GIVEN",
      "LC_ALL",
      "PATH",
    ]);
  });

  it("does not mind when its input is not read", async () => {
    expect((await sh("exit 0", { input: "x".repeat(1_000_000) })).status).toBe(0);
  });

  it("that takes too long is killed with all that it has started", async () => {
    const pids = join(newFolder(), "pids");
    const began = performance.now();
    const { status } = await sh(
      `sh -c 'sleep 30 & echo $! >>${pids}; wait' & sleep 30 & echo $! >>${pids}; wait`,
      {
        timeoutMs: 300,
      },
    );
    expect(status).toBe(124);
    expect(performance.now() - began).toBeLessThan(5_000);
    const started = readFileSync(pids, "utf8").trim().split("\n").map(Number);
    expect(started).toHaveLength(2);
    await vi.waitFor(() => expect(started.filter(isRunning)).toEqual([]));
  });

  it("that is in time keeps its own status", async () => {
    expect((await sh("exit 4", { timeoutMs: 10_000 })).status).toBe(4);
  });

  it("is killed when it is told to stop, and what stops later does not reach it", async () => {
    const stop = new AbortController();
    const running = sh("sleep 30", { stop: stop.signal });
    await sleep(100);
    stop.abort();
    expect((await running).status).toBe(128);
    const later = new AbortController();
    expect((await sh("exit 0", { stop: later.signal })).status).toBe(0);
    later.abort();
  });

  it("does nothing when it was told to stop before", async () => {
    const file = join(newFolder(), "made");
    const began = performance.now();
    const { status } = await sh(`sleep 2; touch ${file}`, { stop: AbortSignal.abort() });
    expect(status).not.toBe(0);
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(existsSync(file)).toBe(false);
  });

  it("may say letters in halves", async () => {
    const { stderr } = await sh("printf '\\303' >&2; sleep 0.2; printf '\\244' >&2");
    expect(stderr).toBe("ä");
  });

  it("may say much: of what is wrong the end is kept", async () => {
    const { stdout, stderr } = await sh("seq 1 200000; seq 1 200000 >&2");
    expect(stdout.toString().trimEnd().split("\n")).toHaveLength(200_000);
    expect(stderr.length).toBe(16_384);
    expect(stderr).toMatch(/\n200000\n$/);
  });
});

describe("a program that has to succeed", () => {
  it("gives what it has said", async () => {
    expect((await demand("It", "echo", ["yes"])).toString()).toBe("yes\n");
  });

  it("is an error with its last words when it fails", async () => {
    await expect(
      demand("The base could not be made", "sh", ["-c", "seq 1 9 >&2; exit 5"]),
    ).rejects.toMatchObject({
      code: "REHEARSAL_BROKEN",
      message: "The base could not be made: sh has ended with 5: 7 8 9",
    });
  });
});
