import { describe, expect, it } from "vitest";
import { completeBoot, type Waiters, type Waiting } from "../../agent/boot/completion.ts";

const HOOK = { name: "launching", group: undefined };
const STACK = { name: "web", resource: "Group" };

/** Services in virtual time. `waitsFrom`: when the hook begins to wait, in milliseconds. */
const services = ({ group = "web", waitsFrom = 0, stackFails = false } = {}) => {
  let now = 0;
  const [calls, lines]: [string[], string[]] = [[], []];
  const stop = new AbortController();
  const waiters: Waiters = {
    groupOf: async () => (group === "" ? undefined : group),
    complete: async ({ group: of, hook, instance, succeeded }) => {
      if (now < waitsFrom) return false;
      calls.push(`${hook} of ${of}: ${instance} ${succeeded}`);
      return true;
    },
    signal: async ({ stack, resource, instance, succeeded }) => {
      if (stackFails) throw new Error("no such stack");
      calls.push(`${stack}/${resource}: ${instance} ${succeeded}`);
    },
  };
  const clock = {
    now: () => now,
    after: (ms: number, task: () => void) => {
      now += ms;
      queueMicrotask(task);
      return () => undefined;
    },
  };
  const kit = { waiters, clock, stop: stop.signal, say: (line: string) => void lines.push(line) };
  const complete = (waiting: Waiting, succeeded = true) => completeBoot("i-1", succeeded, waiting, kit);
  return { calls, lines, complete, stop, at: () => now };
};

describe("whoever waits for an instance", () => {
  it("is told of a success, and of a failure", async () => {
    const all = services();
    await all.complete({ hook: HOOK, stack: STACK });
    await all.complete({ hook: { name: "launching", group: "db" } }, false);
    expect(all.calls.toSorted()).toEqual([
      "launching of db: i-1 false",
      "launching of web: i-1 true",
      "web/Group: i-1 true",
    ]);
    expect(all.lines.at(-1)).toBe("Hook launching of db knows of the boot of i-1: it has failed.");
  });

  it("may begin to wait a moment later", async () => {
    const all = services({ waitsFrom: 30_000 });
    await all.complete({ hook: HOOK });
    expect(all.calls).toEqual(["launching of web: i-1 true"]);
    expect(all.at()).toBe(30_000);
  });

  it("is not waited for for ever", async () => {
    const all = services({ waitsFrom: Number.POSITIVE_INFINITY });
    await expect(all.complete({ hook: HOOK })).rejects.toMatchObject({ code: "SIGNAL_UNTAKEN" });
    expect(all.at()).toBe(60_000);
    const stopped = services({ waitsFrom: Number.POSITIVE_INFINITY });
    stopped.stop.abort();
    await expect(stopped.complete({ hook: HOOK })).rejects.toMatchObject({ code: "SIGNAL_UNTAKEN" });
    expect(stopped.at()).toBe(0);
  });

  it("is nobody where the instance is in no group", async () => {
    const all = services({ group: "" });
    await all.complete({ hook: HOOK });
    expect(all.calls).toEqual([]);
    expect(all.lines).toEqual(["i-1 is in no Auto Scaling group: no hook waits for it."]);
  });

  it("is told although another one cannot be", async () => {
    const all = services({ stackFails: true });
    await expect(all.complete({ hook: HOOK, stack: STACK })).rejects.toThrow("no such stack");
    expect(all.calls).toEqual(["launching of web: i-1 true"]);
  });
});
