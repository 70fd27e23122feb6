import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { showProgress } from "../../agent/commands/progress.ts";
import type { Status } from "../../agent/logs/status.ts";
import { agentStatus, fileStatus } from "./fixtures.ts";
import { type FakeTerminal, fakeTerminal } from "./terminal.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_795_000_000_000 });
  onTestFinished(() => void vi.useRealTimers());
});

const accepted = (records: number, bytes: number) => ({
  records: { read: records, accepted: records, rejected: 0, dropped: 0, in_flight: 0 },
  bytes: { read: bytes, accepted: bytes, rejected: 0, dropped: 0, in_flight: 0 },
});

/** Shows the status that `now` gives; stops when the test ends. */
const show = (now: () => Status, more: Partial<FakeTerminal> = {}) => {
  const terminal = fakeTerminal(more);
  const hide = showProgress(now, terminal);
  onTestFinished(hide);
  return { hide, err: () => terminal.written().err, out: () => terminal.written().out };
};

/** So many lines up, and clear from there. */
const up = (lines: number): string => `\u001b[${lines}A\u001b[J`;

describe("progress where there is no terminal", () => {
  it("is a line every two seconds, with the rate since the one before", () => {
    let bytes = 0;
    const { err, out } = show(() => {
      bytes += 4_096;
      return agentStatus({ files: [fileStatus(accepted(bytes / 8, bytes))], ...accepted(bytes / 8, bytes) });
    });
    vi.advanceTimersByTime(1_999);
    expect(err()).toBe("");
    vi.advanceTimersByTime(4_001);
    expect(err().split("\n")).toEqual([
      "2.0 s: 1 files, 512 events (4.00 KiB) accepted, 0 in flight, 0 B/s",
      "4.0 s: 1 files, 1,024 events (8.00 KiB) accepted, 0 in flight, 2.00 KiB/s",
      "6.0 s: 1 files, 1,536 events (12.0 KiB) accepted, 0 in flight, 2.00 KiB/s",
      "",
    ]);
    // Standard output is for the result.
    expect(out()).toBe("");
  });

  it("ends when it is hidden", () => {
    const { hide, err } = show(() => agentStatus());
    vi.advanceTimersByTime(2_000);
    hide();
    vi.advanceTimersByTime(10_000);
    expect(err().split("\n")).toHaveLength(2);
  });
});

describe("progress on a terminal", () => {
  it("is a table that is drawn over itself twice a second", () => {
    const { err } = show(() => agentStatus(), { interactive: true });
    vi.advanceTimersByTime(1);
    const first = err();
    expect(first).toMatch(
      /^file +shipped +of +events +behind +rate\n\/var\/log\/app\.log +2\.00 KiB +2\.00 KiB +12 +- +0 B\/s\n\n.*accepted.*\n$/,
    );
    vi.advanceTimersByTime(500);
    // Up by as many lines as there were, and clear from there.
    expect(
      err()
        .slice(first.length)
        .startsWith(`${up(4)}file `),
    ).toBe(true);
  });

  it("goes up as far as the table before was long, not the next one", () => {
    let files = [fileStatus(), fileStatus({ path: "/b" })];
    const { err } = show(() => agentStatus({ files }), { interactive: true });
    vi.advanceTimersByTime(1);
    files = [fileStatus()];
    vi.advanceTimersByTime(1_000);
    expect(err().split(up(5))).toHaveLength(2);
    expect(err().split(up(4))).toHaveLength(2);
  });

  it("shows what is furthest behind first, and counts the rest", () => {
    const files = Array.from({ length: 30 }, (_, at) =>
      fileStatus({ path: `/log/${at}`, lag_bytes: at, lag_seconds: 1 }),
    );
    const { err } = show(() => agentStatus({ files }), { interactive: true });
    vi.advanceTimersByTime(1);
    const lines = err().split("\n");
    expect(lines[1]).toMatch(/^\/log\/29 .* 29 B, 1\.0 s /);
    expect(lines[18]).toMatch(/^\/log\/12 /);
    expect(lines[19]).toBe("and 12 more files");
  });

  it("fits into the window", () => {
    const files = [fileStatus({ path: `/var/log/${"deep/".repeat(40)}app.log` })];
    const { err } = show(() => agentStatus({ files }), { interactive: true, columns: 80 });
    vi.advanceTimersByTime(1);
    expect(
      Math.max(
        ...err()
          .split("\n")
          .slice(0, 2)
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(80);
  });
});

describe("a name that holds what moves the cursor", () => {
  it("does not move it", () => {
    const files = [fileStatus({ path: "/a\n\u001b[2Jb" })];
    const { err } = show(() => agentStatus({ files }), { interactive: true });
    vi.advanceTimersByTime(1);
    expect(err()).toContain("/a\\u000a\\u001b[2Jb");
    expect(err().split("\n")).toHaveLength(5);
  });
});

describe("the rate of a file", () => {
  it("is what came since the last look, and nothing for one that is new or gone", () => {
    let step = 0;
    const { err } = show(() => {
      step++;
      const a = fileStatus({ path: "/a", ...accepted(1, step * 1_000) });
      const b = fileStatus({ path: "/b", ...accepted(1, 500) });
      return agentStatus({ files: step < 3 ? [a] : [a, b] });
    });
    vi.advanceTimersByTime(8_000);
    const rates = [...err().matchAll(/, ([^,]*)\/s$/gm)].map(([, rate]) => rate);
    expect(rates).toEqual(["0 B", "500 B", "750 B", "500 B"]);
  });
});
