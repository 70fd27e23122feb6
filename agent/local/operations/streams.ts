import { z } from "zod";
import { streamArn } from "../arn.ts";
import { member } from "../constraints.ts";
import {
  defineOperation,
  groupOf,
  mustBeDeletable,
  mustFindGroup,
  mustFindStream,
  openToken,
  sealToken,
} from "../operation.ts";
import { DESCRIBE_ITEMS } from "../read-limits.ts";
import { alreadyExists, invalidParameter } from "../service-error.ts";
import type { Stream } from "../store.ts";
import { SEQUENCE_TOKEN } from "./put-log-events.ts";

const named = z.object({ logGroupName: member.groupName, logStreamName: member.streamName });

export const createLogStream = defineOperation(named, (input, { store, now }) => {
  const group = mustFindGroup(store, input.logGroupName);
  if (!store.addStream(group, input.logStreamName, now)) throw alreadyExists("log stream");
  return {};
});

export const deleteLogStream = defineOperation(named, (input, { store }) => {
  const group = mustFindGroup(store, input.logGroupName);
  const stream = mustFindStream(store, group, input.logStreamName);
  mustBeDeletable(group);
  store.removeStream(stream);
  return {};
});

const place = z.tuple([z.string(), z.number()]);

export const describeLogStreams = defineOperation(
  z.object({
    logGroupName: member.groupName.optional(),
    logGroupIdentifier: member.groupIdentifier.optional(),
    logStreamNamePrefix: member.streamName.optional(),
    orderBy: z.enum(["LogStreamName", "LastEventTime"]).default("LogStreamName"),
    descending: z.boolean().default(false),
    nextToken: member.token.optional(),
    limit: member.describeLimit.default(DESCRIBE_ITEMS),
  }),
  (input, { store, region }) => {
    const byTime = input.orderBy === "LastEventTime";
    if (byTime && input.logStreamNamePrefix !== undefined)
      throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
    const group = groupOf(store, input);
    const [name, lastEventAt] = input.nextToken === undefined ? [] : openToken(place, input.nextToken);
    const found = store.listStreams({
      groupId: group.id,
      prefix: input.logStreamNamePrefix,
      orderBy: byTime ? "lastEvent" : "name",
      descending: input.descending,
      after: name === undefined || lastEventAt === undefined ? undefined : { name, lastEventAt },
      limit: input.limit + 1,
    });
    const page = found.slice(0, input.limit);
    const last = page.at(-1);
    return {
      logStreams: page.map((stream) => describe(stream, streamArn(region, group.name, stream.name))),
      ...(found.length > page.length && last && { nextToken: sealToken([last.name, last.lastEventAt ?? 0]) }),
    };
  },
);

const describe = (stream: Stream, arn: string) => ({
  logStreamName: stream.name,
  creationTime: stream.createdAt,
  ...(stream.firstEventAt !== undefined && { firstEventTimestamp: stream.firstEventAt }),
  ...(stream.lastEventAt !== undefined && { lastEventTimestamp: stream.lastEventAt }),
  ...(stream.lastIngestionAt !== undefined && { lastIngestionTime: stream.lastIngestionAt }),
  uploadSequenceToken: SEQUENCE_TOKEN,
  arn,
  // The service stopped counting per stream in 2019 and always answers zero.
  storedBytes: 0,
});
