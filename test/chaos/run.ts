import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Accounts } from "./accounts.ts";
import { Agent } from "./agent.ts";
import { emptyHistory } from "./history.ts";
import { isDelivered, judge } from "./judge.ts";
import { Ledger } from "./ledger.ts";
import { perform, type Stage } from "./perform.ts";
import type { Plan } from "./plan.ts";
import { createRandom } from "./random.ts";
import { groupName, Receiver, STREAM } from "./receiver.ts";
import { type Report, reportOf } from "./report.ts";
import { missingFromDisk } from "./scan.ts";
import { POISON, Service } from "./service.ts";
import { State } from "./state.ts";
import { Writer } from "./writer.ts";

export interface RunOptions {
  readonly bundle: string;
  /** Inside a mount namespace of its own. */
  readonly mounts: boolean;
  /** More keys below `logs:`, as lines of YAML. */
  readonly settings: readonly string[];
  /** Keep the directory of the run. */
  readonly keep: boolean;
  /** Longest time to catch up at the end, in milliseconds. */
  readonly patienceMs: number;
}

const TICK_MS = 20;
/** Two sweeps of the agent after the last action: until then it may not know that there is something to do. */
const SETTLE_MS = 11_000;
/** Longest time to catch up after everything has been put right: more than the longest pause between two tries. */
export const CATCH_UP_MS = 100_000;
const DEADLINE_SECONDS = 10;

/** Carries out a plan and tells how it went. */
export const run = async (plan: Plan, options: RunOptions): Promise<Report> => {
  const scratch = mkdtempSync(join(tmpdir(), "host-agent-chaos-"));
  const started = performance.now();
  const now = (): number => performance.now() - started;
  const random = createRandom(plan.seed).fork("writing");
  const history = emptyHistory();
  const ledger = new Ledger();
  const receiver = new Receiver(ledger);
  const service = new Service(join(scratch, "service"), history, now, (accepted, at) =>
    receiver.take(accepted, at),
  );
  const state = new State(join(scratch, "state"), history, now);
  if (options.mounts) state.mount();
  const writers = plan.writers.map((writer, index) => {
    const directory = join(scratch, "logs", String(index));
    mkdirSync(directory, { recursive: true });
    return new Writer(index, writer, directory, { ledger, now, random: random.fork(String(index)) });
  });
  await service.open();
  const config = join(scratch, "agent.yaml");
  writeFileSync(config, configOf(plan, writers, options.settings));
  const agent = new Agent({
    bundle: options.bundle,
    config,
    stateDirectory: state.directory,
    url: service.url,
    deadlineSeconds: DEADLINE_SECONDS,
    logFile: join(scratch, "agent.log"),
    history,
    now,
  });
  const accounts = new Accounts(agent, receiver, history, now);
  const hurry = new AbortController();
  const pause = (ms: number): Promise<void> => pauseUntil(ms, hurry.signal);
  const faucet = new Faucet(writers, plan, now);
  const stage: Stage = { writers, agent, service, state, pause, burst: (...burst) => faucet.burst(...burst) };
  const troubles: string[] = [];
  try {
    await agent.start();
    const begin = now();
    const underWay: Promise<void>[] = [];
    accounts.watch();
    faucet.open();
    for (const action of plan.actions) {
      await pause(begin + action.at - now());
      underWay.push(
        perform(action, stage).catch((error) => {
          troubles.push(`${action.deed.kind} at ${action.at} ms: ${(error as Error).stack}`);
        }),
      );
    }
    await pause(begin + plan.seconds * 1_000 - now());
    faucet.close();
    await Promise.all(underWay);
    for (const writer of writers) writer.finish();
    agent.thaw();
    await agent.start();
    const settled = await settle(agent, ledger, now, options.patienceMs);
    await accounts.end();
    await agent.end("SIGTERM");
    accounts.finish();
    receiver.finish();
    markPoisoned(ledger, history.outages);
    const judgement = judge(ledger, history, plan.mode);
    for (const missing of await missingFromDisk(ledger)) troubles.push(missing);
    return reportOf({
      plan,
      ledger,
      history,
      receiver,
      judgement,
      accounts,
      agent,
      settled,
      troubles,
      notices: [...state.notices],
      scratch: options.keep ? scratch : undefined,
      seconds: now() / 1_000,
    });
  } finally {
    hurry.abort();
    faucet.close();
    await agent.end("SIGKILL");
    agent.close();
    for (const writer of writers) writer.close();
    await service.close();
    state.unmount();
    if (!options.keep) rmSync(scratch, { recursive: true, force: true });
  }
};

