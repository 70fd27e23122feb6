import { realDisk } from "./disk.ts";
import { Faucet } from "./faucet.ts";
import { Host, type HostOptions } from "./host.ts";
import { judge } from "./judge.ts";
import { perform, type Stage } from "./perform.ts";
import type { Plan } from "./plan.ts";
import { createRandom } from "./random.ts";
import { type Report, reportOf } from "./report.ts";
import { missingFromDisk } from "./scan.ts";
import { Writer } from "./writer.ts";

/** Longest time to catch up after everything has been put right: more than the longest pause between two tries. */
export const CATCH_UP_MS = 100_000;

/** Carries out a plan and tells how it went. */
export const run = async (plan: Plan, options: HostOptions): Promise<Report> => {
  const host = new Host(options);
  const { agent, service, state, ledger, now } = host;
  const random = createRandom(plan.seed).fork("writing");
  const hurry = new AbortController();
  const pause = (ms: number): Promise<void> => pauseUntil(ms, hurry.signal);
  const writers = plan.writers.map(
    (writer, index) =>
      new Writer(index, writer, host.directory(index), {
        ledger,
        now,
        pause,
        random: random.fork(String(index)),
        disk: realDisk,
      }),
  );
  const faucet = new Faucet(writers, plan, now, everyMs);
  const stage: Stage = { writers, agent, service, state, pause, burst: (...burst) => faucet.burst(...burst) };
  const troubles: string[] = [];
  try {
    await host.open(
      writers.map(({ pattern }) => pattern),
      settingsOf(plan),
    );
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
    const settled = await host.finish();
    troubles.push(...missingFromDisk(ledger));
    return reportOf({
      plan,
      host,
      judgement: judge(ledger, host.history, plan.mode),
      settled,
      troubles,
      scratch: options.keep ? host.scratch : undefined,
    });
  } finally {
    hurry.abort();
    faucet.close();
    for (const writer of writers) writer.close();
    await host.close();
  }
};

const settingsOf = (plan: Plan): readonly string[] => [
  `force_flush_interval: ${plan.flushInterval}`,
  `compression: ${plan.compression}`,
  // A line that stands still for less is not cut; one that does for longer may be.
  "unterminated_line_timeout: 5",
  ...(plan.mode === "verify" ? ["resume: verify"] : []),
];

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

const everyMs = (ms: number, task: () => void): (() => void) => {
  const timer = setInterval(task, ms);
  return () => clearInterval(timer);
};
