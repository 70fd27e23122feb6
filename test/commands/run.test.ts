import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { AppError } from "../../agent/base/errors.ts";
import { command } from "../../agent/commands/run.ts";
import { startEndpoint } from "../../agent/io/local-endpoint/start.ts";
import { type FakeTerminal, fakeTerminal, invoke } from "./terminal.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-run-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "app.log"), "one\ntwo\n");
});

const configure = (more: object = {}, logs: object = {}): string => {
  const path = join(folder, "agent.yaml");
  const entry = { file_path: join(folder, "app.log"), log_group_name: "/run", log_stream_name: "s" };
  writeFileSync(path, JSON.stringify({ region: "us-east-1", ...more, logs: { files: [entry], ...logs } }));
  return path;
};

const endpoint = async () => {
  const made = await startEndpoint();
  onTestFinished(() => made.close());
  return made;
};

const run = async (argv: readonly string[], terminal: FakeTerminal = fakeTerminal()) => {
  const status = await invoke(command, argv, terminal);
  return { status, ...terminal.written() };
};

const once = (...argv: readonly string[]): readonly string[] => [
  "--once",
  "--json",
  "--config",
  configure(),
  "--state-dir",
  join(folder, "state"),
  ...argv,
];

const refusal = async (argv: readonly string[], env: Record<string, string> = {}): Promise<AppError> => {
  const error: unknown = await run(argv, fakeTerminal({ env })).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
};

describe("options of run that make no sense", () => {
  it.each([
    [["--local", "--port", "70000"], '--port takes a number from 0 to 65535, not "70000"'],
    [["--local", "--port", "-1"], "--port takes a number"],
    [["--local", "--port", "1.5"], "--port takes a number"],
    [["--local", "--port", "x"], '--port takes a number from 0 to 65535, not "NaN"'],
    [["--deadline", "soon"], '--deadline takes a duration like 60s or 5m, not "soon"'],
    [["--deadline=-5s"], "--deadline takes a duration"],
    [["--endpoint-url", ""], '--endpoint-url takes a URL like http://127.0.0.1:4586, not ""'],
    [["--endpoint-url", "localhost:4586"], "--endpoint-url takes a URL"],
    [["--endpoint-url", "ftp://127.0.0.1/"], "--endpoint-url takes a URL"],
    [["--endpoint-url", "http://"], "--endpoint-url takes a URL"],
    [["--local", "--endpoint-url", "http://127.0.0.1:9"], "leave out one of --local and --endpoint-url"],
    [["--state-dir", ""], "--state-dir is given, but empty"],
  ])("are wrong usage: %j", async (argv, says) => {
    const { code, message } = await refusal(once(...argv));
    expect({ code, message }).toEqual({ code: "USAGE", message: expect.stringContaining(says) });
    expect(existsSync(join(folder, "state"))).toBe(false);
  });
});

describe("where run sends to", () => {
  it.each([
    [
      "the option",
      (url: string) => ({ argv: ["--endpoint-url", url], env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } }),
    ],
    [
      "the variable of the service",
      (url: string) => ({
        argv: [],
        env: { AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: url, AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
      }),
    ],
    [
      "the variable of all services",
      (url: string) => ({ argv: [], env: { AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: "" } }),
    ],
  ])("is told by %s", async (_, how) => {
    const { url, stats } = await endpoint();
    const { argv, env } = how(url);
    const { status, err } = await run(once(...argv), fakeTerminal({ env }));
    expect(status, err).toBe(0);
    expect(stats().events).toBe(2);
  });

  it("is told by the configuration before the environment", async () => {
    const { url, stats } = await endpoint();
    const config = configure({}, { endpoint_override: url });
    const argv = ["--once", "--config", config, "--state-dir", join(folder, "state")];
    const { status } = await run(argv, fakeTerminal({ env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } }));
    expect([status, stats().events]).toEqual([0, 2]);
  });

  it("must be a URL in the environment too", async () => {
    const { code, message } = await refusal(once(), { AWS_ENDPOINT_URL: "nonsense" });
    expect([code, message]).toEqual([
      "USAGE",
      'AWS_ENDPOINT_URL takes a URL like http://127.0.0.1:4586, not "nonsense"',
    ]);
  });
});