const configOf = (plan: Plan, writers: readonly Writer[], settings: readonly string[]): string => {
  const extra = plan.mode === "verify" ? ["resume: verify", ...settings] : settings;
  const files = writers.map(
    ({ pattern, index }) =>
      `    - {file_path: "${pattern}", log_group_name: ${groupName(index)}, log_stream_name: ${STREAM}}`,
  );
  return [
    "logs:",
    `  force_flush_interval: ${plan.flushInterval}`,
    `  compression: ${plan.compression}`,
    ...extra.map((line) => `  ${line}`),
    "  files:",
    ...files,
    "",
  ].join("\n");
};

/** Lets the writers write, a little at a time. */
class Faucet {
  readonly #writers: readonly Writer[];
  readonly #plan: Plan;
  readonly #now: () => number;
  readonly #owed: number[];
  #bursts: { writer: number; left: number; until: number; length: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #last = 0;

  constructor(writers: readonly Writer[], plan: Plan, now: () => number) {
    this.#writers = writers;
    this.#plan = plan;
    this.#now = now;
    this.#owed = writers.map(() => 0);
  }

  open(): void {
    this.#last = this.#now();
    this.#timer = setInterval(() => this.#drip(), TICK_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  burst(writer: number, lines: number, ms: number, length: number): void {
    this.#bursts.push({ writer, left: lines, until: this.#now() + ms, length });
  }

  #drip(): void {
    const now = this.#now();
    for (const [index, writer] of this.#writers.entries()) {
      const owed =
        (this.#owed[index] ?? 0) + ((this.#plan.writers[index]?.rate ?? 0) * (now - this.#last)) / 1_000;
      writer.write(Math.floor(owed), 160);
      this.#owed[index] = owed % 1;
    }
    for (const burst of this.#bursts) {
      const ticks = Math.max(1, Math.ceil((burst.until - now) / TICK_MS));
      const count = Math.ceil(burst.left / ticks);
      this.#writers[burst.writer]?.write(count, burst.length);
      burst.left -= count;
    }
    this.#bursts = this.#bursts.filter(({ left }) => left > 0);
    this.#last = now;
  }
}

const pauseUntil = (ms: number, hurry: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (hurry.aborted || ms <= 0) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      hurry.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    hurry.addEventListener("abort", done);
  });

/** Waits until the agent says that nothing is left and that has lasted, or until everything has arrived anyway. */
const settle = async (
  agent: Agent,
  ledger: Ledger,
  now: () => number,
  patienceMs: number,
): Promise<boolean> => {
  const from = now();
  let calmSince: number | undefined;
  while (now() - from < patienceMs) {
    const status = await agent.status();
    const calm =
      status !== undefined &&
      status.records.in_flight === 0 &&
      status.files.every(({ lag_bytes, state }) => lag_bytes === 0 || state === "deleted");
    calmSince = calm ? (calmSince ?? now()) : undefined;
    if (calmSince !== undefined && now() - calmSince > SETTLE_MS) return true;
    if (calm && ledger.lines.every((lines) => lines.every((line) => isDelivered(line) || line.torn)))
      return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
};

/** Lines that the service called invalid for a while, and that the agent gave up for that reason. */
const markPoisoned = (
  ledger: Ledger,
  outages: readonly { readonly kind: string; readonly writer: number | undefined }[],
): void => {
  for (const outage of outages.filter(({ kind }) => kind === "invalid_parameter"))
    for (const [writer, lines] of ledger.lines.entries())
      if (outage.writer === undefined || outage.writer === writer)
        for (const line of lines ?? [])
          if (!isDelivered(line) && line.text.includes(POISON)) line.refused = true;
};
