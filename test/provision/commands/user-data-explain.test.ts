import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Command } from "../../../provision/commands/command.ts";
import { command as decode } from "../../../provision/commands/user-data-decode.ts";
import { command as explain } from "../../../provision/commands/user-data-explain.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-explain-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = "#!/bin/sh\ntrue\n";

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const run = async <Options>(command: Command<Options>, options: Options, ...operands: readonly string[]) => {
  const out: Buffer[] = [];
  const terminal = {
    out: (text: string | Uint8Array) => out.push(Buffer.from(text)),
    err: () => undefined,
  };
  const status = await command.run(options, operands, terminal);
  return { status, out: Buffer.concat(out).toString() };
};

describe("provision user-data explain", () => {
  it("says what is around the user data, and what becomes of each part", async () => {
    const path = file("packed", gzipSync(SCRIPT).toString("base64"));
    const { status, out } = await run(explain, { json: false }, path);
    expect(status).toBe(0);
    expect(out).toMatch(/of 16,384 bytes, inside of base64, gzip\n/);
    expect(out).toContain("part-001: text/x-shellscript, 15 bytes\n");
    expect(out).toContain("  stage: final; once per instance\n");
  });

  it("prints the same as an object", async () => {
    const { out } = await run(explain, { json: true }, file("plain", SCRIPT));
    expect(JSON.parse(out)).toMatchObject({ layers: [], raw_bytes: 15, parts: [{ name: "part-001" }] });
  });

  it("takes one file", async () => {
    await expect(run(explain, { json: false })).rejects.toThrow("Name one file");
  });
});

describe("provision user-data decode", () => {
  const whole = {
    part: undefined,
    blob: false,
    region: undefined,
    profile: undefined,
    "endpoint-url": undefined,
  };

  it("takes off what is around, from a file or from a blob", async () => {
    const blob = gzipSync(SCRIPT).toString("base64");
    expect(await run(decode, whole, file("packed", blob))).toEqual({ status: 0, out: SCRIPT });
    expect((await run(decode, { ...whole, blob: true }, blob)).out).toBe(SCRIPT);
  });

  it("prints one part, or says which there are", async () => {
    const body = Buffer.from(SCRIPT).toString("base64");
    const message = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/x-shellscript; name="boot"\nContent-Transfer-Encoding: base64\n\n${body}\n--b--\n`;
    const path = file("mime", message);
    expect((await run(decode, { ...whole, part: "boot" }, path)).out).toBe(SCRIPT);
    await expect(run(decode, { ...whole, part: "x" }, path)).rejects.toThrow(
      'There is no part "x"; there are boot.',
    );
  });

  it("says that a gzip is cut off", async () => {
    const path = file("cut", gzipSync("x".repeat(5000)).subarray(0, 20));
    await expect(run(decode, whole, path)).rejects.toThrow("cannot be unpacked");
  });
});
