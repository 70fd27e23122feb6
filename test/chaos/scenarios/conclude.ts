import type { Host, HostOptions } from "../host.ts";
import { judge } from "../judge.ts";
import type { RealWriter } from "../real-writer.ts";
import { type Report, reportOf } from "../report.ts";

export interface Scene {
  readonly name: string;
  readonly host: Host;
  readonly options: HostOptions;
  readonly writers: readonly RealWriter[];
  /** What the programs around the agent did wrong. */
  readonly troubles?: readonly string[];
}

/** Lets the agent catch up, and judges it as after a plan, of which a scenario has none. */
export const conclude = async ({ name, host, options, writers, troubles = [] }: Scene): Promise<Report> => {
  for (const writer of writers) writer.look();
  const settled = await host.finish();
  const report = reportOf({
    plan: {
      seed: 0,
      seconds: 0,
      mode: "default",
      flushInterval: 1,
      compression: "gzip",
      actions: [],
      writers: writers.map(() => ({
        place: "literal",
        rate: 0,
        banner: false,
        blocks: false,
        naming: "numbered",
        keep: 20,
      })),
    },
    host,
    judgement: judge(host.ledger, host.history, "default"),
    settled,
    troubles,
    scratch: options.keep ? host.scratch : undefined,
  });
  return { ...report, name };
};
