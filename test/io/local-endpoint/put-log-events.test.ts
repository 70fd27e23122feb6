import process from "node:process";
import { gzipSync } from "node:zlib";
import {
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import {
  BATCH_BYTES,
  BATCH_EVENTS,
  BATCH_SPAN_MS,
  EVENT_MAX_AGE_MS,
  EVENT_MAX_FUTURE_MS,
  EVENT_OVERHEAD_BYTES,
  MESSAGE_BYTES,
} from "../../../agent/base/cloudwatch-limits.ts";
import { GROUP, post, STREAM, withEndpoint, withStream } from "./endpoint-client.ts";

const NOW = 1_795_000_000_000;
const DAY = 86_400_000;
const now = () => NOW;
const refused = (message: string | RegExp) => ({
  name: "InvalidParameterException",
  message: expect.stringMatching(message),
});
const body = (logEvents: unknown, more: object = {}) =>
  JSON.stringify({ logGroupName: GROUP, logStreamName: STREAM, logEvents, ...more });

describe("what is accepted", () => {
  it("stores events and gives them back in the order of time, then of arrival", async () => {
    const { client, put, endpoint } = await withStream({ now });
    await put([
      { timestamp: NOW, message: "b1" },
      { timestamp: NOW, message: "b2" },
    ]);
    await put([
      { timestamp: NOW - 1, message: "a" },
      { timestamp: NOW, message: "b3" },
    ]);
    const read = await client.send(
      new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, startFromHead: true }),
    );
    expect(read.events?.map(({ message }) => message)).toEqual(["a", "b1", "b2", "b3"]);
    expect(read.events?.[0]?.ingestionTime).toBe(NOW);
    expect(endpoint.stats()).toMatchObject({
      events: 4,
      bytes: 7 + 4 * EVENT_OVERHEAD_BYTES,
      requests: { PutLogEvents: 2 },
    });
  });

  it("takes gzip bodies and counts the bytes of the wire", async () => {
    const { endpoint, client } = await withStream({ now });
    const before = endpoint.stats().wireBytes;
    const packed = gzipSync(body([{ timestamp: NOW, message: "packed é" }]));
    const answer = await post(endpoint, "PutLogEvents", packed, { "Content-Encoding": "gzip" });
    expect(answer.status).toBe(200);
    expect(endpoint.stats().wireBytes - before).toBe(packed.length);
    const read = await client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM }));
    expect(read.events?.[0]?.message).toBe("packed é");
  });

  it("keeps any text: NUL, control characters, emoji, unpaired surrogates made whole", async () => {
    const { endpoint, client } = await withStream({ now });
    const message = "a\u0000b\u001b[31m\u{1f600}\u2028\ud800";
    expect((await post(endpoint, "PutLogEvents", body([{ timestamp: NOW, message }]))).status).toBe(200);
    const read = await client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM }));
    expect(read.events?.[0]?.message).toBe(message.toWellFormed());
  });

  it("updates what is known of the stream and of the group", async () => {
    const { client, put } = await withStream({ now });
    await put([{ timestamp: NOW - 5, message: "x" }]);
    await put([{ timestamp: NOW - 9, message: "y" }]);
    const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: GROUP }));
    expect(logStreams?.[0]).toMatchObject({
      firstEventTimestamp: NOW - 9,
      lastEventTimestamp: NOW - 5,
      lastIngestionTime: NOW,
      storedBytes: 0,
    });
    const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
    expect(logGroups?.[0]?.storedBytes).toBe(2 * (1 + EVENT_OVERHEAD_BYTES));
  });

  it("ignores sequence tokens and takes an entity, refusing one without a type", async () => {
    const { client } = await withStream({ now });
    const put = (keyAttributes: Record<string, string>) =>
      client.send(
        new PutLogEventsCommand({
          logGroupName: GROUP,
          logStreamName: STREAM,
          logEvents: [{ timestamp: NOW, message: "x" }],
          sequenceToken: "whatever",
          entity: { keyAttributes },
        }),
      );
    expect(await put({ Type: "Service", Name: "web" })).not.toHaveProperty("rejectedEntityInfo");
    expect((await put({ Name: "web", Environment: "x" })).rejectedEntityInfo).toEqual({
      errorType: "MissingRequiredFields",
    });
    await expect(put({ Type: "Service" })).rejects.toMatchObject(refused("entity.keyAttributes"));
  });
});

