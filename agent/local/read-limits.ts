/**
 * The limits of the read calls of CloudWatch Logs; those of the write calls are in base/cloudwatch-limits.ts.
 *
 * Source: API reference of DescribeLogGroups, DescribeLogStreams, GetLogEvents and FilterLogEvents, 2026-08.
 */

/** Most groups or streams in one answer, and how many when nothing is asked for. */
export const DESCRIBE_ITEMS = 50;

/** Most events in one answer, and how many when nothing is asked for. */
export const PAGE_EVENTS = 10_000;

/** Most bytes of messages in one answer; at least one event is always given. */
export const PAGE_BYTES = 1_048_576;

/** Longest filter pattern, in characters. */
export const PATTERN_CHARS = 1_024;

/** Most stream names in one FilterLogEvents call. */
export const FILTER_STREAMS = 100;

/**
 * A search looks at this many bytes of messages, then answers with what it has and a token to go on, so that
 * one call on a large group never blocks the others. Ours: the service does the same, with a limit it does not
 * publish.
 */
export const SCAN_BYTES = 33_554_432;
