/**
 * The limits of the CloudWatch Logs API, in one place: the batcher keeps them, the embedded endpoint enforces
 * them, the configuration schema validates against them.
 *
 * Source: API reference of PutLogEvents, CreateLogGroup, CreateLogStream and PutRetentionPolicy, and the quotas
 * page of CloudWatch Logs, as of 2026-08.
 */

/** Largest sum over a batch of the UTF-8 bytes of each message plus {@link EVENT_OVERHEAD_BYTES}, in bytes. */
export const BATCH_BYTES = 1_048_576;

/** What the service adds to each event when it measures a batch, in bytes. */
export const EVENT_OVERHEAD_BYTES = 26;

/** Most events in one PutLogEvents call. */
export const BATCH_EVENTS = 10_000;

/** Longest message that still fits in a batch of its own, in UTF-8 bytes. */
export const MESSAGE_BYTES = BATCH_BYTES - EVENT_OVERHEAD_BYTES;

/** A batch may not span more than this, in milliseconds. */
export const BATCH_SPAN_MS = 24 * 3_600_000;

/** Events older than this are rejected, in milliseconds. */
export const EVENT_MAX_AGE_MS = 14 * 24 * 3_600_000;

/** Events further in the future than this are rejected, in milliseconds. */
export const EVENT_MAX_FUTURE_MS = 2 * 3_600_000;

/** Longest name of a log group or a log stream, in characters. */
export const NAME_CHARS = 512;

/** What a log group name is made of. */
export const LOG_GROUP_NAME = /^[.\-_/#A-Za-z0-9]+$/;

/** What a log stream name is made of: anything but a colon and an asterisk. */
export const LOG_STREAM_NAME = /^[^:*]+$/;

/** The only numbers of days that PutRetentionPolicy takes. */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/** Classes a log group can be created with. */
export const LOG_GROUP_CLASSES = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"] as const;

/** Most tags on a log group. */
export const TAGS_PER_GROUP = 50;

/** Longest KMS key id, in characters. */
export const KMS_KEY_ID_CHARS = 256;
