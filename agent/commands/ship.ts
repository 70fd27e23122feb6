import { AppError } from "../base/errors.ts";
import { fillPlaceholders, type HostFacts, placeholdersIn } from "../config/placeholders.ts";
import type { AgentConfig, FileEntry } from "../config/schema.ts";
import { openCheckpoints } from "../io/checkpoint-store.ts";
import { systemClock } from "../io/clock.ts";
import { createSink } from "../io/cloudwatch-logs.ts";
import { type Control, serveControl } from "../io/control.ts";
import { systemFiles } from "../io/files.ts";
import { createHints } from "../io/hints.ts";
import { instanceFacts, localFacts } from "../io/instance.ts";
import { createListing } from "../io/listing.ts";
import { createQuarantine } from "../io/quarantine.ts";
import type { Report, Target } from "../logs/ports.ts";
import { withRetention } from "../logs/retention.ts";
import { type ShipEntry, Shipper } from "../logs/shipper.ts";
import { type Status, statusOf } from "../logs/status.ts";
import type { Terminal } from "./command.ts";
import { endpointUrl } from "./option-value.ts";

export interface ShipRequest {
  readonly config: AgentConfig;
  readonly stateDirectory: string;
  /** Overrides the endpoint of the configuration. */
  readonly endpoint: string | undefined;
  /** The endpoint is our own: no account, no credentials, no metadata service. */
  readonly local: boolean;
  readonly report: (report: Report) => void;
}

/** A shipper with everything it needs, and the way to put it all away again. */
export interface Shipping {
  readonly shipper: Shipper;
  readonly status: () => Status;
  readonly close: () => Promise<void>;
}

const MIB = 1_048_576;

/** Signs requests to an endpoint that does not look at the signature. */
const PLACEHOLDER_CREDENTIALS = { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "not-a-secret" };
const LOCAL_REGION = "us-east-1";

/**
 * Joins the data path with this machine and with the service.
 *
 * @throws AppError NO_REGION, STATE_LOCKED, STATE_UNUSABLE
 */
export const prepareShipping = async (request: ShipRequest, terminal: Terminal): Promise<Shipping> => {
  const { config, stateDirectory, report } = request;
  const { logs } = config;
  const env = setVariables(terminal.env);
  const endpoint = request.endpoint ?? logs.endpoint_override ?? endpointOf(env);
  const facts = await hostFacts(request, env);
  const region = facts.aws_region;
  if (region === undefined)
    throw new AppError("NO_REGION", "neither the configuration nor the environment names a Region");
  const unsigned = request.local || (endpoint !== undefined && isLoopback(endpoint) && !hasCredentials(env));
  const sink = createSink({
    region,
    endpoint,
    credentials: unsigned ? PLACEHOLDER_CREDENTIALS : undefined,
    compression: logs.compression,
  });
  const checkpoints = openCheckpoints(stateDirectory, systemClock.now, report);
  const hints = createHints((directory) => shipper.hint(directory));
  const shipper = new Shipper(
    {
      entries: logs.files.map((entry) => shipEntry(entry, facts)),
      flushMs: logs.force_flush_interval * 1_000,
      partialMs: logs.unterminated_line_timeout * 1_000,
      memoryBytes: logs.memory_limit_mib * MIB,
      open: logs.open_files_limit,
      deletedBytes: logs.deleted_files_limit_mib * MIB,
      freeBytes: logs.free_disk_floor_mib * MIB,
      holdRotated: logs.hold_rotated,
      verify: logs.resume === "verify",
    },
    {
      clock: systemClock,
      files: systemFiles(stateDirectory),
      listing: createListing(logs.files.map(({ file_path, exclude }) => ({ pattern: file_path, exclude }))),
      hints,
      sink: withRetention(sink, systemClock, report),
      checkpoints,
      report,
      quarantine: createQuarantine(stateDirectory, systemClock.now, report),
    },
  );
  const status = (): Status => statusOf(shipper, systemClock.now());
  let control: Control | undefined;
  const close = async (): Promise<void> => {
    control?.close();
    await hints.close();
    shipper.stop();
    checkpoints.close();
  };
  try {
    control = await serveControl(stateDirectory, status);
  } catch (error) {
    await close();
    throw error;
  }
  return { shipper, status, close };
};

const shipEntry = (entry: FileEntry, facts: HostFacts): ShipEntry => ({
  pattern: entry.file_path,
  fromBeginning: entry.from_beginning,
  target: (path): Target => ({
    logGroupName: fillPlaceholders(entry.log_group_name, facts, path, "group"),
    logStreamName: fillPlaceholders(entry.log_stream_name, facts, path, "stream"),
    retentionInDays: entry.retention_in_days === -1 ? undefined : entry.retention_in_days,
    logGroupClass: entry.log_group_class,
  }),
});

/** Asks the metadata service only when a name or the Region needs it: elsewhere that costs a second for nothing. */
const hostFacts = async ({ config, local }: ShipRequest, env: Terminal["env"]): Promise<HostFacts> => {
  const region = config.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const own = localFacts(region ?? (local ? LOCAL_REGION : undefined));
  if (local) return own;
  const templates = config.logs.files.flatMap((entry) => [entry.log_group_name, entry.log_stream_name]);
  const needed = new Set(templates.flatMap((template) => placeholdersIn(template)));
  const asks =
    region === undefined || [...needed].some((name) => name !== "file_name" && name !== "file_path");
  const instance = asks ? await instanceFacts(env) : undefined;
  return instance === undefined ? own : { ...instance, aws_region: region ?? instance.aws_region };
};

/** A variable that is set to nothing counts as not set, as in every AWS tool. */
const setVariables = (env: Terminal["env"]): Terminal["env"] =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));

const endpointOf = (env: Terminal["env"]): string | undefined => {
  const name = ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL"].find(
    (candidate) => env[candidate] !== undefined,
  );
  return name === undefined ? undefined : endpointUrl(name, env[name] ?? "");
};

const isLoopback = (endpoint: string): boolean => {
  const { hostname } = new URL(endpoint);
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
};

const hasCredentials = (env: Terminal["env"]): boolean =>
  env.AWS_ACCESS_KEY_ID !== undefined ||
  env.AWS_PROFILE !== undefined ||
  env.AWS_WEB_IDENTITY_TOKEN_FILE !== undefined;
