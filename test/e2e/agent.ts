/** host-agent as a process of its own, as it is built, beside an embedded endpoint: what the tests of this folder use. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  type LogGroup,
  type OutputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { buildAll } from "../../.ci/build.ts";
import { type Endpoint, startEndpoint } from "../../agent/io/local-endpoint/start.ts";
import type { FaultScript } from "../../agent/local/faults.ts";

/** Concurrent tests get this from their context: the one that can be imported does not know whose it is. */
export type OnTestFinished = (clean: () => void | Promise<void>) => void;

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The object that `--json` prints. */
export interface Accounting {
  readonly records: Sums;
  readonly bytes: Sums;
  readonly files: readonly {
    readonly path: string;
    readonly log_group_name: string;
    readonly log_stream_name: string;
    readonly offset: number;
    readonly size: number;
  }[];
}

interface Sums {
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly in_flight: number;
}

/** What `status --json` prints, as far as the tests look at it. */
export interface AgentStatus extends Accounting {
  readonly balanced: boolean;
  readonly altered: { readonly cuts: number; readonly repaired: number };
  readonly files: readonly (Accounting["files"][number] & {
    readonly lag_bytes: number;
    readonly lag_seconds: number;
    readonly last_error: string | null;
  })[];
  readonly skipped: readonly { readonly path: string; readonly message: string }[];
}

export interface Agent {
  readonly pid: number;
  /** What it has written to standard error so far. */
  readonly err: () => string;
  readonly ended: Promise<Ended>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>;
}

/** A user without rights on this machine; undefined when we are not root and so have none to give away. */
export const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let program: Promise<string> | undefined;

/** A copy of the bundle, which the next build does not replace and any user may read. Made once per test file. */
export const agentProgram = (): Promise<string> => {
  program ??= (async () => {
    const built = (await buildAll()).find((made) => made.program === "host-agent");
    const folder = mkdtempSync(join(tmpdir(), "hostwright-bundle-"));
    chmodSync(folder, 0o755);
    const path = join(folder, "host-agent.cjs");
    copyFileSync(built?.path ?? "", path);
    chmodSync(path, 0o755);
    return path;
  })();
  return program;
};

// Before the first test, so that none takes the time of the build for that of the agent.
beforeAll(() => agentProgram());
afterAll(async () => {
  if (program !== undefined) rmSync(dirname(await program), { recursive: true, force: true });
});

export interface SpawnOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Starts host-agent; it is gone when the test has ended, whatever happens. */
export const startAgent = async (
  onTestFinished: OnTestFinished,
  args: readonly string[],
  { env = {}, ...user }: SpawnOptions = {},
): Promise<Agent> => {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [await agentProgram(), ...args],
    {
      cwd: "/",
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...user,
    },
  );
  const output = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (output.out += chunk));
  child.stderr.on("data", (chunk) => (output.err += chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, ...output }));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    pid: child.pid ?? -1,
    err: () => output.err,
    ended,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
};

/** The accounting on the last line of standard output. Fails when the sums do not add up. */
export const accountingOf = ({ out, err }: Ended): Accounting => {
  const last = out.trimEnd().split("\n").at(-1) ?? "";
  expect(last, err).toMatch(/^\{.*\}$/);
  const accounting = JSON.parse(last) as Accounting;
  expectBalance(accounting);
  return accounting;
};

export const expectBalance = ({ records, bytes }: Pick<Accounting, "records" | "bytes">): void => {
  for (const { read, accepted, rejected, dropped, in_flight } of [records, bytes])
    expect(accepted + rejected + dropped + in_flight).toBe(read);
};

/** Everything taken, nothing left on the way. */
export const all = (count: number): Sums => ({
  read: count,
  accepted: count,
  rejected: 0,
  dropped: 0,
  in_flight: 0,
});

export interface Entry {
  readonly file_path: string;
  readonly log_group_name: string;
  readonly [key: string]: unknown;
}

/** A directory with logs, a configuration and a state directory, an endpoint, and the agent between them. */
export class Host {
  readonly folder = mkdtempSync(join(tmpdir(), "hostwright-e2e-"));
  /** Where the agent keeps its state; a test may choose another place before it starts one. */
  state = join(this.folder, "state");
  readonly configPath = join(this.folder, "agent.yaml");
  readonly endpoint: Endpoint;
  readonly #client: CloudWatchLogsClient;
  readonly #onTestFinished: OnTestFinished;

