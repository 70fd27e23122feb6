import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../agent/base/errors.ts";
import { readConfigFile } from "../../agent/io/config-file.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-config-"));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

/** The message of the error that reading ends with, without the path, which differs from run to run. */
const reason = async (path: string): Promise<string> => {
  const error: unknown = await readConfigFile(path, 100).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AppError);
  const { code, exit, message } = error as AppError;
  expect({ code, exit }).toEqual({ code: "CONFIG_UNREADABLE", exit: 2 });
  return message.replace(path, "FILE");
};

describe("readConfigFile", () => {
  it("gives the bytes as they are", async () => {
    const bytes = Buffer.from([0, 0xff, 0xfe, 10, 13]);
    writeFileSync(at("bytes"), bytes);
    expect(Buffer.from(await readConfigFile(at("bytes"), 100)).equals(bytes)).toBe(true);
  });

  it("gives nothing for an empty file", async () => {
    writeFileSync(at("empty"), "");
    expect(await readConfigFile(at("empty"), 100)).toHaveLength(0);
  });

  it.each([
    [99, 99],
    [100, 100],
    [101, 101],
    [5_000, 101],
  ])(
    "of a file of %i bytes gives %i: one more than the limit tells that it is too long",
    async (size, length) => {
      writeFileSync(at("long"), "x".repeat(size));
      expect(await readConfigFile(at("long"), 100)).toHaveLength(length);
    },
  );

  it("follows links", async () => {
    writeFileSync(at("target"), "abc");
    symlinkSync("target", at("link"));
    expect(Buffer.from(await readConfigFile(at("link"), 100)).toString()).toBe("abc");
  });

  it.runIf(process.platform === "linux")("reads a file that does not know its size", async () => {
    expect((await readConfigFile("/proc/self/status", 100)).length).toBeGreaterThan(50);
  });
});

describe("a configuration that cannot be read", () => {
  it("says that it is missing", async () => {
    expect(await reason(at("missing"))).toBe("Cannot read the configuration FILE: there is no such file.");
    expect(await reason(at("no/such/folder"))).toMatch(/there is no such file\.$/);
    symlinkSync("nowhere", at("dangling"));
    expect(await reason(at("dangling"))).toMatch(/there is no such file\.$/);
  });

  it("says that no file is named", async () => {
    expect(await reason("")).toMatch(/no file is named\.$/);
  });

  it("says that it is a directory", async () => {
    mkdirSync(at("directory"));
    expect(await reason(at("directory"))).toMatch(/: it is a directory\.$/);
    expect(await reason(`${at("directory")}/`)).toMatch(/: it is a directory\.$/);
  });

  it("says that a part of its path is no directory", async () => {
    writeFileSync(at("file"), "");
    expect(await reason(at("file/x"))).toMatch(/a part of its path is not a directory\.$/);
  });

  it("says that its links lead in a circle", async () => {
    symlinkSync("circle-b", at("circle-a"));
    symlinkSync("circle-a", at("circle-b"));
    expect(await reason(at("circle-a"))).toMatch(/its symbolic links lead in a circle\.$/);
  });

  it("says that its path is too long", async () => {
    expect(await reason(at("x".repeat(300)))).toMatch(/its path is too long\.$/);
  });

  it("does not wait for somebody who writes into a named pipe", { timeout: 5_000 }, async () => {
    execFileSync("mkfifo", [at("pipe")]);
    expect(await reason(at("pipe"))).toMatch(/it is not a regular file\.$/);
  });

  it("says that it is a socket or a device", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at("socket"), resolve));
    expect(await reason(at("socket"))).toMatch(/it is not a regular file\.$/);
    await new Promise((resolve) => server.close(resolve));
    expect(await reason("/dev/null")).toMatch(/it is not a regular file\.$/);
    expect(await reason("/dev/zero")).toMatch(/it is not a regular file\.$/);
  });

  it.runIf(process.platform === "linux")(
    "says in the words of the system what has no words here",
    async () => {
      expect(await reason("/proc/self/mem")).toMatch(/EIO: i\/o error, read\.$/);
    },
  );

  it("shows what is odd in its name", async () => {
    expect(await reason(at("a\u001b[31m\nb"))).toMatch(/a\\u001b\[31m\\u000ab: there is no such file\.$/);
  });

  it("keeps the cause", async () => {
    const error: unknown = await readConfigFile(at("missing"), 100).catch((error: unknown) => error);
    expect((error as AppError).cause).toMatchObject({ code: "ENOENT" });
  });
});

/** Root may read everything, so this takes a process that gives its rights away. */
const asNobody = (path: string): string => {
  const program = join(import.meta.dirname, "../fixtures/config/read-as-nobody.ts");
  return execFileSync(process.execPath, ["--import", "tsx", program, path], { encoding: "utf8" });
};

describe("without the rights of root", () => {
  it("a file that anybody may read is read", () => {
    writeFileSync(at("public"), "abc", { mode: 0o644 });
    expect(asNobody(at("public"))).toBe("read 3 bytes\n");
  });

  it("a file of somebody else's is refused with the reason", () => {
    writeFileSync(at("private"), "abc");
    chmodSync(at("private"), 0o000);
    expect(asNobody(at("private"))).toBe(
      `CONFIG_UNREADABLE: Cannot read the configuration ${at("private")}: permission denied.\n`,
    );
  });

  it("a file in a directory of somebody else's is refused with the reason", () => {
    mkdirSync(at("closed"));
    writeFileSync(at("closed/file"), "abc");
    chmodSync(at("closed"), 0o000);
    expect(asNobody(at("closed/file"))).toMatch(/^CONFIG_UNREADABLE: .*: permission denied\.\n$/);
    chmodSync(at("closed"), 0o700);
  });
});
