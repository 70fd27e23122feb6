/** A key of the CloudWatch agent that this agent does without. */
export interface Unsupported {
  /** What that means for the user. */
  readonly means: string;
  /** Values that ask for what happens anyway. */
  readonly harmless?: readonly unknown[];
}

/** The keys that the CloudWatch agent knows at one level: those that are taken over, and why the others are not. */
export type ForeignKeys = Readonly<Record<string, Unsupported | "taken">>;

const METRICS = { means: "metrics are not collected" };
const OWN_LOG = { means: "the agent's own log goes to standard error, which systemd keeps in the journal" };
const ROLE = { means: "requests are signed with the instance role or the default chain of credentials" };
const ENTITY = { means: "no entity is attached to the events" };

export const TOP_KEYS: ForeignKeys = {
  agent: "taken",
  logs: "taken",
  metrics: METRICS,
  traces: { means: "traces are not collected" },
  opentelemetry: { means: "OpenTelemetry pipelines are not run, so files listed there are not shipped" },
};

export const AGENT_KEYS: ForeignKeys = {
  region: "taken",
  credentials: ROLE,
  logfile: OWN_LOG,
  debug: { ...OWN_LOG, harmless: [false] },
  quiet: { ...OWN_LOG, harmless: [false] },
  aws_sdk_log_level: OWN_LOG,
  omit_hostname: { ...METRICS, harmless: [false] },
  metrics_collection_interval: METRICS,
  "service.name": ENTITY,
  "deployment.environment": ENTITY,
  run_as_user: { means: "the systemd unit says which user the agent runs as" },
  use_dualstack_endpoint: {
    means: "set logs.endpoint_override to the dual-stack endpoint",
    harmless: [false],
  },
  user_agent: { means: "requests bear this agent's own name" },
  internal: { means: "it has no meaning here", harmless: [false] },
};

export const LOGS_KEYS: ForeignKeys = {
  force_flush_interval: "taken",
  log_stream_name: "taken",
  endpoint_override: "taken",
  logs_collected: "taken",
  concurrency: { means: "streams are sent side by side anyway, and one never waits for another" },
  credentials: ROLE,
  "service.name": ENTITY,
  "deployment.environment": ENTITY,
  metrics_collected: METRICS,
};

export const COLLECTED_KEYS: ForeignKeys = {
  files: "taken",
  journald: { means: "the systemd journal is not shipped" },
  windows_events: { means: "Windows events are not shipped" },
  application_signals: { means: "Application Signals are not collected" },
};

export const FILES_KEYS: ForeignKeys = { collect_list: "taken" };

export const ENTRY_KEYS: ForeignKeys = {
  file_path: "taken",
  publish_multi_logs: "taken",
  blacklist: "taken",
  log_group_name: "taken",
  log_stream_name: "taken",
  log_group_class: "taken",
  retention_in_days: "taken",
  from_beginning: "taken",
  timestamp_format: { means: "events bear the time at which they were read" },
  timezone: { means: "events bear the time at which they were read" },
  trim_timestamp: { means: "lines are shipped whole", harmless: [false] },
  multi_line_start_pattern: { means: "every line is an event of its own" },
  encoding: {
    means: "files are read as UTF-8",
    harmless: ["utf-8", "utf8", "UTF-8", "UTF8", "ascii", "us-ascii", "US-ASCII"],
  },
  filters: { means: "every line is shipped, also those that the filters would leave out" },
  auto_removal: { means: "no file is ever deleted; leave that to logrotate", harmless: [false] },
  backpressure_mode: { means: "files stay open while they hold unread lines", harmless: [""] },
  pipe: { means: "named pipes are not read", harmless: [false] },
  "service.name": ENTITY,
  "deployment.environment": ENTITY,
};
