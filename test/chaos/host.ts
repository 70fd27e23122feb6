import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Accounts } from "./accounts.ts";
import { Agent } from "./agent.ts";
import { emptyHistory, type History } from "./history.ts";
import { isDelivered, markPoisoned } from "./judge.ts";
import { Ledger } from "./ledger.ts";
import { groupName, Receiver, STREAM } from "./receiver.ts";
import { Service } from "./service.ts";
import { State } from "./state.ts";

export interface HostOptions {
  readonly bundle: string;
  /** Inside a mount namespace of its own. */
  readonly mounts: boolean;
  /** Lines of YAML below `logs:`. */
  readonly settings: readonly string[];
  /** Keep the directory. */
  readonly keep: boolean;
  /** Longest time to catch up at the end, in milliseconds. */
  readonly patienceMs: number;
}

/** Two sweeps of the agent after the last action: until then it may not know that there is something to do. */
const SETTLE_MS = 11_000;
/** How long the agent may take to finish after SIGTERM. */
const DEADLINE_SECONDS = 10;

/** A host for the agent: directories, a service, and people who watch both. */
export class Host {
  readonly scratch = mkdtempSync(join(tmpdir(), "host-agent-chaos-"));
  readonly history: History = emptyHistory();
  readonly ledger = new Ledger();
  readonly receiver = new Receiver(this.ledger);
  readonly service: Service;
  readonly state: State;
  readonly agent: Agent;
  readonly accounts: Accounts;
  readonly #options: HostOptions;
  readonly #started = performance.now();

  constructor(options: HostOptions) {
    this.#options = options;
    const { history, now } = this;
    this.service = new Service(join(this.scratch, "service"), history, now, (accepted, at) =>
      this.receiver.take(accepted, at),
    );
    this.state = new State(join(this.scratch, "state"), history, now);
    if (options.mounts) this.state.mount();
    this.agent = new Agent({
      bundle: options.bundle,
      config: join(this.scratch, "agent.yaml"),
      stateDirectory: this.state.directory,
      url: () => this.service.url,
      deadlineSeconds: DEADLINE_SECONDS,
      logFile: join(this.scratch, "agent.log"),
      history,
      now,
    });
    this.accounts = new Accounts(this.agent, this.receiver, history, now);
  }

  /** Milliseconds since this host was made. */
  readonly now = (): number => performance.now() - this.#started;

  /** The directory of a writer's logs. */
  directory(writer: number): string {
    const directory = join(this.scratch, "logs", String(writer));
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  /** Starts the service, and the agent with one entry per writer. */
  async open(patterns: readonly string[], settings: readonly string[]): Promise<void> {
    await this.service.open();
    const files = patterns.map(
      (pattern, writer) =>
        `    - {file_path: "${pattern}", log_group_name: ${groupName(writer)}, log_stream_name: ${STREAM}}`,
    );
    const lines = [...settings, ...this.#options.settings].map((line) => `  ${line}`);
    writeFileSync(join(this.scratch, "agent.yaml"), ["logs:", ...lines, "  files:", ...files, ""].join("\n"));
    await this.agent.start();
    this.accounts.watch();
  }

  /** Lets the agent finish, ends it, and completes what is known. False when it did not finish. */
  async finish(): Promise<boolean> {
    this.agent.thaw();
    await this.agent.start();
    const settled = await this.#settle();
    await this.accounts.end();
    await this.agent.end("SIGTERM");
    this.accounts.finish();
    markPoisoned(this.ledger, this.history);
    return settled;
  }

  async close(): Promise<void> {
    await this.agent.end("SIGKILL");
    this.agent.close();
    await this.service.close();
    this.state.unmount();
    if (!this.#options.keep) rmSync(this.scratch, { recursive: true, force: true });
  }

  /** Waits until the agent says that nothing is left and that has lasted, or until everything has arrived anyway. */
  async #settle(): Promise<boolean> {
    const from = this.now();
    let calmSince: number | undefined;
    while (this.now() - from < this.#options.patienceMs) {
      const status = await this.agent.status();
      const calm =
        status !== undefined &&
        status.records.in_flight === 0 &&
        status.files.every(({ lag_bytes, state }) => lag_bytes === 0 || state === "deleted");
      calmSince = calm ? (calmSince ?? this.now()) : undefined;
      if (calmSince !== undefined && this.now() - calmSince > SETTLE_MS) return true;
      if (calm && this.#complete()) return true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return false;
  }

  #complete(): boolean {
    return this.ledger.lines.every((lines) => lines.every((line) => isDelivered(line) || line.torn));
  }
}