describe("the Region", () => {
  const nowhere = (): readonly string[] => {
    const path = join(folder, "nowhere.yaml");
    const entry = {
      file_path: join(folder, "app.log"),
      log_group_name: "/run/{aws_region}",
      log_stream_name: "s",
    };
    writeFileSync(path, JSON.stringify({ logs: { files: [entry] } }));
    return ["--once", "--json", "--config", path, "--state-dir", join(folder, "state")];
  };
  const off = { AWS_EC2_METADATA_DISABLED: "true" };

  it.each([[{}], [{ AWS_REGION: "" }], [{ AWS_REGION: "", AWS_DEFAULT_REGION: "" }]])(
    "must be known from somewhere: %j",
    async (env) => {
      expect(
        (await refusal([...nowhere(), "--endpoint-url", "http://127.0.0.1:9"], { ...off, ...env })).code,
      ).toBe("NO_REGION");
    },
  );

  it.each([
    [{ AWS_REGION: "eu-north-1", AWS_DEFAULT_REGION: "eu-west-3" }],
    [{ AWS_REGION: "", AWS_DEFAULT_REGION: "eu-north-1" }],
  ])("comes from the environment: %j", async (env) => {
    const { url } = await endpoint();
    const { out } = await run(
      [...nowhere(), "--endpoint-url", url],
      fakeTerminal({ env: { ...off, ...env } }),
    );
    expect(JSON.parse(out).files[0].log_group_name).toBe("/run/eu-north-1");
  });

  it("is made up for an endpoint of our own", async () => {
    const { out, status } = await run([...nowhere(), "--local", "--port", "0"]);
    expect([status, JSON.parse(out).files[0].log_group_name]).toEqual([0, "/run/us-east-1"]);
  });
});

describe("the state", () => {
  it("is where the configuration says, unless the option says otherwise", async () => {
    const { url } = await endpoint();
    const config = configure({ state_dir: join(folder, "stated") });
    const argv = ["--once", "--config", config, "--endpoint-url", url];
    await run(argv);
    expect(existsSync(join(folder, "stated", "checkpoints.db"))).toBe(true);
    await run([...argv, "--state-dir", join(folder, "given")]);
    expect(existsSync(join(folder, "given", "checkpoints.db"))).toBe(true);
  });

  it("of a try is apart from the real one", async () => {
    const config = configure({ state_dir: join(folder, "stated") });
    await run(["--once", "--config", config, "--local", "--port", "0"]);
    expect(existsSync(join(folder, "stated", "local", "checkpoints.db"))).toBe(true);
    expect(existsSync(join(folder, "stated", "checkpoints.db"))).toBe(false);
  });

  it("is free again, and the endpoint of a try is closed, when a start fails", async () => {
    const argv = once("--local", "--port", "0");
    writeFileSync(join(folder, "state"), "in the way");
    expect((await refusal(argv)).code).toBe("STATE_UNUSABLE");
    rmSync(join(folder, "state"));
    expect((await run(argv)).status).toBe(0);
  });
});

describe("run", () => {
  it("goes on until it is told to stop, then ships what is there", async () => {
    const { url, stats } = await endpoint();
    const terminal = fakeTerminal();
    const argv = [
      "--json",
      "--config",
      configure(),
      "--state-dir",
      join(folder, "state"),
      "--endpoint-url",
      url,
    ];
    const ended = run(argv, terminal);
    await vi.waitFor(() => expect(stats().events).toBe(2), 5_000);
    appendFileSync(join(folder, "app.log"), "three\n");
    terminal.interrupt();
    const { status, out } = await ended;
    expect(status).toBe(0);
    expect(JSON.parse(out).records).toMatchObject({ read: 3, accepted: 3 });
  });

  it("waits as long as it is told, however long that is", async () => {
    const made = await startEndpoint({
      faults: { rules: [{ match: { operation: "PutLogEvents" }, times: 1, fault: { delay: { ms: 300 } } }] },
    });
    onTestFinished(() => made.close());
    const { status } = await run(once("--endpoint-url", made.url, "--deadline", "10000h"));
    expect(status).toBe(0);
  });

  it("has no patience at all with a deadline of 0", async () => {
    const { url } = await endpoint();
    const { status, out } = await run(once("--endpoint-url", url, "--deadline", "0"));
    expect([0, 75]).toContain(status);
    expect(JSON.parse(out)).toHaveProperty("records");
  });
});
