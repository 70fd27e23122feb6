import { describe, expect, it } from "vitest";
import { aborted, finish } from "../../agent/commands/finish.ts";
import type { Shipping } from "../../agent/commands/ship.ts";
import type { Status } from "../../agent/logs/status.ts";
import { agentStatus, fileStatus } from "./fixtures.ts";
import { type FakeTerminal, fakeTerminal } from "./terminal.ts";

const BEHIND = fileStatus({ path: "/var/log/late.log", lag_bytes: 7, last_error: "connect ECONNREFUSED" });

/** A shipper that has drained after so long, or never does. */
const shipping = (drainedAfter: number, status: Status) => {
  const calls: string[] = [];
  const shipper = {
    drain: (partials: boolean) => {
      calls.push(`drain ${partials}`);
      return new Promise<void>((resolve) => {
        if (Number.isFinite(drainedAfter)) setTimeout(resolve, drainedAfter);
      });
    },
    stop: () => calls.push("stop"),
  };
  return { calls, shipping: { shipper, status: () => status } as unknown as Shipping };
};

const NEVER = Number.POSITIVE_INFINITY;

const run = async (
  drainedAfter: number,
  status: Status,
  options: Partial<Parameters<typeof finish>[1]> = {},
  terminal: FakeTerminal = fakeTerminal(),
) => {
  const made = shipping(drainedAfter, status);
  const exit = await finish(
    made.shipping,
    { once: false, deadlineMs: 5_000, json: false, ...options },
    terminal,
  );
  return { exit, calls: made.calls, ...terminal.written() };
};

describe("the end of a run", () => {
  it("is 0 when all is shipped, with the sums", async () => {
    const { exit, calls, out, err } = await run(5, agentStatus());
    expect({ exit, calls, err }).toEqual({ exit: 0, calls: ["drain false", "stop"], err: "" });
    expect(out).toContain("The sums add up.\n");
  });

  it("is one object on one line with --json", async () => {
    const { out } = await run(0, agentStatus(), { json: true });
    expect(out).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(out)).toEqual({
      records: agentStatus().records,
      bytes: agentStatus().bytes,
      files: [
        {
          path: "/var/log/app.log",
          log_group_name: "/app",
          log_stream_name: "i-0abc",
          offset: 2_048,
          size: 2_048,
        },
      ],
    });
  });

  it("sends last lines without an end only when it is the end of --once", async () => {
    expect((await run(0, agentStatus(), { once: true })).calls).toEqual(["drain true", "stop"]);
  });

  it("is 75 when the deadline passes, with what is left and why", async () => {
    const { exit, err } = await run(NEVER, agentStatus({ files: [fileStatus(), BEHIND] }), {
      deadlineMs: 20,
    });
    expect(exit).toBe(75);
    expect(err).toBe(
      "not shipped: /var/log/late.log: 7 bytes (connect ECONNREFUSED)\nRun the same command again to go on from here.\n",
    );
  });

  it("of --once is 75 when something is left behind, though all that could be was shipped", async () => {
    const status = agentStatus({ files: [BEHIND] });
    expect((await run(0, status, { once: true })).exit).toBe(75);
    expect((await run(0, status, { once: false })).exit).toBe(0);
  });

  it("does not wait for what nobody can ship any more", async () => {
    const files = [fileStatus({ state: "deleted", lag_bytes: 9 })];
    expect((await run(0, agentStatus({ files }), { once: true })).exit).toBe(0);
  });

  it("comes with the second signal, or with the first one for --once", async () => {
    const second = fakeTerminal();
    second.interrupt();
    setTimeout(() => second.losePatience(), 20);
    expect((await run(NEVER, agentStatus(), {}, second)).exit).toBe(75);
    const first = fakeTerminal();
    setTimeout(() => first.interrupt(), 20);
    expect((await run(NEVER, agentStatus(), { once: true }, first)).exit).toBe(75);
  });
});

describe("waiting for a signal", () => {
  it("ends when it fires, and at once when it has", async () => {
    const controller = new AbortController();
    let ended = false;
    const waiting = aborted(controller.signal).then(() => {
      ended = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    controller.abort();
    await waiting;
    await aborted(controller.signal);
  });
});
