import {
  CreateLogStreamCommand,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PAGE_BYTES } from "../../../agent/local/read-limits.ts";
import { GROUP, STREAM, withStream } from "./endpoint-client.ts";

const NOW = 1_795_000_000_000;
const now = () => NOW;

type Asked = Partial<GetLogEventsCommandInput>;

const withReader = async () => {
  const stream = await withStream({ now });
  const get = (input: Asked = {}) =>
    stream.client.send(
      new GetLogEventsCommand({
        logGroupName: GROUP,
        logStreamName: STREAM,
        ...input,
      } as GetLogEventsCommandInput),
    );
  const messages = async (input: Asked = {}) =>
    ((await get(input)).events ?? []).map(({ message }) => message);
  /** Follows the tokens of one direction until one comes back as it went. */
  const all = async (input: Asked, token: "nextForwardToken" | "nextBackwardToken") => {
    const pages: (string | undefined)[][] = [];
    let asked: string | undefined;
    for (;;) {
      const page = await get({ ...input, nextToken: asked });
      pages.push((page.events ?? []).map(({ message }) => message));
      if (page[token] === asked) return pages;
      asked = page[token];
    }
  };
  const numbered = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ timestamp: NOW + n, message: `${n}` }));
  return { ...stream, get, messages, all, numbered };
};

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `${n + from}`);

describe("an empty stream", () => {
  it("has no events, and tokens that stay the same until one arrives", async () => {
    const { get, put } = await withReader();
    for (const startFromHead of [true, false]) {
      const first = await get({ startFromHead });
      expect(first.events).toEqual([]);
      const { nextForwardToken = "", nextBackwardToken = "" } = first;
      for (const nextToken of [nextForwardToken, nextBackwardToken]) {
        const next = await get({ nextToken });
        expect(next.events).toEqual([]);
        const own = nextToken.startsWith("f/") ? next.nextForwardToken : next.nextBackwardToken;
        expect(own).toBe(nextToken);
      }
    }
    const { nextForwardToken } = await get();
    await put([{ timestamp: NOW - 1_000, message: "first" }]);
    expect((await get({ nextToken: nextForwardToken })).events).toMatchObject([{ message: "first" }]);
  });
});

describe("the direction", () => {
  it("is from the newest events without startFromHead; a page is always in the order of time", async () => {
    const { messages, put, numbered } = await withReader();
    await put(numbered(10));
    expect(await messages({ limit: 3 })).toEqual(["7", "8", "9"]);
    expect(await messages({ limit: 3, startFromHead: false })).toEqual(["7", "8", "9"]);
    expect(await messages({ limit: 3, startFromHead: true })).toEqual(["0", "1", "2"]);
    expect(await messages()).toEqual(texts(10));
  });

  it("forward ends with a token that comes back as it went, and goes on when events arrive", async () => {
    const { all, get, put, numbered } = await withReader();
    await put(numbered(10));
    expect(await all({ limit: 4, startFromHead: true }, "nextForwardToken")).toEqual([
      texts(4),
      texts(4, 4),
      texts(2, 8),
      [],
    ]);
    const end = (await get({ startFromHead: true })).nextForwardToken;
    expect((await get({ nextToken: end, startFromHead: true })).nextForwardToken).toBe(end);
    await put([{ timestamp: NOW + 9, message: "same millisecond, later" }]);
    const more = await get({ nextToken: end, startFromHead: true });
    expect(more.events).toMatchObject([{ message: "same millisecond, later" }]);
    expect(more.nextForwardToken).not.toBe(end);
  });

  it("backward ends with a token that comes back as it went", async () => {
    const { all, put, numbered } = await withReader();
    await put(numbered(10));
    expect(await all({ limit: 4 }, "nextBackwardToken")).toEqual([texts(4, 6), texts(4, 2), texts(2), []]);
  });

  it("can be turned on every page", async () => {
    const { get, put, numbered } = await withReader();
    await put(numbered(10));
    const last = await get({ limit: 2 });
    const middle = await get({ limit: 2, nextToken: last.nextBackwardToken });
    expect(middle.events).toMatchObject([{ message: "6" }, { message: "7" }]);
    const again = await get({ limit: 2, nextToken: middle.nextForwardToken });
    expect(again.events).toMatchObject([{ message: "8" }, { message: "9" }]);
    const back = await get({ limit: 2, nextToken: again.nextBackwardToken });
    expect(back.events).toMatchObject([{ message: "6" }, { message: "7" }]);
  });
});

