import {
  CreateLogGroupCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { withEndpoint } from "./endpoint-client.ts";

const ARN = "arn:aws:logs:us-east-1:000000000000:log-group:/app";

const withGroup = async (tags?: Record<string, string>) => {
  const { client } = await withEndpoint();
  await client.send(new CreateLogGroupCommand({ logGroupName: "/app", ...(tags && { tags }) }));
  const list = async (resourceArn = ARN) =>
    (await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
  const tag = (more: Record<string, string>, resourceArn = ARN) =>
    client.send(new TagResourceCommand({ resourceArn, tags: more }));
  const untag = (tagKeys: string[], resourceArn = ARN) =>
    client.send(new UntagResourceCommand({ resourceArn, tagKeys }));
  return { client, list, tag, untag };
};

const numbered = (count: number, from = 0) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n + from}`, "v"]));

describe("tags of a group", () => {
  it("are those it was made with, plus those that are added, minus those that are removed", async () => {
    const { list, tag, untag } = await withGroup({ team: "web", stage: "test" });
    expect(await list()).toEqual({ team: "web", stage: "test" });
    await tag({ stage: "prod", "größe:+-@=/._": "ja ok" });
    expect(await list()).toEqual({ team: "web", stage: "prod", "größe:+-@=/._": "ja ok" });
    await untag(["team", "missing"]);
    expect(await list()).toEqual({ stage: "prod", "größe:+-@=/._": "ja ok" });
    await untag([]);
    await tag({ empty: "" });
    expect(await list()).toMatchObject({ empty: "" });
  });

  it("are none without any", async () => {
    const { list } = await withGroup();
    expect(await list()).toEqual({});
  });

  it("are at most 50 together", async () => {
    const { list, tag } = await withGroup(numbered(30));
    await tag(numbered(20, 30));
    await expect(tag({ more: "v" })).rejects.toMatchObject({
      name: "TooManyTagsException",
      message: "A resource can have no more than 50 tags.",
    });
    await tag({ k1: "changed" });
    expect(Object.keys((await list()) ?? {})).toHaveLength(50);
  });

  it("may have names that mean something to the language", async () => {
    const { list, tag, untag } = await withGroup();
    await tag({ constructor: "a", toString: "b" });
    expect(await list()).toEqual({ constructor: "a", toString: "b" });
    await untag(["constructor", "toString"]);
    expect(await list()).toEqual({});
  });

  it.each([
    [{}, /'tags'.*greater than or equal to 1/],
    [numbered(51), /'tags'.*less than or equal to 50/],
    [{ "": "v" }, /Map keys.*greater than or equal to 1/],
    [{ ["k".repeat(129)]: "v" }, /Map keys.*less than or equal to 128/],
    [{ k: "v".repeat(257) }, /'tags.k'.*less than or equal to 256/],
    [{ "k!": "v" }, /Map keys.*regular expression/],
    [{ k: "a\tb" }, /'tags.k'.*regular expression/],
    [{ "aws:k": "v" }, /reserved/],
  ])("refuse %j", async (tags, message) => {
    const { tag } = await withGroup();
    await expect(tag(tags)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
  });

  it("cannot be untagged by 51 keys at a time", async () => {
    const { untag } = await withGroup();
    await untag(Object.keys(numbered(50)));
    await expect(untag(Object.keys(numbered(51)))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  it.each([
    ["/app", "InvalidParameterException"],
    ["arn:aws:logs:us-east-1:000000000000:destination:x", "InvalidParameterException"],
    [`${ARN}:*`, "InvalidParameterException"],
    ["x".repeat(1_012), "InvalidParameterException"],
    [`${ARN}/missing`, "ResourceNotFoundException"],
  ])("belong to the ARN of a group, not to %s", async (resourceArn, name) => {
    const { list, tag, untag } = await withGroup();
    await expect(list(resourceArn)).rejects.toMatchObject({ name });
    await expect(tag({ a: "b" }, resourceArn)).rejects.toMatchObject({ name });
    await expect(untag(["a"], resourceArn)).rejects.toMatchObject({ name });
  });
});
