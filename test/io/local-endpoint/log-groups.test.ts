import {
  CreateLogGroupCommand,
  type CreateLogGroupCommandInput,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  type DescribeLogGroupsCommandInput,
  DescribeLogStreamsCommand,
  PutLogGroupDeletionProtectionCommand,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { RETENTION_DAYS } from "../../../agent/base/cloudwatch-limits.ts";
import { GROUP, post, STREAM, withEndpoint, withStream } from "./endpoint-client.ts";

const NOW = 1_795_000_000_000;
const now = () => NOW;
const refused = (message: RegExp, name = "InvalidParameterException") => ({
  name,
  message: expect.stringMatching(message),
});

const withGroups = async (names: readonly string[] = []) => {
  const { client, endpoint } = await withEndpoint({ now });
  const create = (input: CreateLogGroupCommandInput) => client.send(new CreateLogGroupCommand(input));
  const list = async (input: DescribeLogGroupsCommandInput = {}) =>
    (await client.send(new DescribeLogGroupsCommand(input))).logGroups ?? [];
  const namesOf = async (input?: DescribeLogGroupsCommandInput) =>
    (await list(input)).map(({ logGroupName }) => logGroupName);
  for (const logGroupName of names) await create({ logGroupName });
  return { client, endpoint, create, list, namesOf };
};

describe("CreateLogGroup", () => {
  it("makes a group that DescribeLogGroups tells about", async () => {
    const { create, list } = await withGroups();
    await create({
      logGroupName: "/app/web",
      kmsKeyId: "arn:aws:kms:us-east-1:000000000000:key/x",
      logGroupClass: "INFREQUENT_ACCESS",
      deletionProtectionEnabled: true,
      tags: { team: "web" },
    });
    expect(await list()).toEqual([
      {
        logGroupName: "/app/web",
        creationTime: NOW,
        metricFilterCount: 0,
        arn: "arn:aws:logs:us-east-1:000000000000:log-group:/app/web:*",
        logGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:/app/web",
        storedBytes: 0,
        kmsKeyId: "arn:aws:kms:us-east-1:000000000000:key/x",
        logGroupClass: "INFREQUENT_ACCESS",
        deletionProtectionEnabled: true,
      },
    ]);
  });

  it("refuses a second one of the same name, also when both arrive at once", async () => {
    const { create, namesOf } = await withGroups();
    const answers = await Promise.allSettled([1, 2, 3].map(() => create({ logGroupName: "a" })));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(create({ logGroupName: "a" })).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log group already exists",
    });
    expect(await namesOf()).toEqual(["a"]);
  });

  it.each(["a", "x".repeat(512), "/A-z_0.9#/x", "/aws/lambda/f", "awsome"])(
    "takes the name %s",
    async (name) => {
      const { create, namesOf } = await withGroups();
      await create({ logGroupName: name });
      expect(await namesOf()).toEqual([name]);
    },
  );

  it.each([
    ["", /length greater than or equal to 1/],
    ["x".repeat(513), /length less than or equal to 512/],
    ["a b", /regular expression pattern/],
    ["a:b", /regular expression pattern/],
    ["a*", /regular expression pattern/],
    ["ü", /regular expression pattern/],
    ["a\n", /regular expression pattern/],
    ["aws/x", /reserved for AWS/],
    ["AWS/x", /reserved for AWS/],
  ])("refuses the name %j", async (logGroupName, message) => {
    const { create } = await withGroups();
    await expect(create({ logGroupName })).rejects.toMatchObject(refused(message));
  });

  it("refuses what is not documented: class, key, tags", async () => {
    const { create } = await withGroups();
    const tags = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "v"]));
    const many = (input: object, message: RegExp) =>
      expect(create({ logGroupName: "a", ...input })).rejects.toMatchObject(refused(message));
    await many({ logGroupClass: "COLD" }, /enum value set: \[STANDARD, INFREQUENT_ACCESS, DELIVERY\]/);
    await many({ kmsKeyId: "x".repeat(257) }, /'kmsKeyId'.*less than or equal to 256/);
    await many({ tags: {} }, /'tags'.*greater than or equal to 1/);
    await many({ tags: tags(51) }, /'tags'.*less than or equal to 50/);
    await many({ tags: { ["k".repeat(129)]: "v" } }, /Map keys.*less than or equal to 128/);
    await many({ tags: { k: "v".repeat(257) } }, /'tags.k'.*less than or equal to 256/);
    await many({ tags: { "a!": "v" } }, /Map keys must satisfy/);
    await many({ tags: { k: "a!" } }, /'tags.k'.*regular expression/);
    await many({ tags: { "aws:x": "v" } }, /reserved/);
    await many({ tags: { "AWS:x": "v" } }, /reserved/);
    await create({ logGroupName: "a", tags: tags(50), kmsKeyId: "x".repeat(256) });
  });
});

