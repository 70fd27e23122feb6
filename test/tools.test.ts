import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { findTool, toolAvailable } from "./tools.ts";

describe("a program that a test needs", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it("is found on PATH, or where its path says, when it can be executed", () => {
    const folder = mkdtempSync(join(tmpdir(), "hostwright-tools-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tool = join(folder, "tool");
    writeFileSync(tool, "#!/bin/sh\n");
    vi.stubEnv("PATH", `/nowhere:${folder}`);
    expect(findTool("tool")).toBeUndefined();
    chmodSync(tool, 0o755);
    expect([findTool("tool"), findTool(tool), findTool(folder)]).toEqual([tool, tool, undefined]);
  });

  it("is missed with a word where somebody may not have it", () => {
    vi.stubEnv("CI", "");
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(toolAvailable("no-such-tool", "its-package")).toBe(false);
    expect(written).toHaveBeenCalledWith(
      "SKIPPED: no-such-tool is not installed: apt-get install its-package\n",
    );
  });

  it("must be there in CI", () => {
    vi.stubEnv("CI", "true");
    expect(() => toolAvailable("no-such-tool", "its-package")).toThrow("apt-get install its-package");
  });
});
