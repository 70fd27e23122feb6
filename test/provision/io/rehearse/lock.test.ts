import { appendFileSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { oneAtATime } from "../../../../provision/io/rehearse/lock.ts";
import { ownerHere } from "../../../../provision/io/rehearse/owner.ts";
import { newFolder, otherProcess } from "./other-process.ts";

const nobodyWaits = (): void => {
  throw new Error("somebody waits");
};

describe("a lock", () => {
  it("lets one process work at a time, and tells the others once that they wait", async () => {
    const path = join(newFolder(), "deep", "lock");
    const other = otherProcess("hold", path);
    expect(await other.said()).toBe("holds");
    const onWait = vi.fn();
    let hasWorked = false;
    const work = oneAtATime(path, onWait, async () => {
      hasWorked = true;
      return "done";
    });
    await sleep(500);
    expect(hasWorked).toBe(false);
    expect(onWait).toHaveBeenCalledTimes(1);
    await other.kill();
    expect(await work).toBe("done");
    expect(existsSync(path)).toBe(false);
  });

  it("is free when the work is done, and when it has failed", async () => {
    const path = join(newFolder(), "lock");
    await expect(
      oneAtATime(path, nobodyWaits, async () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await oneAtATime(path, nobodyWaits, async () => readFileSync(path, "utf8"))).toBe(
      JSON.stringify(ownerHere()),
    );
    expect(existsSync(path)).toBe(false);
  });

  it("of a process that has ended counts for nothing", async () => {
    const path = join(newFolder(), "lock");
    const other = otherProcess("hold", path);
    expect(await other.said()).toBe("holds");
    await other.kill();
    expect(existsSync(path)).toBe(true);
    expect(await oneAtATime(path, nobodyWaits, async () => 1)).toBe(1);
  });

  it("that bears no name is waited for a while, since somebody may be writing it, and then counts for nothing", async () => {
    const path = join(newFolder(), "lock");
    writeFileSync(path, "");
    const onWait = vi.fn();
    const work = oneAtATime(path, onWait, async () => 1);
    await sleep(300);
    expect(onWait).toHaveBeenCalledTimes(1);
    const long = new Date(Date.now() - 60_000);
    utimesSync(path, long, long);
    expect(await work).toBe(1);
  });

  it("is never held by two that have both found one that was left", async () => {
    const path = join(newFolder(), "lock");
    const say = (letter: string): void => appendFileSync(`${path}.log`, letter);
    writeFileSync(path, JSON.stringify({ ...ownerHere(), startedAt: "0" }));
    const other = otherProcess("slow", path);
    expect(await other.said()).toBe("removes");
    await oneAtATime(
      path,
      () => undefined,
      async () => {
        say("(");
        await sleep(800);
        say(")");
      },
    );
    expect(await other.ended).toBe(0);
    expect(readFileSync(`${path}.log`, "utf8")).toBe("()()");
    expect(readdirSync(dirname(path))).toEqual(["lock.log"]);
  });

  it("is free, too, when who has found one that was left has ended before it could remove it", async () => {
    const path = join(newFolder(), "lock");
    writeFileSync(path, JSON.stringify({ ...ownerHere(), startedAt: "0" }));
    const other = otherProcess("slow", path);
    expect(await other.said()).toBe("removes");
    await other.kill();
    expect(
      await oneAtATime(
        path,
        () => undefined,
        async () => 1,
      ),
    ).toBe(1);
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});
