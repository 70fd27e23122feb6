import {
  CreateLogStreamCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type DescribeLogStreamsCommandInput,
  GetLogEventsCommand,
  paginateDescribeLogStreams,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { GROUP, STREAM, withStream } from "./endpoint-client.ts";

const NOW = 1_795_000_000_000;
const now = () => NOW;
const refused = (message: RegExp, name = "InvalidParameterException") => ({
  name,
  message: expect.stringMatching(message),
});

/** A group with these streams beside {@link STREAM}; those with a time hold one event of that time. */
const withStreams = async (streams: Readonly<Record<string, number | undefined>> = {}) => {
  const { client, put, endpoint } = await withStream({ now });
  const create = (logStreamName: string, logGroupName = GROUP) =>
    client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  const list = async (input: Partial<DescribeLogStreamsCommandInput> = { logGroupName: GROUP }) =>
    (await client.send(new DescribeLogStreamsCommand(input))).logStreams ?? [];
  const namesOf = async (input: Partial<DescribeLogStreamsCommandInput> = {}) =>
    (await list({ logGroupName: GROUP, ...input })).map(({ logStreamName }) => logStreamName);
  for (const [name, timestamp] of Object.entries(streams)) {
    await create(name);
    if (timestamp !== undefined) await put([{ timestamp, message: "x" }], name);
  }
  return { client, endpoint, put, create, list, namesOf };
};

describe("CreateLogStream", () => {
  it("makes a stream that DescribeLogStreams tells about", async () => {
    const { list } = await withStreams();
    expect(await list()).toEqual([
      {
        logStreamName: STREAM,
        creationTime: NOW,
        uploadSequenceToken: expect.stringMatching(/^\d+$/),
        arn: `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}:log-stream:${STREAM}`,
        storedBytes: 0,
      },
    ]);
  });

  it.each(["a", "x".repeat(512), "2026/11/23/[$LATEST]0a", "with space", "日本", "a/b\\c\"d'", "%5B%5D"])(
    "takes the name %s",
    async (name) => {
      const { create, namesOf, put } = await withStreams();
      await create(name);
      expect(await namesOf({ logStreamNamePrefix: name })).toEqual([name]);
      await put([{ timestamp: NOW, message: "x" }], name);
    },
  );

  it.each([
    ["", /greater than or equal to 1/],
    ["x".repeat(513), /less than or equal to 512/],
    ["a:b", /regular expression pattern/],
    ["a*", /regular expression pattern/],
  ])("refuses the name %j", async (name, message) => {
    const { create } = await withStreams();
    await expect(create(name)).rejects.toMatchObject(refused(message));
  });

  it("refuses a second one of the same name and needs the group; another group may have the same", async () => {
    const { create } = await withStreams();
    await expect(create(STREAM)).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log stream already exists",
    });
    await expect(create(STREAM, "/missing")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
  });
});

describe("DescribeLogStreams", () => {
  const TIMES = { b: NOW - 5, a: NOW - 1, c: undefined, "a-2": NOW - 5 };

  it("orders by name, in both directions", async () => {
    const { namesOf } = await withStreams(TIMES);
    expect(await namesOf()).toEqual(["a", "a-2", "b", "c", STREAM]);
    expect(await namesOf({ descending: true })).toEqual([STREAM, "c", "b", "a-2", "a"]);
    expect(await namesOf({ logStreamNamePrefix: "a", descending: true })).toEqual(["a-2", "a"]);
  });

  it("orders by the time of the last event; streams without events come first, equal ones by name", async () => {
    const { namesOf } = await withStreams(TIMES);
    expect(await namesOf({ orderBy: "LastEventTime" })).toEqual(["c", STREAM, "a-2", "b", "a"]);
    expect(await namesOf({ orderBy: "LastEventTime", descending: true })).toEqual([
      "a",
      "b",
      "a-2",
      STREAM,
      "c",
    ]);
  });

  it("takes the group by name or by ARN", async () => {
    const { list } = await withStreams();
    const arn = `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`;
    expect(await list({ logGroupIdentifier: arn })).toHaveLength(1);
    expect(await list({ logGroupIdentifier: GROUP })).toHaveLength(1);
  });

  it("pages, each stream exactly once, in every order", async () => {
    const streams = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`s${n}`, n % 3 === 0 ? undefined : NOW - (n % 7)]),
    );
    const { client } = await withStreams(streams);
    for (const orderBy of ["LogStreamName", "LastEventTime"] as const)
      for (const descending of [false, true])
        for (const pageSize of [undefined, 1, 7]) {
          const seen: (string | undefined)[] = [];
          for await (const { logStreams = [] } of paginateDescribeLogStreams(
            { client, ...(pageSize !== undefined && { pageSize }) },
            { logGroupName: GROUP, orderBy, descending },
          )) {
            expect(logStreams.length).toBeLessThanOrEqual(pageSize ?? 50);
            seen.push(...logStreams.map(({ logStreamName }) => logStreamName));
          }
          expect(seen).toHaveLength(61);
          expect(new Set(seen).size).toBe(61);
        }
  });

  it.each([
    [{}, /Exactly one of logGroupName and logGroupIdentifier/],
    [{ logGroupName: GROUP, logGroupIdentifier: GROUP }, /Exactly one of/],
    [{ logGroupName: GROUP, limit: 0 }, /greater than or equal to 1/],
    [{ logGroupName: GROUP, limit: 51 }, /less than or equal to 50/],
    [{ logGroupName: GROUP, nextToken: "x" }, /nextToken is invalid/],
    [
      { logGroupName: GROUP, orderBy: "Size" as "LogStreamName" },
      /enum value set: \[LogStreamName, LastEventTime\]/,
    ],
    [
      { logGroupName: GROUP, orderBy: "LastEventTime" as const, logStreamNamePrefix: "a" },
      /logStreamNamePrefix/,
    ],
    [{ logGroupName: GROUP, logStreamNamePrefix: "a*" }, /regular expression/],
    [{ logGroupIdentifier: "arn:aws:s3:::x" }, /ARN/],
    [{ logGroupIdentifier: "a*b" }, /regular expression/],
  ])("refuses %j", async (input, message) => {
    const { list } = await withStreams();
    await expect(list(input)).rejects.toMatchObject(refused(message));
  });

  it("needs the group", async () => {
    const { list } = await withStreams();
    await expect(list({ logGroupName: "/missing" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

describe("DeleteLogStream", () => {
  it("removes the stream with its events, and the group is smaller by them", async () => {
    const { client, put, namesOf } = await withStreams({ other: NOW });
    await put([{ timestamp: NOW, message: "xyz" }]);
    await client.send(new DeleteLogStreamCommand({ logGroupName: GROUP, logStreamName: STREAM }));
    expect(await namesOf()).toEqual(["other"]);
    await expect(
      client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM })),
    ).rejects.toMatchObject(refused(/log stream does not exist/, "ResourceNotFoundException"));
    const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
    expect(logGroups?.[0]?.storedBytes).toBe(1 + 26);
  });

  it("needs the group and the stream", async () => {
    const { client } = await withStreams();
    const remove = (logGroupName: string, logStreamName: string) =>
      client.send(new DeleteLogStreamCommand({ logGroupName, logStreamName }));
    await expect(remove("/missing", STREAM)).rejects.toMatchObject(
      refused(/log group does not exist/, "ResourceNotFoundException"),
    );
    await expect(remove(GROUP, "missing")).rejects.toMatchObject(
      refused(/log stream does not exist/, "ResourceNotFoundException"),
    );
  });
});
