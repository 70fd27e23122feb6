import { z } from "zod";
import { member } from "../constraints.ts";
import { defineOperation, groupOf, mustFindStream } from "../operation.ts";
import { readPage } from "../page-of-events.ts";
import { compilePattern } from "../pattern/pattern.ts";
import { FIRST, type Position, parsePosition, positionText } from "../position.ts";
import { FILTER_STREAMS, PAGE_BYTES, PAGE_EVENTS, PATTERN_CHARS, SCAN_BYTES } from "../read-limits.ts";
import { invalidParameter } from "../service-error.ts";
import type { Group, Store, Stream } from "../store.ts";

export const filterLogEvents = defineOperation(
  z.object({
    logGroupName: member.groupName.optional(),
    logGroupIdentifier: member.groupIdentifier.optional(),
    logStreamNames: z.array(member.streamName).min(1).max(FILTER_STREAMS).optional(),
    logStreamNamePrefix: member.streamName.optional(),
    startTime: member.time.default(0),
    endTime: member.time.default(Number.MAX_SAFE_INTEGER),
    filterPattern: z.string().max(PATTERN_CHARS).default(""),
    nextToken: member.token.optional(),
    limit: member.eventsLimit.default(PAGE_EVENTS),
    interleaved: z.boolean().optional(),
    unmask: z.boolean().optional(),
  }),
  (input, { store }) => {
    if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined)
      throw invalidParameter("logStreamNames and logStreamNamePrefix are mutually exclusive.");
    const matches = compilePattern(input.filterPattern);
    const group = groupOf(store, input);
    const streams = chosenStreams(store, group, input.logStreamNames, input.logStreamNamePrefix);
    const boundary = input.nextToken === undefined ? FIRST : positionOf(input.nextToken);
    const { startTime, endTime } = input;
    const page = readPage(store, {
      batches: store.batches({
        within: streams === undefined ? { groupId: group.id } : { streamIds: streams.map(({ id }) => id) },
        from: Math.max(startTime, boundary.timestamp),
        to: endTime,
        start: "oldest",
      }),
      start: "oldest",
      boundary,
      // Unlike in GetLogEvents, an event at endTime still belongs to the answer.
      wanted: (timestamp, message) => timestamp >= startTime && timestamp <= endTime && matches(message),
      limit: input.limit,
      maxBytes: PAGE_BYTES,
      scanBytes: SCAN_BYTES,
    });
    const names = new Map((streams ?? allStreams(store, group)).map(({ id, name }) => [id, name]));
    return {
      events: page.events.map((event) => ({
        logStreamName: names.get(event.streamId),
        timestamp: event.timestamp,
        message: event.message.toWellFormed(),
        ingestionTime: event.ingestedAt,
        eventId: positionText(event),
      })),
      searchedLogStreams: [],
      ...(page.next && { nextToken: positionText(page.next) }),
    };
  },
);

const positionOf = (token: string): Position => {
  const position = parsePosition(token);
  if (position === undefined) throw invalidParameter("The specified nextToken is invalid.");
  return position;
};

const allStreams = (store: Store, group: Group, prefix?: string): readonly Stream[] =>
  store.listStreams({
    groupId: group.id,
    prefix,
    orderBy: "name",
    descending: false,
    limit: Number.MAX_SAFE_INTEGER,
  });

/** Undefined means all streams of the group. */
const chosenStreams = (
  store: Store,
  group: Group,
  names: readonly string[] | undefined,
  prefix: string | undefined,
): readonly Stream[] | undefined => {
  if (names !== undefined) return names.map((name) => mustFindStream(store, group, name));
  return prefix === undefined ? undefined : allStreams(store, group, prefix);
};
