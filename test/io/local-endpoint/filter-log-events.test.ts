import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  paginateFilterLogEvents,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { PAGE_BYTES, SCAN_BYTES } from "../../../agent/local/read-limits.ts";
import { GROUP, STREAM, withStream } from "./endpoint-client.ts";

const NOW = 1_795_000_000_000;
const now = () => NOW;

type Asked = Partial<FilterLogEventsCommandInput>;

/** A group with the streams a-1, a-2 and b beside {@link STREAM}. */
const withSearch = async () => {
  const stream = await withStream({ now });
  for (const logStreamName of ["a-1", "a-2", "b"])
    await stream.client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
  const filter = (input: Asked = {}) =>
    stream.client.send(new FilterLogEventsCommand({ logGroupName: GROUP, ...input }));
  const messages = async (input: Asked = {}) =>
    ((await filter(input)).events ?? []).map(({ message }) => message);
  const pages = async (input: Asked = {}) => {
    const seen: (string | undefined)[][] = [];
    for await (const page of paginateFilterLogEvents(
      { client: stream.client },
      { logGroupName: GROUP, ...input },
    ))
      seen.push((page.events ?? []).map(({ message }) => message));
    return seen;
  };
  return { ...stream, filter, messages, pages };
};

const at = (offset: number, message: string) => ({ timestamp: NOW + offset, message });

describe("the events of a group", () => {
  it("are those of all streams, in the order of time, then of arrival", async () => {
    const { put, filter } = await withSearch();
    await put([at(0, "1"), at(2, "3")], "b");
    await put([at(1, "2"), at(2, "4")], "a-1");
    const { events, nextToken, searchedLogStreams } = await filter();
    expect(events).toEqual([
      { logStreamName: "b", timestamp: NOW, message: "1", ingestionTime: NOW, eventId: expect.any(String) },
      {
        logStreamName: "a-1",
        timestamp: NOW + 1,
        message: "2",
        ingestionTime: NOW,
        eventId: expect.any(String),
      },
      {
        logStreamName: "b",
        timestamp: NOW + 2,
        message: "3",
        ingestionTime: NOW,
        eventId: expect.any(String),
      },
      {
        logStreamName: "a-1",
        timestamp: NOW + 2,
        message: "4",
        ingestionTime: NOW,
        eventId: expect.any(String),
      },
    ]);
    const ids = events?.map(({ eventId }) => eventId) ?? [];
    expect(new Set(ids).size).toBe(4);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids[0]).toMatch(/^\d{56}$/);
    expect(nextToken).toBeUndefined();
    expect(searchedLogStreams).toEqual([]);
  });

  it("can be those of some streams, by their names or by a prefix", async () => {
    const { put, messages } = await withSearch();
    for (const [index, name] of ["a-1", "a-2", "b", STREAM].entries()) await put([at(index, name)], name);
    expect(await messages({ logStreamNames: ["b", "a-1", "b"] })).toEqual(["a-1", "b"]);
    expect(await messages({ logStreamNames: ["b"] })).toEqual(["b"]);
    expect(await messages({ logStreamNamePrefix: "a-" })).toEqual(["a-1", "a-2"]);
    expect(await messages({ logStreamNamePrefix: "none" })).toEqual([]);
    expect(await messages({ logStreamNamePrefix: "_" })).toEqual([]);
  });

  it("can be those of a range of time: unlike in GetLogEvents its end belongs to it", async () => {
    const { put, messages } = await withSearch();
    await put([0, 1, 2, 3].map((n) => at(n, `${n}`)));
    expect(await messages({ startTime: NOW + 1, endTime: NOW + 2 })).toEqual(["1", "2"]);
    expect(await messages({ startTime: NOW + 3 })).toEqual(["3"]);
    expect(await messages({ endTime: NOW })).toEqual(["0"]);
    expect(await messages({ startTime: NOW + 9 })).toEqual([]);
    expect(await messages({ startTime: NOW + 2, endTime: NOW + 1 })).toEqual([]);
  });

  it("are never those of another group", async () => {
    const { client, put, messages } = await withSearch();
    await put([at(0, "here")]);
    await client.send(new CreateLogGroupCommand({ logGroupName: "/other" }));
    await client.send(new CreateLogStreamCommand({ logGroupName: "/other", logStreamName: STREAM }));
    expect(await messages({ logGroupName: "/other" })).toEqual([]);
    const arn = `arn:aws:logs:us-east-1:000000000000:log-group:${GROUP}`;
    expect(await messages({ logGroupName: undefined, logGroupIdentifier: arn })).toEqual(["here"]);
  });
});

