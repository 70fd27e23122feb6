/** The rotators and writers that hosts really have, against the agent; and what takes minutes. */
import { LONG_SCENARIOS } from "../scenarios-long/index.ts";
import { journaldScenario } from "./journald.ts";
import { logrotateScenario } from "./logrotate.ts";
import { rsyslogScenario } from "./rsyslog.ts";

export const SCENARIOS = {
  logrotate: logrotateScenario,
  rsyslog: rsyslogScenario,
  journald: journaldScenario,
  ...LONG_SCENARIOS,
} as const;

export type Scenario = keyof typeof SCENARIOS;

export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly Scenario[];