describe("the limits of a batch", () => {
  it("is at most 1,048,576 bytes of UTF-8 plus 26 per event", async () => {
    const { put } = await withStream({ now });
    const half = MESSAGE_BYTES / 2 - EVENT_OVERHEAD_BYTES / 2;
    const pair = (extra: string) => [
      { timestamp: NOW, message: "é".repeat(half / 2) },
      { timestamp: NOW, message: "x".repeat(half) + extra },
    ];
    await put(pair(""));
    await expect(put(pair("x"))).rejects.toMatchObject(
      refused(`Upload too large: ${BATCH_BYTES + 1} bytes exceeds limit of ${BATCH_BYTES}`),
    );
  });

  it("holds an event of exactly the largest size, and refuses one byte more", async () => {
    const { put } = await withStream({ now });
    await put([{ timestamp: NOW, message: "x".repeat(MESSAGE_BYTES) }]);
    await expect(put([{ timestamp: NOW, message: "x".repeat(MESSAGE_BYTES + 1) }])).rejects.toMatchObject(
      refused("Log event too large"),
    );
  });

  it("takes the largest batch even when every byte of it is escaped", async () => {
    const { put } = await withStream({ now });
    await put([{ timestamp: NOW, message: "\u0001".repeat(MESSAGE_BYTES) }]);
  });

  it("is 1 to 10,000 events", async () => {
    const { put } = await withStream({ now });
    const events = Array.from({ length: BATCH_EVENTS + 1 }, () => ({ timestamp: NOW, message: "x" }));
    await put(events.slice(1));
    await expect(put(events)).rejects.toMatchObject(refused("less than or equal to 10000"));
    await expect(put([])).rejects.toMatchObject(refused("greater than or equal to 1"));
  });

  it("is in chronological order", async () => {
    const { put } = await withStream({ now });
    const events = [
      { timestamp: NOW, message: "x" },
      { timestamp: NOW - 1, message: "y" },
    ];
    await expect(put(events)).rejects.toMatchObject(refused("must be in chronological order"));
  });

  it("spans at most 24 hours, counting only events that are accepted", async () => {
    const { put } = await withStream({ now });
    const start = NOW - 2 * DAY;
    await put([
      { timestamp: start, message: "x" },
      { timestamp: start + BATCH_SPAN_MS, message: "y" },
    ]);
    await expect(
      put([
        { timestamp: start, message: "x" },
        { timestamp: start + BATCH_SPAN_MS + 1, message: "y" },
      ]),
    ).rejects.toMatchObject(refused("cannot span more than 24 hours"));
    const mixed = await put([
      { timestamp: NOW - 30 * DAY, message: "too old" },
      { timestamp: NOW, message: "fine" },
    ]);
    expect(mixed.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  });

  it.each([
    [{ timestamp: NOW, message: "" }, /'logEvents.2.member.message'.*length greater than or equal to 1/],
    [{ timestamp: NOW }, /Value null at 'logEvents.2.member.message'.*must not be null/],
    [{ message: "x" }, /Value null at 'logEvents.2.member.timestamp'.*must not be null/],
    [{ timestamp: -1, message: "x" }, /'logEvents.2.member.timestamp'.*greater than or equal to 0/],
  ])("refuses the event %j", async (event, message) => {
    const { endpoint } = await withStream({ now });
    const answer = await post(endpoint, "PutLogEvents", body([{ timestamp: 1, message: "x" }, event]));
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.json()).toMatchObject({ __type: "InvalidParameterException" });
    expect(answer.json().message).toMatch(message);
    expect(answer.headers.get("x-amzn-errortype")).toBe("InvalidParameterException");
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    [[{ timestamp: "1", message: "x" }]],
    [[{ timestamp: 1.5, message: "x" }]],
    [[{ timestamp: 1, message: 5 }]],
    [[null]],
    [["x"]],
    ["x"],
    [{}],
  ])("cannot read the events %j", async (events) => {
    const { endpoint } = await withStream({ now });
    const answer = await post(endpoint, "PutLogEvents", body(events));
    expect(answer.json()).toMatchObject({ __type: "SerializationException" });
  });

  it("needs the group and the stream", async () => {
    const { client, put } = await withStream({ now });
    const event = [{ timestamp: NOW, message: "x" }];
    await expect(put(event, "other")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log stream does not exist.",
    });
    await expect(
      client.send(
        new PutLogEventsCommand({ logGroupName: "/other", logStreamName: STREAM, logEvents: event }),
      ),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
  });
});

