import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { defaultStateDirectory } from "../../agent/io/state-directory.ts";

const as = (uid: number): void => {
  const spy = vi.spyOn(process as Required<typeof process>, "getuid").mockReturnValue(uid);
  onTestFinished(() => spy.mockRestore());
};

describe("the state directory when nobody names one", () => {
  it("is the system's for root, whatever the environment says", () => {
    as(0);
    expect(defaultStateDirectory({ XDG_STATE_HOME: "/home/me/state" })).toBe("/var/lib/host-agent");
  });

  it("is the user's for anybody else", () => {
    as(1_000);
    expect(defaultStateDirectory({ XDG_STATE_HOME: "/home/me/state" })).toBe("/home/me/state/host-agent");
    expect(defaultStateDirectory({})).toBe(join(homedir(), ".local/state/host-agent"));
  });

  it.each(["", "state", "./state"])(
    "does not depend on where the program is started: XDG_STATE_HOME=%j",
    (stated) => {
      as(1_000);
      expect(defaultStateDirectory({ XDG_STATE_HOME: stated })).toBe(
        join(homedir(), ".local/state/host-agent"),
      );
    },
  );
});
