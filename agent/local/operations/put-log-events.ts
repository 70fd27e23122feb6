import { z } from "zod";
import {
  BATCH_BYTES,
  BATCH_EVENTS,
  BATCH_SPAN_MS,
  EVENT_MAX_AGE_MS,
  EVENT_MAX_FUTURE_MS,
  EVENT_OVERHEAD_BYTES,
} from "../../base/cloudwatch-limits.ts";
import { member } from "../constraints.ts";
import { defineOperation, type ForcedRejection, mustFindGroup, mustFindStream } from "../operation.ts";
import { invalidParameter, type ServiceError, unreadable } from "../service-error.ts";

/** Sequence tokens are ignored since 2023; the service still sends one, and so do we. */
export const SEQUENCE_TOKEN = "49039859612345678901234567890123456789012345678901234567";

const DAY_MS = 86_400_000;

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

const pairs = (maxKey: number, min: number, max: number) =>
  z
    .record(z.string().min(1).max(maxKey), z.string().min(1).max(512))
    .refine((entries) => Object.keys(entries).length >= min && Object.keys(entries).length <= max, {
      params: { constraint: `Member must have length between ${min} and ${max}` },
    });

export const putLogEvents = defineOperation(
  z.object({
    logGroupName: member.groupName,
    logStreamName: member.streamName,
    // The events are checked below: ten thousand of them at a time are too many for a schema.
    logEvents: z.array(z.unknown()).min(1).max(BATCH_EVENTS),
    sequenceToken: z.string().min(1).optional(),
    entity: z
      .object({ keyAttributes: pairs(32, 2, 4).optional(), attributes: pairs(256, 0, 10).optional() })
      .optional(),
  }),
  (input, { store, now, body, packing, reject, accepted }) => {
    const { events, total } = checkEvents(input.logEvents);
    const group = mustFindGroup(store, input.logGroupName);
    const stream = mustFindStream(store, group, input.logStreamName);
    const window = acceptable(events, now, group.retentionDays, reject);
    const { from, to } = window;
    const [first, last] = [events[from], events[to - 1]];
    if (first !== undefined && last !== undefined && from < to) {
      if (last.timestamp - first.timestamp > BATCH_SPAN_MS)
        throw invalidParameter(
          "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        );
      const whole = from === 0 && to === events.length;
      const taken = whole ? events : events.slice(from, to);
      const bytes = whole ? total : taken.reduce((sum, event) => sum + measure(event), 0);
      const batch = store.append({
        stream,
        firstAt: first.timestamp,
        lastAt: last.timestamp,
        from,
        to,
        bytes,
        ingestedAt: now,
        packing,
        body,
      });
      const rejected = whole ? [] : [...events.slice(0, from), ...events.slice(to)];
      const stored = { batch, index: from };
      accepted({
        group: group.name,
        stream: stream.name,
        ingestedAt: now,
        events: taken,
        stored,
        bytes,
        rejected,
      });
    } else {
      const at = { group: group.name, stream: stream.name, ingestedAt: now };
      accepted({ ...at, events: [], bytes: 0, rejected: events });
    }
    const badEntity = input.entity !== undefined && input.entity.keyAttributes?.Type === undefined;
    return {
      nextSequenceToken: SEQUENCE_TOKEN,
      ...(window.info && { rejectedLogEventsInfo: window.info }),
      ...(badEntity && { rejectedEntityInfo: { errorType: "MissingRequiredFields" } }),
    };
  },
);

const measure = (event: Event): number => Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES;

/** Checks what can be checked without knowing the group. Throws ServiceError. */
const checkEvents = (raw: readonly unknown[]) => {
  let total = 0;
  let previous = 0;
  let ordered = true;
  for (let index = 0; index < raw.length; index++) {
    const event = checkEvent(raw[index], index);
    const size = measure(event);
    if (size > BATCH_BYTES)
      throw invalidParameter(`Log event too large: ${size} bytes exceeds limit of ${BATCH_BYTES}`);
    total += size;
    ordered &&= event.timestamp >= previous;
    previous = event.timestamp;
  }
  if (total > BATCH_BYTES)
    throw invalidParameter(`Upload too large: ${total} bytes exceeds limit of ${BATCH_BYTES}`);
  if (!ordered)
    throw invalidParameter("Log events in a single PutLogEvents request must be in chronological order.");
  return { events: raw as readonly Event[], total };
};

const checkEvent = (raw: unknown, index: number): Event => {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    throw unreadable(`Unrecognized value at 'logEvents.${index + 1}.member'`);
  const { timestamp, message } = raw as Partial<Record<keyof Event, unknown>>;
  if (
    Number.isSafeInteger(timestamp) &&
    (timestamp as number) >= 0 &&
    typeof message === "string" &&
    message !== ""
  )
    return raw as Event;
  throw eventError(timestamp ?? undefined, message ?? undefined, index + 1);
};

const eventError = (timestamp: unknown, message: unknown, number: number): ServiceError => {
  const where = `logEvents.${number}.member`;
  if (timestamp !== undefined && !Number.isSafeInteger(timestamp))
    return unreadable(`Value at '${where}.timestamp' can not be converted to a Long`);
  if (message !== undefined && typeof message !== "string")
    return unreadable(`Value at '${where}.message' can not be converted to a String`);
  const [name, value, constraint] =
    timestamp === undefined
      ? ["timestamp", "null", "Member must not be null"]
      : Number(timestamp) < 0
        ? ["timestamp", `'${timestamp}'`, "Member must have value greater than or equal to 0"]
        : message === undefined
          ? ["message", "null", "Member must not be null"]
          : ["message", "''", "Member must have length greater than or equal to 1"];
  return invalidParameter(
    `1 validation error detected: Value ${value} at '${where}.${name}' failed to satisfy constraint: ${constraint}`,
  );
};

/**
 * Which events, from (inclusive) to (exclusive), are neither too old, expired nor too new, and how the answer
 * says so: the two ends are exclusive, the start is inclusive.
 */
const acceptable = (
  events: readonly Event[],
  now: number,
  retentionDays: number | undefined,
  reject: ForcedRejection = {},
) => {
  const before = (limit: number) => countBefore(events, limit);
  const tooOld = Math.max(before(now - EVENT_MAX_AGE_MS), Math.min(reject.too_old ?? 0, events.length));
  const kept = retentionDays === undefined ? 0 : before(now - retentionDays * DAY_MS);
  const expired = Math.max(kept, Math.min(reject.expired ?? 0, events.length));
  const tooNew = Math.min(
    before(now + EVENT_MAX_FUTURE_MS + 1),
    Math.max(0, events.length - (reject.too_new ?? 0)),
  );
  const info = {
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > tooOld && { expiredLogEventEndIndex: expired }),
    ...(tooNew < events.length && { tooNewLogEventStartIndex: tooNew }),
  };
  return {
    from: Math.max(tooOld, expired),
    to: tooNew,
    info: Object.keys(info).length === 0 ? undefined : info,
  };
};

/** How many events are older than the limit: a binary search, since they are in order. */
const countBefore = (events: readonly Event[], limit: number): number => {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle] as Event).timestamp < limit) low = middle + 1;
    else high = middle;
  }
  return low;
};