describe("events that are rejected one by one", () => {
  const at = (timestamp: number) => ({ timestamp, message: String(timestamp) });

  it("says how many are too old: the end index is exclusive, 14 days are still fine", async () => {
    const { put } = await withStream({ now });
    const limit = NOW - EVENT_MAX_AGE_MS;
    const answer = await put([at(limit - 2), at(limit - 1), at(limit), at(limit + 1)]);
    expect(answer.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 2 });
  });

  it("says from where they are too new: the start index is inclusive, 2 hours are still fine", async () => {
    const { put } = await withStream({ now });
    const limit = NOW + EVENT_MAX_FUTURE_MS;
    const answer = await put([at(limit - 1), at(limit), at(limit + 1), at(limit + 2)]);
    expect(answer.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 2 });
  });

  it("says how many are older than the retention of the group", async () => {
    const { client, put, endpoint } = await withStream({ now });
    await client.send(new PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 3 }));
    const answer = await put([at(NOW - 20 * DAY), at(NOW - 5 * DAY), at(NOW - 3 * DAY), at(NOW - 2 * DAY)]);
    expect(answer.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 2 });
    const read = await client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM }));
    expect(read.events?.map(({ timestamp }) => timestamp)).toEqual([NOW - 3 * DAY, NOW - 2 * DAY]);
    expect(endpoint.stats()).toMatchObject({ events: 2, rejected: 2 });
  });

  it("succeeds when nothing is left", async () => {
    const { put, endpoint } = await withStream({ now });
    const answer = await put([at(1), at(NOW + DAY)]);
    expect(answer.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 1 });
    expect(endpoint.stats()).toMatchObject({ events: 0, rejected: 2 });
  });
});

describe("speed", () => {
  it("takes 10,000 events of 100 bytes in little more than it takes to parse them", async () => {
    const { endpoint } = await withStream();
    const start = Date.now();
    const text = body(
      Array.from({ length: BATCH_EVENTS }, (_, index) => ({
        timestamp: start,
        message: `${index} `.padEnd(100 - EVENT_OVERHEAD_BYTES, "abcdefghij "),
      })),
    );
    // Processor time, and the best of them: the others tell about whatever else the machine does meanwhile.
    const cpuOf = async (work: () => unknown): Promise<number> => {
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const taken: number[] = [];
    const parsed: number[] = [];
    for (let round = 0; round < 15; round++) {
      taken.push(
        await cpuOf(async () => expect((await post(endpoint, "PutLogEvents", text)).status).toBe(200)),
      );
      parsed.push(await cpuOf(() => JSON.parse(text)));
    }
    expect(Math.min(...taken) / Math.min(...parsed)).toBeLessThan(8);
  });
});

it("does not confuse two groups", async () => {
  const { client } = await withEndpoint();
  for (const logGroupName of ["a", "b"]) await client.send(new CreateLogGroupCommand({ logGroupName }));
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "b" }));
  expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["b"]);
});