describe("the range of time", () => {
  it("includes its start and excludes its end", async () => {
    const { messages, put, numbered } = await withReader();
    await put(numbered(10));
    for (const startFromHead of [true, false]) {
      const within = (startTime?: number, endTime?: number) =>
        messages({ startTime, endTime, startFromHead });
      expect(await within(NOW + 7)).toEqual(["7", "8", "9"]);
      expect(await within(undefined, NOW + 2)).toEqual(["0", "1"]);
      expect(await within(NOW + 3, NOW + 5)).toEqual(["3", "4"]);
      expect(await within(NOW + 3, NOW + 3)).toEqual([]);
      expect(await within(NOW + 5, NOW + 3)).toEqual([]);
      expect(await within(0, 0)).toEqual([]);
      expect(await within(NOW + 10)).toEqual([]);
    }
  });

  it("holds over pages in both directions", async () => {
    const { all, put, numbered } = await withReader();
    await put(numbered(20));
    const range = { startTime: NOW + 5, endTime: NOW + 15, limit: 4 };
    const forward = await all({ ...range, startFromHead: true }, "nextForwardToken");
    expect(forward.flat()).toEqual(texts(10, 5));
    const backward = await all(range, "nextBackwardToken");
    expect(backward.reverse().flat()).toEqual(texts(10, 5));
  });

  it("is not confused by a batch that spans a day", async () => {
    const { messages, put } = await withReader();
    const day = 86_400_000;
    await put([
      { timestamp: NOW - day, message: "old" },
      { timestamp: NOW, message: "new" },
    ]);
    expect(await messages({ startTime: NOW })).toEqual(["new"]);
    expect(await messages({ startTime: NOW, startFromHead: true })).toEqual(["new"]);
    expect(await messages({ endTime: NOW })).toEqual(["old"]);
    expect(await messages({ endTime: NOW - day + 1, startFromHead: true })).toEqual(["old"]);
    expect(await messages({ startTime: NOW - day + 1, endTime: NOW })).toEqual([]);
  });
});

describe("the size of a page", () => {
  it("is at most 10,000 events", async () => {
    const { get, put } = await withReader();
    const many = Array.from({ length: 10_000 }, () => ({ timestamp: NOW, message: "x" }));
    await put(many);
    await put(many.slice(0, 1));
    expect((await get()).events).toHaveLength(10_000);
    expect((await get({ startFromHead: true })).events).toHaveLength(10_000);
    await expect(get({ limit: 10_001 })).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(get({ limit: 0 })).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("is at most 1 MiB of messages, but always one event", async () => {
    const { all, put } = await withReader();
    const third = "x".repeat(PAGE_BYTES / 4 + 1);
    await put([1, 2, 3].map((n) => ({ timestamp: NOW + n, message: `${n}${third}` })));
    await put([4, 5].map((n) => ({ timestamp: NOW + n, message: `${n}${third}` })));
    await put([{ timestamp: NOW + 6, message: `6${"é".repeat(524_000)}` }]);
    const sizes = (pages: readonly (readonly (string | undefined)[])[]) =>
      pages.map((page) => page.map((message) => message?.charAt(0)).join(""));
    expect(sizes(await all({ startFromHead: true }, "nextForwardToken"))).toEqual(["123", "45", "6", ""]);
    expect(sizes(await all({}, "nextBackwardToken"))).toEqual(["6", "345", "12", ""]);
  });
});

describe("what is refused", () => {
  it.each<[Asked, RegExp]>([
    [{ nextToken: "nonsense" }, /nextToken is invalid/],
    [{ nextToken: `f/${"0".repeat(55)}/s` }, /nextToken is invalid/],
    [{ nextToken: `x/${"0".repeat(56)}/s` }, /nextToken is invalid/],
    [{ nextToken: `f/${"9".repeat(56)}/s` }, /nextToken is invalid/],
    [{ nextToken: "" }, /greater than or equal to 1/],
    [{ startTime: -1 }, /'startTime'.*greater than or equal to 0/],
    [{ endTime: -1 }, /'endTime'.*greater than or equal to 0/],
    [{ logGroupIdentifier: GROUP }, /Exactly one of/],
    [{ logGroupName: undefined }, /Exactly one of/],
    [{ logStreamName: "a:b" }, /regular expression/],
  ])("%j", async (input, message) => {
    const { get } = await withReader();
    await expect(get(input)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
  });

  it("a group or a stream that does not exist", async () => {
    const { get } = await withReader();
    await expect(get({ logStreamName: "missing" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log stream does not exist.",
    });
    await expect(get({ logGroupName: "/missing" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
  });
});

it("gives every event of any batches exactly once and in order, from either end", async () => {
  const { client, put, all } = await withReader();
  const batch = fc.array(fc.record({ at: fc.nat(20), size: fc.constantFrom(1, 40, 400_000) }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 6 }),
      async (batches, limit) => {
        const logStreamName = crypto.randomUUID();
        await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
        const expected: { timestamp: number; message: string }[] = [];
        for (const [number, events] of batches.entries()) {
          const sent = events
            .map(({ at, size }, index) => ({
              timestamp: NOW + at,
              message: `${number}.${index} `.padEnd(size, "x"),
            }))
            .sort((a, b) => a.timestamp - b.timestamp);
          if (sent.reduce((sum, { message }) => sum + message.length + 26, 0) > 1_048_576) continue;
          await put(sent, logStreamName);
          expected.push(...sent);
        }
        const order = expected.sort((a, b) => a.timestamp - b.timestamp).map(({ message }) => message);
        const forward = await all({ logStreamName, limit, startFromHead: true }, "nextForwardToken");
        expect(forward.flat()).toEqual(order);
        const backward = await all({ logStreamName, limit }, "nextBackwardToken");
        expect(backward.reverse().flat()).toEqual(order);
      },
    ),
    { numRuns: 25 },
  );
});
