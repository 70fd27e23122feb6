import { z } from "zod";
import { member } from "../constraints.ts";
import { defineOperation, groupOf, mustFindStream } from "../operation.ts";
import { readPage } from "../page-of-events.ts";
import { behind, FIRST, type Position, parsePosition, positionText } from "../position.ts";
import { PAGE_BYTES, PAGE_EVENTS } from "../read-limits.ts";
import { invalidParameter } from "../service-error.ts";

const LAST: Position = { timestamp: Number.MAX_SAFE_INTEGER, batch: 0, index: 0 };

export const getLogEvents = defineOperation(
  z.object({
    logGroupName: member.groupName.optional(),
    logGroupIdentifier: member.groupIdentifier.optional(),
    logStreamName: member.streamName,
    startTime: member.time.optional(),
    endTime: member.time.optional(),
    nextToken: member.token.optional(),
    limit: member.eventsLimit.default(PAGE_EVENTS),
    startFromHead: z.boolean().default(false),
    unmask: z.boolean().optional(),
  }),
  (input, { store }) => {
    const stream = mustFindStream(store, groupOf(store, input), input.logStreamName);
    const { forward, boundary } = startOf(input.nextToken, input.startFromHead);
    const { startTime = 0, endTime = Number.MAX_SAFE_INTEGER } = input;
    const page = readPage(store, {
      batches: store.batches({
        within: { streamIds: [stream.id] },
        from: forward ? Math.max(startTime, boundary.timestamp) : startTime,
        to: forward ? endTime - 1 : Math.min(endTime - 1, boundary.timestamp),
        start: forward ? "oldest" : "newest",
      }),
      start: forward ? "oldest" : "newest",
      boundary,
      wanted: (timestamp) => timestamp >= startTime && timestamp < endTime,
      limit: input.limit,
      maxBytes: PAGE_BYTES,
      scanBytes: Number.POSITIVE_INFINITY,
    });
    const events = forward ? page.events : page.events.toReversed();
    // An empty page gives back the token it was asked with: that is how a reader sees the end.
    const [first, last] = [events.at(0), events.at(-1)];
    return {
      events: events.map(({ timestamp, message, ingestedAt }) => ({
        timestamp,
        message: message.toWellFormed(),
        ingestionTime: ingestedAt,
      })),
      nextForwardToken: `f/${positionText(last ? behind(last) : restart(boundary))}/s`,
      nextBackwardToken: `b/${positionText(first ?? restart(boundary))}/s`,
    };
  },
);

/** Without events a reader from the end must later see the first one that arrives. */
const restart = (boundary: Position): Position => (boundary === LAST ? FIRST : boundary);

const startOf = (token: string | undefined, fromHead: boolean): { forward: boolean; boundary: Position } => {
  if (token === undefined) return { forward: fromHead, boundary: fromHead ? FIRST : LAST };
  const [, direction, digits = ""] = /^([fb])\/(\d+)\/s$/.exec(token) ?? [];
  const boundary = parsePosition(digits);
  if (boundary === undefined) throw invalidParameter("The specified nextToken is invalid.");
  return { forward: direction === "f", boundary };
};
