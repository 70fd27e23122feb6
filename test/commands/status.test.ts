import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { command, statusText } from "../../agent/commands/status.ts";
import { serveControl } from "../../agent/io/control.ts";
import { agentStatus, fileStatus } from "./fixtures.ts";
import { fakeTerminal, invoke } from "./terminal.ts";

const answering = async (status: object): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-status-"));
  const control = await serveControl(folder, () => status);
  onTestFinished(() => {
    control.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
};

describe("status", () => {
  it("prints what the agent says as one line of JSON", async () => {
    const terminal = fakeTerminal();
    const folder = await answering(agentStatus());
    expect(await invoke(command, ["--state-dir", folder, "--json"], terminal)).toBe(0);
    expect(terminal.written()).toEqual({ out: `${JSON.stringify(agentStatus())}\n`, err: "" });
  });

  it("prints a table for people", async () => {
    const terminal = fakeTerminal();
    const folder = await answering(agentStatus());
    expect(await invoke(command, ["--state-dir", folder], terminal)).toBe(0);
    expect(terminal.written()).toEqual({ out: statusText(agentStatus(), 100), err: "" });
  });

  it.each([
    ["there is none", ["--state-dir", "/no/such/directory"], "NOT_RUNNING"],
    ["none is named", ["--state-dir", ""], "USAGE"],
  ])("fails when %s", async (_, argv, code) => {
    await expect(invoke(command, argv, fakeTerminal())).rejects.toMatchObject({ code });
  });
});

describe("the table", () => {
  it("shows each file with where it goes and how far it is", () => {
    expect(statusText(agentStatus(), 100).split("\n")).toEqual([
      "file              log group / stream      size   shipped  behind  events",
      "/var/log/app.log  /app / i-0abc       2.00 KiB  2.00 KiB       -      12",
      "",
      "          read  = accepted  + rejected  + dropped  + in flight",
      "records     12          12           0          0            0",
      "bytes    2,048       2,048           0          0            0",
      "The sums add up.",
      "",
    ]);
  });

  it("shows what waits, since when and why, and where a file stands that was moved", () => {
    const files = [
      fileStatus({ lag_bytes: 1_500, lag_seconds: 75, offset: 548, last_error: "AccessDeniedException: no" }),
      fileStatus({ path: "/var/log/app.log.1", state: "rotated" }),
      fileStatus({ path: "/var/log/old.log", state: "deleted", lag_bytes: 1, lag_seconds: 0.4 }),
    ];
    const text = statusText(agentStatus({ files }), 200);
    expect(text).toMatch(/^\/var\/log\/app\.log +.* 1\.46 KiB, 1 min 15 s +12$/m);
    expect(text).toMatch(/^\/var\/log\/app\.log\.1 \(rotated\) /m);
    expect(text).toMatch(/^\/var\/log\/old\.log \(deleted\) .* 1 B, 400 ms +12$/m);
    expect(text).toContain("\ntrouble: /var/log/app.log: AccessDeniedException: no\n");
  });

  it("shows what is lost, skipped and dropped, and sums that do not add up", () => {
    const text = statusText(
      agentStatus({
        skipped: [{ path: "/var/log/pipe", message: "not a regular file: a FIFO" }],
        dropped: { blank: { records: 3, bytes: 3 } },
        altered: { cuts: 4, repaired: 1_200 },
        balanced: false,
      }),
      100,
    );
    expect(text).toContain("dropped: 3 records (3 B) that are empty lines");
    expect(text).toContain("cut: 4 times a line went on in the next event");
    expect(text).toContain("repaired: 1,200 records held invalid UTF-8");
    expect(text).toContain("skipped: /var/log/pipe: not a regular file: a FIFO\n");
    expect(text).toContain("THE SUMS DO NOT ADD UP. Please report this.\n");
  });

  it("shows what is odd in names and messages, and does not let it act", () => {
    const files = [fileStatus({ path: "/a\n\u001b[2J", last_error: "no\r\u001b[1A", lag_bytes: 1 })];
    const skipped = [{ path: "/b\u0007", message: "x" }];
    const text = statusText(agentStatus({ files, skipped }), 200);
    expect(text).toContain("/a\\u000a\\u001b[2J");
    expect(text).toContain("skipped: /b\\u0007: x\n");
    expect([...text].filter((character) => character < " " && character !== "\n")).toEqual([]);
  });

  it("says so when there is no file at all", () => {
    expect(statusText(agentStatus({ files: [] }), 100)).toMatch(
      /^file +log group \/ stream +size +shipped +behind +events\n\n/,
    );
  });

  it.each([60, 80, 100])("fits into %i columns", (width) => {
    const path = `/var/log/${"deep/".repeat(20)}app.log`;
    const files = [
      fileStatus({ path, log_group_name: `/${"long".repeat(30)}`, lag_bytes: 5, lag_seconds: 90_000 }),
    ];
    const [head = "", row = ""] = statusText(agentStatus({ files }), width).split("\n");
    // The columns that may shrink keep 16 characters: below about 80 nothing can be done.
    expect(Math.max(head.length, row.length)).toBeLessThanOrEqual(Math.max(width, 90));
    expect(row).toContain("app.log");
  });
});
