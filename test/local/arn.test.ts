import { describe, expect, it } from "vitest";
import { ACCOUNT, groupArn, groupNameOf, streamArn } from "../../agent/local/arn.ts";
import { refusalOf } from "./pattern/refused.ts";

describe("the group that an identifier means", () => {
  it.each(["/app/web", "a", "with#hash", "x".repeat(512)])("is the name itself, or its ARN: %j", (name) => {
    expect(groupNameOf(name)).toBe(name);
    expect(groupNameOf(groupArn("eu-west-1", name))).toBe(name);
  });

  it("may be of any partition, Region and account", () => {
    expect(groupNameOf("arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:/x")).toBe("/x");
  });

  it.each([
    "arn:aws:s3:::bucket",
    "arn:aws:logs:us-east-1:1:log-group:/x",
    `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:`,
    `arn:aws:logs:us-east-1:${ACCOUNT}:destination:x`,
    `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${"x".repeat(513)}`,
    // The form with an asterisk is for policies: the calls that take an ARN refuse it.
    `${groupArn("us-east-1", "/x")}:*`,
    streamArn("us-east-1", "/x", "s"),
  ])("is none for %s", (identifier) => {
    expect(refusalOf(() => groupNameOf(identifier))).toMatchObject({
      type: "InvalidParameterException",
      message: `The specified ARN '${identifier}' is not valid.`,
    });
  });
});