describe("DescribeLogGroups", () => {
  const NAMES = ["b", "/app/web", "/app/db", "A", "/app/web2", "a"];

  it("sorts by ASCII", async () => {
    const { namesOf } = await withGroups(NAMES);
    expect(await namesOf()).toEqual(["/app/db", "/app/web", "/app/web2", "A", "a", "b"]);
  });

  it("filters by prefix, by a part of the name and by class; case matters", async () => {
    const { create, namesOf } = await withGroups(NAMES);
    await create({ logGroupName: "/rare", logGroupClass: "INFREQUENT_ACCESS" });
    expect(await namesOf({ logGroupNamePrefix: "/app/web" })).toEqual(["/app/web", "/app/web2"]);
    expect(await namesOf({ logGroupNamePrefix: "/APP" })).toEqual([]);
    // Nothing in a name is a wildcard.
    expect(await namesOf({ logGroupNamePrefix: "_app" })).toEqual([]);
    expect(await namesOf({ logGroupNamePattern: "web" })).toEqual(["/app/web", "/app/web2"]);
    expect(await namesOf({ logGroupNamePattern: "WEB" })).toEqual([]);
    expect(await namesOf({ logGroupNamePattern: "" })).toHaveLength(7);
    expect(await namesOf({ logGroupClass: "INFREQUENT_ACCESS" })).toEqual(["/rare"]);
  });

  it("gives the groups that are asked for by name or ARN", async () => {
    const { namesOf } = await withGroups(NAMES);
    const arn = "arn:aws:logs:us-east-1:000000000000:log-group:/app/db";
    expect(await namesOf({ logGroupIdentifiers: ["b", arn, "missing"] })).toEqual(["/app/db", "b"]);
  });

  it("pages by 50 and less, each group exactly once", async () => {
    const names = Array.from({ length: 120 }, (_, n) => `g${String(n).padStart(3, "0")}`);
    const { client } = await withGroups(names);
    for (const limit of [undefined, 50, 7, 1]) {
      const seen: (string | undefined)[] = [];
      const sizes: number[] = [];
      for await (const { logGroups = [] } of paginateDescribeLogGroups(
        { client, ...(limit !== undefined && { pageSize: limit }) },
        {},
      )) {
        sizes.push(logGroups.length);
        seen.push(...logGroups.map(({ logGroupName }) => logGroupName));
      }
      expect(seen).toEqual(names);
      expect(Math.max(...sizes)).toBe(limit ?? 50);
      expect(sizes.at(-1)).toBeGreaterThan(0);
    }
  });

  it("goes on behind its page although groups come and go", async () => {
    const { client, create } = await withGroups(["b", "d", "f"]);
    const first = await client.send(new DescribeLogGroupsCommand({ limit: 2 }));
    await create({ logGroupName: "a" });
    await create({ logGroupName: "e" });
    await client.send(new DeleteLogGroupCommand({ logGroupName: "d" }));
    const second = await client.send(new DescribeLogGroupsCommand({ nextToken: first.nextToken }));
    expect(second.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["e", "f"]);
    expect(second.nextToken).toBeUndefined();
  });

  it.each([
    [{ limit: 0 }, /greater than or equal to 1/],
    [{ limit: 51 }, /less than or equal to 50/],
    [{ nextToken: "" }, /greater than or equal to 1/],
    [{ nextToken: "nonsense" }, /nextToken is invalid/],
    [{ nextToken: "W10" }, /nextToken is invalid/],
    [{ logGroupNamePrefix: "a", logGroupNamePattern: "b" }, /mutually exclusive/],
    [{ logGroupIdentifiers: ["a"], logGroupNamePrefix: "a" }, /logGroupIdentifiers/],
    [{ logGroupIdentifiers: [] }, /greater than or equal to 1/],
    [{ logGroupIdentifiers: Array(51).fill("a") }, /less than or equal to 50/],
    [{ accountIdentifiers: ["1"] }, /accountIdentifiers.1.member/],
    [{ logGroupNamePrefix: "a b" }, /regular expression/],
  ])("refuses %j", async (input, message) => {
    const { list } = await withGroups();
    await expect(list(input)).rejects.toMatchObject(refused(message));
  });
});

