import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { AppError } from "../../agent/base/errors.ts";
import { command } from "../../agent/commands/local.ts";
import { createSink } from "../../agent/io/cloudwatch-logs.ts";
import { type FakeTerminal, fakeTerminal, invoke } from "./terminal.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-local-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

/** Serves until the test ends it. */
const serve = async (argv: readonly string[], terminal: FakeTerminal = fakeTerminal()) => {
  const ended = invoke(command, argv, terminal);
  onTestFinished(async () => {
    terminal.interrupt();
    await ended;
  });
  await Promise.race([vi.waitFor(() => expect(terminal.written().out).not.toBe(""), 5_000), ended]);
  const url = /http:\/\/[\d.]+:\d+/.exec(terminal.written().out)?.[0] ?? "";
  return { url, terminal, ended };
};

const write = async (url: string) => {
  const sink = createSink({
    region: "us-east-1",
    endpoint: url,
    credentials: { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "not-a-secret" },
    compression: "none",
  });
  onTestFinished(() => sink.close());
  const target = {
    logGroupName: "/g",
    logStreamName: "s",
    retentionInDays: undefined,
    logGroupClass: "STANDARD",
  } as const;
  await sink.createGroup(target);
  await sink.createStream(target);
  const logEvents = [{ timestamp: Date.now(), message: "hello" }];
  return sink.put(target, Buffer.from(JSON.stringify({ logGroupName: "/g", logStreamName: "s", logEvents })));
};

const refusal = async (argv: readonly string[]): Promise<AppError> => {
  const error: unknown = await invoke(command, argv, fakeTerminal()).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
};

describe("local", () => {
  it("serves until it is told to stop, and says what it has taken", async () => {
    const { url, terminal, ended } = await serve(["--port", "0"]);
    expect(await write(url)).toMatchObject({ kind: "taken" });
    expect((await fetch(url)).status).toBe(200);
    expect(terminal.written().out).toContain(`export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=${url}\n`);
    expect(terminal.written().out).toContain("memory; give --data DIR to keep the logs");
    terminal.interrupt();
    expect(await ended).toBe(0);
    expect(terminal.written().out).toMatch(/\nStopped\. 1 events \(31 bytes\) were accepted\.\n$/);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("speaks JSON, one object a line", async () => {
    const { url, terminal, ended } = await serve(["--port", "0", "--json"]);
    await write(url);
    terminal.interrupt();
    await ended;
    const { out, err } = terminal.written();
    const [first, second, ...more] = out.split("\n");
    expect([JSON.parse(first ?? ""), JSON.parse(second ?? ""), more, err]).toEqual([
      { url, port: Number(url.split(":").at(-1)), data: null },
      { events: 1, bytes: 31, requests: { CreateLogGroup: 1, CreateLogStream: 1, PutLogEvents: 1 } },
      [""],
      "",
    ]);
  });

  it("keeps the logs in a directory", async () => {
    const data = join(folder, "data");
    const { url, terminal, ended } = await serve(["--port", "0", "--data", data]);
    await write(url);
    terminal.interrupt();
    await ended;
    expect(existsSync(join(data, "logs.sqlite"))).toBe(true);
    expect(terminal.written().out).toContain(`Kept in    ${data}\n`);
    const again = await serve(["--port", "0", "--data", data]);
    // The group and the stream are there, so this is the second event.
    expect(await write(again.url)).toMatchObject({ kind: "taken" });
  });

  it("fails as a file says", async () => {
    const faults = join(folder, "faults.yaml");
    writeFileSync(faults, "rules:\n  - match: {operation: PutLogEvents}\n    fault: throttle\n");
    const { url } = await serve(["--port", "0", "--faults", faults]);
    expect(await write(url)).toMatchObject({ kind: "throttled" });
  });

  it("warns when others than this machine can reach it", async () => {
    const { url, terminal } = await serve(["--port", "0", "--host", "0.0.0.0"]);
    expect(terminal.written().err).toMatch(
      /^Warning: whoever reaches 0\.0\.0\.0:\d+ can read and write these logs\.\n$/,
    );
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  });
});

describe("what local cannot do", () => {
  it("says that the port is taken", async () => {
    const busy = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void busy.close());
    await vi.waitFor(() => expect(busy.listening).toBe(true));
    const { port } = busy.address() as { port: number };
    const { code, message } = await refusal(["--port", String(port)]);
    expect([code, message]).toEqual([
      "ENDPOINT_BUSY",
      `Cannot listen on 127.0.0.1:${port}: something already listens there.`,
    ]);
  });

  it.each([
    [["--port", "65536"], "USAGE", "--port takes a number from 0 to 65535"],
    [["--port", "x"], "USAGE", "--port takes a number from 0 to 65535"],
    [["--host", ""], "USAGE", "--host is given, but empty"],
    [["--data", ""], "USAGE", "--data is given, but empty"],
    [["--faults", ""], "USAGE", "--faults is given, but empty"],
    [["--faults", "/no/such/file"], "FAULTS_INVALID", "/no/such/file"],
    [["--data", "/dev/null/x", "--port", "0"], "STATE_UNUSABLE", "/dev/null/x"],
    [["--host", "192.0.2.1", "--port", "0"], "ENDPOINT_BUSY", "this machine does not have that address"],
  ])("is refused with the reason: %j", async (argv, code, says) => {
    const error = await refusal(argv);
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(says)]);
  });
});
