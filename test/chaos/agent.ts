import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import type { History, Life } from "./history.ts";

/** Of `status --json`, what is compared here. */
export interface AgentStatus {
  readonly records: Sums;
  readonly bytes: Sums;
  readonly dropped: Readonly<
    Record<string, { readonly records: number; readonly bytes: number } | undefined>
  >;
  readonly balanced: boolean;
  readonly memory_bytes?: number;
  readonly ambiguous?: { readonly records: number };
  readonly files: readonly (FileSums & {
    readonly path: string;
    readonly lag_bytes: number;
    readonly state: string;
    readonly last_error?: string | null;
  })[];
}

export interface Sums {
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly in_flight: number;
}

interface FileSums {
  readonly records: Sums;
  readonly bytes: Sums;
}

export interface AgentOptions {
  readonly bundle: string;
  readonly config: string;
  readonly stateDirectory: string;
  readonly url: () => string;
  /** Longest time to finish after SIGTERM. */
  readonly deadlineSeconds: number;
  readonly logFile: string;
  readonly history: History;
  readonly now: () => number;
}

/** Dummy credentials, and nothing to fall back on: the agent talks to this machine only. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLEEXAMPLE00",
  AWS_SECRET_ACCESS_KEY: "not-a-secret",
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_CONFIG_FILE: "/nonexistent",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
};

export interface Exit {
  readonly at: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The accounting that it printed. */
  readonly accounting: Pick<AgentStatus, "records" | "bytes"> | undefined;
}

/** The agent under test as a process, and a supervisor that starts it again when it dies, as systemd would. */
export class Agent {
  /** Deaths that nobody asked for. */
  readonly crashes: { readonly at: number; readonly what: string }[] = [];
  readonly exits: Exit[] = [];
  /** The most memory that it used, in kB. */
  starts = 0;
  readonly #options: AgentOptions;
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #life: Life | undefined;
  #wanted = false;
  /** Several reasons to be down may overlap. */
  #downs = 0;
  /** When it was asked to end. */
  #askedAt: number | undefined;
  #exited: Promise<void> = Promise.resolve();
  #ready: Promise<void> = Promise.resolve();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: "a" });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  /** Starts it, and again whenever it ends by itself; resolves when it answers. */
  async start(): Promise<void> {
    this.#wanted = true;
    if (this.#child === undefined) this.#launch();
    await this.#ready;
  }

  /** Ends it, does what is to be done while it is not there, and starts it again when `wait` is over. */
  async down(signal: "SIGKILL" | "SIGTERM", wait: Promise<void>, meanwhile?: () => void): Promise<void> {
    this.#downs++;
    await this.end(signal);
    meanwhile?.();
    await wait;
    this.#downs--;
    if (this.#downs === 0) await this.start();
  }

  /** Resolves when it is gone. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child === undefined) return;
    this.thaw();
    this.#askedAt ??= this.#options.now();
    this.#note(`--- ${signal}`);
    child.kill(signal);
    const limit = this.#options.deadlineSeconds * 1_000;
    const late = setTimeout(() => {
      this.crashes.push({
        at: this.#options.now(),
        what: `did not end within ${limit} ms of ${signal}, nor 10 s later`,
      });
      child.kill("SIGKILL");
    }, limit + 10_000);
    await this.#exited;
    clearTimeout(late);
  }

  freeze(): void {
    if (this.#child === undefined || this.#life === undefined) return;
    this.#child.kill("SIGSTOP");
    this.#life.frozen.push({ from: this.#options.now() });
  }

  thaw(): void {
    const spell = this.#life?.frozen.at(-1);
    if (spell === undefined || spell.to !== undefined) return;
    spell.to = this.#options.now();
    this.#child?.kill("SIGCONT");
  }

  /** What it says about itself; undefined when it does not answer. */
  status(): Promise<AgentStatus | undefined> {
    return askStatus(join(this.#options.stateDirectory, "control.sock"));
  }

  close(): void {
    this.#log.end();
  }

  #launch(): void {
    const { bundle, config, stateDirectory, url, deadlineSeconds, now, history } = this.#options;
    const args = ["run", "--config", config, "--state-dir", stateDirectory, "--endpoint-url", url()];
    args.push("--deadline", `${deadlineSeconds}s`, "--json");
    this.starts++;
    this.#askedAt = undefined;
    this.#note(`--- start ${this.starts}`);
    const child = spawn(process.execPath, [bundle, ...args], {
      env: ENVIRONMENT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let out = "";
    let complaint = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint = (complaint + ownWords(chunk.toString())).slice(0, 600);
      this.#log.write(chunk);
    });
    this.#exited = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        const at = now();
        this.#note(`--- ended: ${signal ?? code}`);
        this.exits.push({ at, code, signal, accounting: accountingIn(out) });
        if (this.#life !== undefined) Object.assign(this.#life, { to: at, end: this.#endOf(at, signal) });
        if (this.#wanted) this.#crashed(at, `${signal ?? `status ${code}`}: ${complaint.trim()}`);
        this.#child = undefined;
        this.#life = undefined;
        resolve();
      });
    });
    this.#ready = this.#waitReady(child, history);
  }

  #endOf(at: number, signal: NodeJS.Signals | null): Life["end"] {
    if (this.#wanted) return "crash";
    if (signal !== null) return "kill";
    const took = at - (this.#askedAt ?? at);
    return took >= this.#options.deadlineSeconds * 1_000 - 500 ? "late" : "terminate";
  }

  #crashed(at: number, what: string): void {
    const { history } = this.#options;
    const excused =
      history.stateTroubles.some(({ from, to = at }) => from <= at && at <= to + 3_000) ||
      history.damages.some((damage) => damage.at <= at && at <= damage.at + 30_000);
    // With its state out of reach it may refuse to start; but it must start again once that is over.
    if (!excused || this.starts > 200) this.crashes.push({ at, what });
    setTimeout(() => {
      if (this.#wanted && this.#child === undefined) this.#launch();
    }, 500);
  }

  async #waitReady(child: ChildProcess, history: History): Promise<void> {
    while (this.#child === child && child.exitCode === null && child.signalCode === null) {
      if ((await this.status()) !== undefined && this.#child === child) {
        this.#life = { from: this.#options.now(), frozen: [] };
        history.lives.push(this.#life);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #note(text: string): void {
    this.#log.write(`${text} at ${Math.round(this.#options.now())} ms\n`);
  }
}

/** What is no line of its log. */
const ownWords = (text: string): string => text.replace(/^\{.*\n?/gm, "");

const accountingIn = (out: string): Exit["accounting"] => {
  try {
    return JSON.parse(out.trim().split("\n").at(-1) ?? "");
  } catch {
    return undefined;
  }
};

const askStatus = (socketPath: string): Promise<AgentStatus | undefined> =>
  new Promise((resolve) => {
    const call = request({ socketPath, path: "/status", timeout: 2_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => resolve(undefined));
      response.on("end", () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()));
        } catch {
          resolve(undefined);
        }
      });
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(undefined));
    call.end();
  });
