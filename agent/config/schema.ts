import * as z from "zod/mini";
import { NAME_CHARS, RETENTION_DAYS } from "../base/cloudwatch-limits.ts";
import type { Fault } from "./fault.ts";
import { excludeFault, filePathFault } from "./glob.ts";
import { nameFault } from "./names.ts";

/** What the reference manual says about a key beyond what its type tells. */
export interface KeyDoc {
  /** Markdown: what the key means, then what happens without it. */
  readonly description: string;
  /** Says the default in words where it is no plain value. */
  readonly default?: string;
  readonly unit?: string;
  /** The limits and who sets them. */
  readonly limits?: string;
  /** The same key in the CloudWatch agent's configuration, as a path. */
  readonly cloudWatchAgent?: string;
}

/** The documentation of every key, found by its schema. */
export const keyDocs = z.registry<KeyDoc>();

/** Documents a key where it is declared. */
const key = <S extends z.core.$ZodType>(schema: S, doc: KeyDoc): S => {
  keyDocs.add(schema, doc);
  return schema;
};

/** A check on one value; what it finds carries a hint to the loader beside the message. */
const faultless = (faultOf: (value: string) => Fault | undefined) =>
  z.check<string>((context) => {
    const fault = faultOf(context.value);
    if (fault === undefined) return;
    const { message, hint } = fault;
    context.issues.push({ code: "custom", input: context.value, message, params: { hint } });
  });

