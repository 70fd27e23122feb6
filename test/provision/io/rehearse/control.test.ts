import { Buffer } from "node:buffer";
import { existsSync, mkdirSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { AppError } from "../../../../agent/base/errors.ts";
import { sendChange, takeChanges } from "../../../../provision/io/rehearse/control.ts";
import type { Run } from "../../../../provision/io/rehearse/runs.ts";
import type { Change } from "../../../../provision/rehearse/metadata/changes.ts";
import { newFolder } from "./other-process.ts";

const newRun = (): Run => ({ id: "01234567", directory: newFolder() });

/** A rehearsal that takes changes until the end of the test. */
const taking = async (run: Run, change: (change: Change) => Promise<void>): Promise<() => void> => {
  const close = takeChanges(run, change);
  onTestFinished(close);
  await vi.waitFor(() => expect(existsSync(join(run.directory, "control.sock"))).toBe(true));
  return close;
};

const reboot: Change = { kind: "rebalance" };

describe("a change from another terminal", () => {
  it("arrives as it was sent, bytes and all that is undefined too", async () => {
    const run = newRun();
    const taken: Change[] = [];
    await taking(run, async (change) => void taken.push(change));
    const data = Buffer.from(Array.from({ length: 16_384 }, (_, nth) => nth % 256));
    const changes: readonly Change[] = [
      reboot,
      { kind: "user-data", data },
      { kind: "fault", effect: { kind: "slow", ms: 5 }, forMs: undefined } as Change,
      { kind: "tags", set: { Name: "ä\u0000" }, remove: [] },
    ];
    for (const change of changes) await sendChange(run, change);
    expect(taken).toEqual(changes);
  });

  it("that is refused comes back as wrong usage, in the words of who refused it", async () => {
    const run = newRun();
    await taking(run, async () => {
      throw new Error('The tag "a/b" cannot be in the metadata.');
    });
    await expect(sendChange(run, reboot)).rejects.toMatchObject({
      code: "USAGE",
      message: 'The tag "a/b" cannot be in the metadata.',
    });
  });

  it("may come from many at once", async () => {
    const run = newRun();
    let count = 0;
    await taking(run, async () => {
      count += 1;
    });
    await Promise.all(Array.from({ length: 20 }, () => sendChange(run, reboot)));
    expect(count).toBe(20);
  });

  it("that is too large is refused, and the next one is taken", async () => {
    const run = newRun();
    const change = vi.fn(async () => undefined);
    await taking(run, change);
    const large: Change = { kind: "user-data", data: Buffer.alloc(4_000_000) };
    await expect(sendChange(run, large)).rejects.toMatchObject({ code: "REHEARSAL_BROKEN" });
    expect(change).not.toHaveBeenCalled();
    await sendChange(run, reboot);
    expect(change).toHaveBeenCalledTimes(1);
  });

  it("that is none is refused, and harms nobody", async () => {
    const run = newRun();
    const change = vi.fn(async () => undefined);
    await taking(run, change);
    for (const bytes of ["", "{}", "\u00ff\u000f garbage"]) {
      const socket = createConnection(join(run.directory, "control.sock"));
      socket.end(Buffer.from(bytes, "latin1"));
      expect(JSON.parse(await text(socket))).toMatchObject({ error: expect.any(String) });
    }
    expect(change).not.toHaveBeenCalled();
  });

  it("finds nobody when the rehearsal is over", async () => {
    const run = newRun();
    await expect(sendChange(run, reboot)).rejects.toMatchObject({ code: "REHEARSAL_BROKEN" });
    const close = await taking(run, async () => undefined);
    await sendChange(run, reboot);
    close();
    await expect(sendChange(run, reboot)).rejects.toThrow(/Rehearsal 01234567 does not answer/);
  });

  it("says so when the rehearsal ends without an answer", async () => {
    const run = newRun();
    const server: Server = createServer((socket) => socket.resume().on("end", () => socket.end()));
    server.listen(join(run.directory, "control.sock"));
    onTestFinished(() => void server.close());
    const sent = sendChange(run, reboot);
    await expect(sent).rejects.toBeInstanceOf(AppError);
    await expect(sent).rejects.toThrow(/Rehearsal 01234567 does not answer/);
  });

  it("cannot be taken in a directory whose name is too long for a socket, and the rehearsal goes on", async () => {
    const directory = join(newFolder(), "d".repeat(120));
    mkdirSync(directory);
    const close = takeChanges({ id: "01234567", directory }, async () => undefined);
    onTestFinished(close);
    await expect(sendChange({ id: "01234567", directory }, reboot)).rejects.toMatchObject({
      code: "REHEARSAL_BROKEN",
    });
  });
});