describe("DeleteLogGroup", () => {
  it("removes the group with its streams and events; a new one of the same name is empty", async () => {
    const { client, put } = await withStream({ now });
    await put([{ timestamp: NOW, message: "x" }]);
    await client.send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
    await expect(put([{ timestamp: NOW, message: "x" }])).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    const { logStreams } = await client.send(new DescribeLogStreamsCommand({ logGroupName: GROUP }));
    expect(logStreams).toEqual([]);
    const { logGroups } = await client.send(new DescribeLogGroupsCommand({}));
    expect(logGroups?.[0]?.storedBytes).toBe(0);
  });

  it("needs the group", async () => {
    const { client } = await withGroups();
    await expect(client.send(new DeleteLogGroupCommand({ logGroupName: "a" }))).rejects.toMatchObject(
      refused(/^The specified log group does not exist\.$/, "ResourceNotFoundException"),
    );
  });

  it("is refused while the group is protected, as is deleting a stream of it", async () => {
    const { client, create } = await withGroups();
    await create({ logGroupName: GROUP, deletionProtectionEnabled: true });
    await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: STREAM }));
    const removeGroup = () => client.send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
    const removeStream = () =>
      client.send(new DeleteLogStreamCommand({ logGroupName: GROUP, logStreamName: STREAM }));
    const protect = (deletionProtectionEnabled: boolean) =>
      client.send(
        new PutLogGroupDeletionProtectionCommand({ logGroupIdentifier: GROUP, deletionProtectionEnabled }),
      );
    await expect(removeGroup()).rejects.toMatchObject(refused(/protection/, "ValidationException"));
    await expect(removeStream()).rejects.toMatchObject(refused(/protection/, "ValidationException"));
    await protect(false);
    await removeStream();
    await protect(true);
    await expect(removeGroup()).rejects.toMatchObject({ name: "ValidationException" });
    await protect(false);
    await removeGroup();
  });
});

describe("PutRetentionPolicy", () => {
  it.each(RETENTION_DAYS.map((days) => [days]))("takes %i days", async (retentionInDays) => {
    const { client, list } = await withGroups(["a"]);
    await client.send(new PutRetentionPolicyCommand({ logGroupName: "a", retentionInDays }));
    expect(await list()).toMatchObject([{ retentionInDays }]);
  });

  it.each([0, -1, 2, 4, 6, 8, 15, 364, 366, 3654, 10_000])("refuses %i days", async (retentionInDays) => {
    const { client } = await withGroups(["a"]);
    await expect(
      client.send(new PutRetentionPolicyCommand({ logGroupName: "a", retentionInDays })),
    ).rejects.toMatchObject(
      refused(/'retentionInDays'.*enum value set: \[1, 3, 5, 7, 14, 30, .*, 3288, 3653\]/),
    );
  });

  it("can be changed and taken back: then events never expire", async () => {
    const { client, list } = await withGroups(["a"]);
    for (const retentionInDays of [7, 30])
      await client.send(new PutRetentionPolicyCommand({ logGroupName: "a", retentionInDays }));
    expect(await list()).toMatchObject([{ retentionInDays: 30 }]);
    await client.send(new DeleteRetentionPolicyCommand({ logGroupName: "a" }));
    expect((await list())[0]).not.toHaveProperty("retentionInDays");
  });

  it("needs a group, of a class that has a retention of its own", async () => {
    const { client, create, endpoint } = await withGroups();
    const retain = (logGroupName: string) =>
      client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));
    await expect(retain("a")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(client.send(new DeleteRetentionPolicyCommand({ logGroupName: "a" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await create({ logGroupName: "d", logGroupClass: "DELIVERY" });
    await expect(retain("d")).rejects.toMatchObject(refused(/DELIVERY/));
    const missing = await post(endpoint, "PutRetentionPolicy", '{"logGroupName":"d"}');
    expect(missing.json()).toEqual({
      __type: "InvalidParameterException",
      message:
        "1 validation error detected: Value null at 'retentionInDays' failed to satisfy constraint: Member must not be null",
    });
  });
});