  static async make(onTestFinished: OnTestFinished, faults: FaultScript = {}): Promise<Host> {
    const host = new Host(await startEndpoint({ faults }), onTestFinished);
    onTestFinished(() => host.#close());
    return host;
  }

  private constructor(endpoint: Endpoint, onTestFinished: OnTestFinished) {
    this.endpoint = endpoint;
    this.#onTestFinished = onTestFinished;
    this.#client = new CloudWatchLogsClient({ endpoint: endpoint.url });
    // Agents that run as another user need a way in.
    chmodSync(this.folder, 0o777);
  }

  async #close(): Promise<void> {
    this.#client.destroy();
    await this.endpoint.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  at(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a log file, with the directories that it needs. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.at(name);
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  append(name: string, content: string | Uint8Array): void {
    appendFileSync(this.at(name), content);
  }

  /** Writes the configuration. Paths that are not absolute are below the directory of this host. */
  configure(files: readonly Entry[], logs: Readonly<Record<string, unknown>> = {}): void {
    const absolute = files.map((entry) => ({
      log_stream_name: "{file_name}",
      ...entry,
      file_path: join("/", entry.file_path.startsWith("/") ? "" : this.folder, entry.file_path),
    }));
    writeFileSync(
      this.configPath,
      JSON.stringify({ region: "us-east-1", logs: { ...logs, files: absolute } }),
    );
  }

  /** `run` with the configuration, the state and the endpoint of this host. */
  start(args: readonly string[] = [], options: SpawnOptions = {}): Promise<Agent> {
    const own = ["--config", this.configPath, "--state-dir", this.state, "--endpoint-url", this.endpoint.url];
    return startAgent(this.#onTestFinished, ["run", ...own, ...args], options);
  }

  /** `run`, as soon as it answers. */
  async running(args: readonly string[] = [], options: SpawnOptions = {}): Promise<Agent> {
    const agent = await this.start(args, options);
    let died = false;
    void agent.ended.then(() => {
      died = true;
    });
    await vi.waitFor(() => expect(died || existsSync(join(this.state, "control.sock"))).toBe(true), 10_000);
    expect(died, agent.err()).toBe(false);
    return agent;
  }

  async once(args: readonly string[] = [], options: SpawnOptions = {}): Promise<Ended> {
    return (await this.start(["--once", "--json", ...args], options)).ended;
  }

  /** `status` with these options. */
  async ask(...args: readonly string[]): Promise<Ended> {
    const agent = await startAgent(this.#onTestFinished, ["status", "--state-dir", this.state, ...args]);
    return agent.ended;
  }

  /** What `status --json` says. */
  async status(): Promise<AgentStatus> {
    const { status, out, err } = await this.ask("--json");
    expect(status, err).toBe(0);
    return JSON.parse(out) as AgentStatus;
  }

  /** All events of a stream in the order in which the endpoint keeps them. */
  async events(logGroupName: string, logStreamName: string): Promise<readonly OutputLogEvent[]> {
    const events: OutputLogEvent[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await this.#client.send(
        new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true, nextToken }),
      );
      events.push(...(page.events ?? []));
      if (page.nextForwardToken === nextToken) return events;
      nextToken = page.nextForwardToken;
    }
  }

  /** Their messages; an empty list for a stream that is not there. */
  async messages(logGroupName: string, logStreamName: string): Promise<readonly string[]> {
    try {
      return (await this.events(logGroupName, logStreamName)).map(({ message }) => message ?? "");
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return [];
      throw error;
    }
  }

  /** Resolves when the stream holds exactly these messages. */
  async arrived(group: string, stream: string, messages: readonly string[], timeout = 8_000): Promise<void> {
    await vi.waitFor(async () => expect(await this.messages(group, stream)).toEqual(messages), {
      timeout,
      interval: 50,
    });
  }

  async groups(): Promise<readonly LogGroup[]> {
    return (await this.#client.send(new DescribeLogGroupsCommand({}))).logGroups ?? [];
  }

  async streams(logGroupName: string): Promise<readonly string[]> {
    const { logStreams = [] } = await this.#client.send(new DescribeLogStreamsCommand({ logGroupName }));
    return logStreams.map(({ logStreamName }) => logStreamName ?? "");
  }

  /** The client of these questions, for those that have no method here. */
  get client(): CloudWatchLogsClient {
    return this.#client;
  }
}

/** `count` lines that differ. */
export const lines = (count: number, what = "line"): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${what} ${at + 1} of ${count}`);

/** As they stand in a file. */
export const text = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

/** Resolves when `probe` gives `value`. (expect.poll does not know which of several concurrent tests it is in.) */
export const until = <T>(probe: () => T | Promise<T>, value: T, timeout = 5_000): Promise<void> =>
  vi.waitFor(async () => expect(await probe()).toEqual(value), { timeout, interval: 25 });

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