describe("a pattern", () => {
  it.each([
    ["ERROR", ["ERROR a", '{"level":"ERROR","n":4,"tags":["x","y"],"none":null}']],
    ["ERROR -level", ["ERROR a"]],
    ["?ERROR ?b", ["ERROR a", "WARN b", '{"level":"ERROR","n":4,"tags":["x","y"],"none":null}']],
    ['"RN b"', ["WARN b"]],
    ["%^(ERR|WA)%", undefined],
    ["%^ERR|^WA%", ["ERROR a", "WARN b"]],
    ['{ $.level = "ERROR" && $.n > 3 }', ['{"level":"ERROR","n":4,"tags":["x","y"],"none":null}']],
    ['{ $.level = "ERROR" && $.n > 4 }', []],
    ['{ $.tags[*] = "y" }', ['{"level":"ERROR","n":4,"tags":["x","y"],"none":null}']],
    ["{ $.none IS NULL && $.other NOT EXISTS }", ['{"level":"ERROR","n":4,"tags":["x","y"],"none":null}']],
    ["[level = WARN, rest]", ["WARN b"]],
    ["{ $.level", undefined],
    ["[level", undefined],
    ["a-b", undefined],
  ] as const)("%s", async (filterPattern, expected) => {
    const { put, messages } = await withSearch();
    await put([
      at(0, "ERROR a"),
      at(1, "WARN b"),
      at(2, '{"level":"ERROR","n":4,"tags":["x","y"],"none":null}'),
      at(3, "c"),
    ]);
    const found = messages({ filterPattern });
    if (expected === undefined)
      await expect(found).rejects.toMatchObject({ name: "InvalidParameterException" });
    else expect(await found).toEqual(expected);
  });
});

describe("paging", () => {
  it("gives every event exactly once, whatever the limit, and no token at the end", async () => {
    const { put, pages } = await withSearch();
    for (const [index, name] of ["a-1", "b", "a-2", "a-1"].entries())
      await put(
        [0, 1, 2, 3].map((n) => at(n, `${n}.${index}`)),
        name,
      );
    const expected = [0, 1, 2, 3].flatMap((n) => [0, 1, 2, 3].map((index) => `${n}.${index}`));
    for (const limit of [undefined, 1, 3, 4, 16, 17]) {
      const seen = await pages({ ...(limit !== undefined && { limit }) });
      expect(seen.flat()).toEqual(expected);
      if (limit !== undefined) for (const page of seen) expect(page.length).toBeLessThanOrEqual(limit);
    }
    expect((await pages({ limit: 2, filterPattern: '"1."' })).flat()).toEqual(["1.0", "1.1", "1.2", "1.3"]);
    expect((await pages({ limit: 2, logStreamNamePrefix: "a-" })).flat()).toHaveLength(12);
  });

  it("keeps a page below 1 MiB of messages", async () => {
    const { put, pages } = await withSearch();
    const half = "x".repeat(PAGE_BYTES / 2);
    for (let n = 0; n < 3; n++) await put([at(n, half)]);
    expect((await pages()).map((page) => page.length)).toEqual([2, 1]);
  });

  it("answers with a token and no events when it has looked at enough", async () => {
    const { put, filter, pages } = await withSearch();
    const large = "x".repeat(1_000_000);
    const count = Math.ceil(SCAN_BYTES / large.length) + 2;
    for (let n = 0; n < count; n++) await put([at(n, large)]);
    await put([at(count, "needle")]);
    const first = await filter({ filterPattern: "needle" });
    expect(first.events).toEqual([]);
    expect(first.nextToken).toMatch(/^\d{56}$/);
    expect((await pages({ filterPattern: "needle" })).flat()).toEqual(["needle"]);
  });

  it("takes a token of an event that is gone", async () => {
    const { put, messages } = await withSearch();
    await put([at(5, "x")]);
    expect(await messages({ nextToken: "0".repeat(56) })).toEqual(["x"]);
  });
});

describe("what is refused", () => {
  it.each<[Asked, RegExp]>([
    [{ logStreamNames: ["a-1"], logStreamNamePrefix: "a" }, /mutually exclusive/],
    [{ logStreamNames: [] }, /greater than or equal to 1/],
    [{ logStreamNames: Array(101).fill("a-1") }, /less than or equal to 100/],
    [{ logStreamNames: ["a*"] }, /'logStreamNames.1.member'.*regular expression/],
    [{ logStreamNamePrefix: "a*" }, /regular expression/],
    [{ filterPattern: "x".repeat(1_025) }, /'filterPattern'.*less than or equal to 1024/],
    [{ filterPattern: '{ $.a = "x' }, /Invalid filter pattern/],
    [{ limit: 0 }, /greater than or equal to 1/],
    [{ limit: 10_001 }, /less than or equal to 10000/],
    [{ startTime: -1 }, /greater than or equal to 0/],
    [{ nextToken: "nonsense" }, /nextToken is invalid/],
    [{ logGroupIdentifier: GROUP }, /Exactly one of/],
  ])("%j", async (input, message) => {
    const { filter } = await withSearch();
    await expect(filter(input)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
  });

  it("a group or a stream that does not exist", async () => {
    const { filter } = await withSearch();
    await expect(filter({ logStreamNames: ["a-1", "missing"] })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log stream does not exist.",
    });
    await expect(filter({ logGroupName: "/missing" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