const variableFault = (text: string): Fault | undefined =>
  /\$\{/.test(text)
    ? {
        message: "variables that start with $ and a brace are not supported",
        hint: "write the value itself",
      }
    : undefined;

const endpointFault = (text: string): Fault | undefined => {
  // A URL may stand between blanks, but not in the client that gets this one.
  if (/\s/.test(text) || !URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    return {
      message: "must be an http or https URL",
      hint: "for example https://logs.eu-west-1.amazonaws.com",
    };
  const { username, password, search, hash } = new URL(text);
  return username || password || search || hash
    ? { message: "must be a bare URL, without user, query and fragment" }
    : undefined;
};

const REGION = /^[a-z]{2,}(-[a-z]+)+-[0-9]+$/;

const regionFault = (text: string): Fault | undefined => {
  if (REGION.test(text)) return undefined;
  const zone = /^(.*-[0-9]+)[a-z]$/.exec(text)?.[1];
  if (zone !== undefined && REGION.test(zone))
    return { message: "is an Availability Zone, not a Region", hint: `did you mean "${zone}"?` };
  return { message: "is not the name of an AWS Region", hint: "for example eu-west-1" };
};

const directoryFault = (text: string): Fault | undefined =>
  text.startsWith("/") && !text.includes("\0") ? undefined : { message: "must be an absolute path" };

/** Text that passes one check; variables, which nothing here expands, are refused before it. */
const text = (faultOf: (value: string) => Fault | undefined) =>
  z.string().check(faultless((value) => variableFault(value) ?? faultOf(value)));

/** Leaves the retention of a log group as it is. */
export const RETENTION_UNTOUCHED = -1;

/** The stream of entries that name none, unless `logs.log_stream_name` says otherwise. */
export const DEFAULT_STREAM = "{instance_id}";

/** The classes of log group that PutLogEvents can write to: events in a DELIVERY group come from AWS services. */
const CLASSES = ["STANDARD", "INFREQUENT_ACCESS"] as const;

const groupNameLimits = `1 to ${NAME_CHARS} characters: letters, digits and \`. - _ / #\`; must not start with \`aws/\` (CreateLogGroup)`;
const streamNameLimits = `1 to ${NAME_CHARS} characters, without \`:\` and \`*\` (CreateLogStream)`;

const fileEntry = z.strictObject({
  file_path: key(text(filePathFault), {
    description:
      "The file, or a glob for several: `*`, `?`, `[a-z]`, `{a,b}`, and `**`, alone between slashes, for any number of directories. None of them matches a dot at the beginning of a name. Every file that matches is shipped. Names with a compressed or archive extension (`.gz`, `.zst`, `.bz2`, `.xz`, `.zip`, `.tar`, `.rar`) are skipped unless the pattern itself ends in one; what `.gz` files hold is then shipped unpacked, all others as they are.",
    limits: "an absolute path; quote it in YAML when it starts with `*` or `{`",
    cloudWatchAgent: "logs.logs_collected.files.collect_list[].file_path",
  }),
  exclude: key(z._default(z.array(text(excludeFault)), []), {
    description:
      "Globs of files to leave out. A pattern without a slash is compared with the base name, any other with the whole path. Here wildcards match a dot at the beginning of a name too.",
  }),
  log_group_name: key(z.optional(text((name) => nameFault(name, "group"))), {
    description:
      "The log group that the files go to. It is created when it is missing. May hold placeholders.",
    default: "`file_path` without its last extension; required when `file_path` is a glob",
    limits: groupNameLimits,
    cloudWatchAgent: "logs.logs_collected.files.collect_list[].log_group_name",
  }),
  log_stream_name: key(z.optional(text((name) => nameFault(name, "stream"))), {
    description:
      "The log stream that the files go to. It is created when it is missing. May hold placeholders; `{file_name}` or `{file_path}` gives every file a stream of its own.",
    default: "`logs.log_stream_name`",
    limits: streamNameLimits,
    cloudWatchAgent: "logs.logs_collected.files.collect_list[].log_stream_name",
  }),
  log_group_class: key(z.optional(z.enum(CLASSES)), {
    description: "The class that the log group is created with. It does nothing to a group that exists.",
    default: "that of another entry for the same group, else `STANDARD`",
    limits: "entries for the same group must agree",
    cloudWatchAgent: "logs.logs_collected.files.collect_list[].log_group_class",
  }),
  retention_in_days: key(z.optional(z.literal([RETENTION_UNTOUCHED, ...RETENTION_DAYS])), {
    description:
      "How long the log group keeps events. Set when the agent makes the group, and once in each run on a group that is there already, when the first events have been taken; if that is not allowed, there is a warning and events are shipped all the same. Without it, or with `-1`, the retention of a group that exists stays as it is, and a new group keeps events for ever.",
    default: "that of another entry for the same group, else `-1`",
    unit: "days",
    limits: "the listed values (PutRetentionPolicy); entries for the same group must agree",
    cloudWatchAgent: "logs.logs_collected.files.collect_list[].retention_in_days",
  }),
  from_beginning: key(z._default(z.boolean(), true), {
    description:
      "Whether files that exist when the agent meets this entry for the first time are shipped from their beginning. With `false` they are shipped from their end; files that appear later always from their beginning.",
    cloudWatchAgent: "logs.logs_collected.files.collect_list[].from_beginning",
  }),
});

/** Shortest and longest time that an event waits in an open batch, in seconds. */
export const FLUSH_INTERVAL_SECONDS = { least: 0.1, most: 5 } as const;

const flushError = `must be ${FLUSH_INTERVAL_SECONDS.least} to ${FLUSH_INTERVAL_SECONDS.most} seconds`;

/** A whole number with a default. */
const whole = (least: number, most: number, otherwise: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  // Aborts, so that a number beyond every integer is not refused twice.
  const int = z.int({ error, abort: true });
  return z._default(int.check(z.gte(least, { error }), z.lte(most, { error })), otherwise);
};

const logs = z.strictObject({
  endpoint_override: key(z.optional(text(endpointFault)), {
    description:
      "Where to send logs instead of the Region's own endpoint: a VPC endpoint, a proxy, a test endpoint.",
    default: "the endpoint of the Region",
    limits: "an http or https URL",
    cloudWatchAgent: "logs.endpoint_override",
  }),
  force_flush_interval: key(
    z._default(
      z
        .number()
        .check(
          z.gte(FLUSH_INTERVAL_SECONDS.least, { error: flushError }),
          z.lte(FLUSH_INTERVAL_SECONDS.most, { error: flushError }),
        ),
      1,
    ),
    {
      description: "The longest that an event waits in an open batch. A batch that is full goes at once.",
      unit: "seconds",
      limits: "more than 5 would break the promise that a line is accepted within 6 seconds",
      cloudWatchAgent: "logs.force_flush_interval",
    },
  ),
  log_stream_name: key(
    z._default(
      text((name) => nameFault(name, "stream")),
      DEFAULT_STREAM,
    ),
    {
      description: "The log stream of every entry that names none. May hold placeholders.",
      limits: streamNameLimits,
      cloudWatchAgent: "logs.log_stream_name",
    },
  ),
  compression: key(z._default(z.enum(["gzip", "none"]), "gzip"), {
    description:
      "Whether requests are compressed. `none` saves processor time and costs network traffic; what is billed is the uncompressed size either way.",
  }),
  resume: key(z._default(z.enum(["replay", "verify"]), "replay"), {
    description:
      "What happens to a request whose answer never came, because the connection was cut or the agent was killed. `replay` sends it again: what it held may arrive twice. `verify` first looks into the log stream whether it arrived; it needs `logs:GetLogEvents`, and costs a small write per request.",
  }),
  hold_rotated: key(z._default(z.boolean(), false), {
    description:
      "Whether a rotated file that still holds unread bytes gets a second name (a hard link) in a private directory on its file system, so that it outlives its deletion by log rotation and a restart of the agent. The name goes when the file is shipped; until then it keeps the space of the file.",
  }),
  unterminated_line_timeout: key(whole(1, 86_400, 30), {
    description:
      "How long a last line without its newline waits for the rest. Then it is sent as it is, once. Lines of files that were rotated do not wait.",
    unit: "seconds",
  }),
  memory_limit_mib: key(whole(8, 4_096, 64), {
    description:
      "The most memory for log data on its way, all files together. Beyond it the agent stops reading: the files are the buffer. The process itself takes about 80 MiB more.",
    unit: "MiB",
  }),
  open_files_limit: key(whole(64, 1_000_000, 16_384), {
    description:
      "The most files held open. Files with unread bytes are, so that they can be renamed or deleted without loss; the limit of the process (`LimitNOFILE`) goes before it.",
  }),
  deleted_files_limit_mib: key(whole(0, 1_048_576, 1_024), {
    description:
      "The most space that deleted files may keep because unread bytes are in them. Beyond it the oldest are let go; the bytes lost are counted and named in `host-agent status`.",
    unit: "MiB",
  }),
  free_disk_floor_mib: key(whole(0, 1_048_576, 128), {
    description:
      "Deleted files with unread bytes are let go, oldest first, when their file system has less space than this left.",
    unit: "MiB",
  }),
  files: key(z._default(z.array(fileEntry), []), {
    description: "The files to ship, one entry per kind.",
    limits: "at least one entry, as there is nothing else to ship",
    cloudWatchAgent: "logs.logs_collected.files.collect_list",
  }),
});

/** The shape of `agent.yaml`. `parseConfig` adds what one value alone cannot tell. */
export const agentConfigSchema = z.strictObject({
  region: key(z.optional(text(regionFault)), {
    description: "The AWS Region that logs go to.",
    default: "`AWS_REGION` from the environment, else that of the instance metadata",
    cloudWatchAgent: "agent.region",
  }),
  state_dir: key(z.optional(text(directoryFault)), {
    description:
      "The directory that holds how far every file has been shipped. `--state-dir` goes before it.",
    default: "`/var/lib/host-agent`, or a directory under `$XDG_STATE_HOME` when not run by root",
    limits: "an absolute path",
  }),
  logs: key(z.prefault(logs, {}), {
    description: "What is shipped to CloudWatch Logs, and how.",
    default: "every key below at its own default",
  }),
});

/** The configuration as the file states it, with the defaults of single keys filled in. */
export type StatedConfig = z.output<typeof agentConfigSchema>;
export type StatedEntry = z.output<typeof fileEntry>;
export { fileEntry as fileEntrySchema };

/** One entry of `logs.files`, complete: names may still hold placeholders. */
export interface FileEntry extends Pick<StatedEntry, "file_path" | "exclude" | "from_beginning"> {
  readonly log_group_name: string;
  readonly log_stream_name: string;
  readonly log_group_class: NonNullable<StatedEntry["log_group_class"]>;
  /** In days, or {@link RETENTION_UNTOUCHED}. */
  readonly retention_in_days: NonNullable<StatedEntry["retention_in_days"]>;
}

/** A configuration that passed every check, with every default filled in. */
export interface AgentConfig extends Omit<StatedConfig, "logs"> {
  readonly logs: Omit<StatedConfig["logs"], "files"> & { readonly files: readonly FileEntry[] };
}
