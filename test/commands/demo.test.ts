import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { command } from "../../agent/commands/demo.ts";
import { fakeTerminal, invoke } from "./terminal.ts";

const leftovers = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("host-agent-demo-"));

describe("demo", () => {
  it.each([
    [["--seconds", "0"], '--seconds takes a number above 0, not "0"'],
    [["--seconds", "x"], '--seconds takes a number above 0, not "NaN"'],
    [["--port", "65536"], "--port takes a number from 0 to 65535"],
  ])("refuses %j, and leaves nothing behind", async (argv, says) => {
    const before = leftovers();
    await expect(invoke(command, argv, fakeTerminal())).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining(says),
    });
    expect(leftovers()).toEqual(before);
  });

  it("ends after its seconds, with sums that add up, and leaves nothing behind", async () => {
    const terminal = fakeTerminal();
    expect(await invoke(command, ["--port", "0", "--seconds", "0.6", "--json"], terminal)).toBe(0);
    const { out, err } = terminal.written();
    const { records, files } = JSON.parse(out);
    expect(records.accepted + records.rejected + records.dropped + records.in_flight).toBe(records.read);
    const live = files.find(
      ({ log_group_name }: { log_group_name: string }) => log_group_name === "/demo/live",
    );
    expect(live).toMatchObject({ path: expect.stringMatching(/live\.log$/) });
    expect(existsSync(live.path)).toBe(false);
    expect(err).toMatch(
      /Open http:\/\/127\.0\.0\.1:\d+\/ to see the logs arrive\.\nEnds by itself after 0\.6 s, or at Ctrl-C/,
    );
  });

  it("takes another port when its own is busy, and ends at Ctrl-C", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void busy.close());
    await vi.waitFor(() => expect(busy.listening).toBe(true));
    const { port } = busy.address() as { port: number };
    const terminal = fakeTerminal();
    const ended = invoke(command, ["--port", String(port)], terminal);
    await vi.waitFor(() => expect(terminal.written().err).toContain("to see the logs arrive"), 5_000);
    terminal.interrupt();
    expect(await ended).toBe(0);
    const { out, err } = terminal.written();
    expect(err).toContain("something already listens there. Taking another port.\n");
    expect(err).toContain("Ctrl-C ends the sums.");
    expect(out).toContain("The sums add up.\n");
  });
});
