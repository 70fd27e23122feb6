import { balances } from "../../../agent/logs/accounting.ts";
import type { Report as AgentReport } from "../../../agent/logs/ports.ts";
import type { Status } from "../../../agent/logs/status.ts";
import { Faucet } from "../faucet.ts";
import { emptyHistory } from "../history.ts";
import { isDelivered, judge, markPoisoned } from "../judge.ts";
import { Ledger } from "../ledger.ts";
import { perform, type Stage } from "../perform.ts";
import type { Kind, Plan } from "../plan.ts";
import { createRandom } from "../random.ts";
import { Receiver } from "../receiver.ts";
import { type Report, reportOf } from "../report.ts";
import { missingFrom } from "../scan.ts";
import { Writer } from "../writer.ts";
import { EPOCH, SimulatedAgent } from "./agent.ts";
import { VirtualClock } from "./clock.ts";
import { SimulatedDisk } from "./disk.ts";
import { SimulatedService } from "./service.ts";

/** What only a real state directory can suffer. */
export const NOT_SIMULATED: readonly Kind[] = ["state-full", "state-damage"];

/** Two sweeps of the agent after the last action: until then it may not know that there is something to do. */
const SETTLE_MS = 11_000;
/** Longest time to catch up after everything has been put right. */
const PATIENCE_MS = 100_000;
const SAMPLE_MS = 1_000;

export interface SimulationOptions {
  readonly onReport?: (at: number, report: AgentReport) => void;
}

/**
 * Carries out a plan in virtual time: the data path of the agent is the real one, and everything that it meets is
 * simulated. The same plan gives the same run, to the byte.
 */
export const simulate = async (plan: Plan, { onReport }: SimulationOptions = {}): Promise<Report> => {
  const clock = new VirtualClock();
  const random = createRandom(plan.seed).fork("world");
  const history = emptyHistory();
  const ledger = new Ledger();
  const receiver = new Receiver(ledger);
  const now = (): number => clock.now;
  const disk = new SimulatedDisk(() => EPOCH + clock.now);
  const service = new SimulatedService(history, receiver, now, random.fork("service"));
  const writing = createRandom(plan.seed).fork("writing");
  const pause = (ms: number): Promise<void> => clock.pause(ms);
  const writers = plan.writers.map(
    (writer, index) =>
      new Writer(index, writer, `/logs/${index}`, {
        ledger,
        now,
        pause,
        random: writing.fork(String(index)),
        disk,
      }),
  );
  const agent = new SimulatedAgent({
    clock,
    disk,
    service,
    history,
    random: random.fork("agent"),
    plan,
    patterns: writers.map(({ pattern }) => pattern),
    report: (report) => onReport?.(clock.now, report),
  });
  const faucet = new Faucet(writers, plan, now, (ms, task) => clock.every(ms, task));
  const state = { fill: () => Promise.resolve(), damage: () => undefined, notices: new Set<string>() };
  const stage: Stage = { writers, agent, service, state, pause, burst: (...burst) => faucet.burst(...burst) };
  const accounts = { wrong: [] as string[], samples: 0, peakMemoryBytes: 0 };
  const troubles: string[] = [];

  const sample = (): void => {
    const status = agent.status();
    if (status === undefined) return;
    accounts.samples++;
    accounts.peakMemoryBytes = Math.max(accounts.peakMemoryBytes, status.memory_bytes);
    if (!isBalanced(status))
      accounts.wrong.push(`at ${Math.round(clock.now)} ms: ${JSON.stringify(status.records)}`);
  };

  const story = async (): Promise<boolean> => {
    await agent.start();
    const begin = now();
    const underWay: Promise<void>[] = [];
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
    // What is half-written would otherwise stay so until the last action is over.
    for (const writer of writers) writer.finish();
    await Promise.all(underWay);
    for (const writer of writers) writer.finish();
    agent.thaw();
    await agent.start();
    const settled = await settle();
    sample();
    await agent.end("SIGTERM");
    return settled;
  };

  const settle = async (): Promise<boolean> => {
    const from = now();
    for (let calmSince: number | undefined; now() - from < PATIENCE_MS; await pause(200)) {
      const status = agent.status();
      const calm =
        status?.records.in_flight === 0 &&
        status.files.every(({ lag_bytes, state }) => lag_bytes === 0 || state === "deleted");
      calmSince = calm ? (calmSince ?? now()) : undefined;
      if (calmSince !== undefined && now() - calmSince > SETTLE_MS) return true;
      if (calm && ledger.lines.every((lines) => lines.every((line) => isDelivered(line) || line.torn)))
        return true;
    }
    return false;
  };

  const stopSampling = clock.every(SAMPLE_MS, sample);
  const settled = await clock.run(story());
  stopSampling();
  markPoisoned(ledger, history);
  troubles.push(...missingFrom(ledger, (name) => disk.read(name)?.toString()));
  troubles.push(...service.wrong);
  return reportOf({
    plan,
    host: { history, receiver, accounts, agent, state, now },
    judgement: judge(ledger, history, plan.mode),
    settled,
    troubles,
    scratch: undefined,
  });
};

const isBalanced = ({ records, bytes, files }: Status): boolean =>
  [records, bytes, ...files.flatMap((file) => [file.records, file.bytes])].every(
    (sums) => balances(sums) && Object.values(sums).every((part) => part >= 0),
  );
