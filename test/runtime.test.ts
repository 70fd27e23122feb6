import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { VERSION } from "../agent/base/version.ts";

const ROOT = join(import.meta.dirname, "..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const npm = (...args: readonly string[]): string =>
  execFileSync("npm", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

describe("the Node that the scripts run on", () => {
  it("is the one from the package, not the machine's", () => {
    expect(process.version).toMatch(/^v24\./);
    expect(process.version).toBe(`v${nodePackage().version}`);
  });

  it("is what a child finds as `node`", () => {
    expect(npm("exec", "--offline", "--", "node", "--version").trim()).toBe(process.version);
  });

  it("is declared: the engine, the package, and the leave to install it", () => {
    expect(manifest.engines.node).toBe(">=24");
    expect(manifest.devDependencies.node).toMatch(/^\^24\./);
    expect(manifest.allowScripts.node).toBe(true);
  });
});

describe("npm run host-agent", () => {
  it("prints what the program prints and nothing else", { timeout: 60_000 }, () => {
    expect(npm("run", "-s", "host-agent", "--", "--version")).toBe(`${VERSION}\n`);
  });
});

const nodePackage = (): { readonly version: string } =>
  JSON.parse(readFileSync(join(ROOT, "node_modules", "node", "package.json"), "utf8"));
