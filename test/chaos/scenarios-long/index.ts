/** What takes minutes and wants the machine for itself: an hour without the service, a hundred kills, and scale. */
import type { HostOptions } from "../host.ts";
import type { Report } from "../report.ts";
import { catchUp, MINUTES } from "./catch-up.ts";
import { killsScenario, killsVerifyScenario } from "./kills.ts";
import { AN_HOUR, outageHour } from "./outage-hour.ts";
import { scale, TEN_THOUSAND, THE_SAME_HUNDRED } from "./scale.ts";

type Run = (options: HostOptions) => Promise<Report>;

export const LONG_SCENARIOS = {
  outage: () => outageHour(AN_HOUR),
  "catch-up": (options) => catchUp(options, MINUTES),
  kills: killsScenario,
  "kills-verify": killsVerifyScenario,
  scale: (options) => scale(options, TEN_THOUSAND),
  "scale-same": (options) => scale(options, THE_SAME_HUNDRED),
} as const satisfies Readonly<Record<string, Run>>;
