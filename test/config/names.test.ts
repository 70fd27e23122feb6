import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LOG_GROUP_NAME, LOG_STREAM_NAME, NAME_CHARS } from "../../agent/base/cloudwatch-limits.ts";
import { defaultGroupName, nameFault } from "../../agent/config/names.ts";
import { PLACEHOLDERS } from "../../agent/config/placeholders.ts";

describe("nameFault", () => {
  it.each([
    "/aws/ec2/x",
    "a",
    "A-1_b.c/#",
    "{instance_id}",
    "/x/{file_name}",
    "x".repeat(NAME_CHARS),
    "{file_path}aws/",
  ])("takes %s for a log group", (name) => {
    expect(nameFault(name, "group")).toBeUndefined();
  });

  it.each(["{instance_id}", "a b", "größe", "{hostname}{file_path}", "[$LATEST]", "x".repeat(NAME_CHARS)])(
    "takes %s for a log stream",
    (name) => {
      expect(nameFault(name, "stream")).toBeUndefined();
    },
  );

  it("measures only the text around placeholders", () => {
    const around = "x".repeat(NAME_CHARS);
    expect(nameFault(`${around}{instance_id}`, "stream")).toBeUndefined();
    expect(nameFault(`${around}y{instance_id}`, "stream")?.message).toBe(
      "is 513 characters long; a log stream name has at most 512",
    );
  });

  it.each([
    ["", "group", "must not be empty", undefined],
    ["", "stream", "must not be empty", undefined],
    ["aws/x", "group", 'a log group name must not start with "aws/"', 'did you mean "/aws/x"?'],
    ["a b", "group", 'a log group name cannot hold " "', "allowed: letters, digits and . - _ / #"],
    ["a:b:c*", "stream", 'a log stream name cannot hold ":" "*"', "allowed: anything but : and *"],
    ["{instanceid}", "stream", "unknown placeholder {instanceid}", "did you mean {instance_id}?"],
    ["{Instance-ID}", "stream", "unknown placeholder {Instance-ID}", "did you mean {instance_id}?"],
    ["{instance}", "stream", "unknown placeholder {instance}", "did you mean {instance_id}?"],
    ["{}", "stream", "unknown placeholder {}", `known: ${Object.keys(PLACEHOLDERS).join(", ")}`],
    [
      "{instance_id",
      "stream",
      'a "{" here belongs to no placeholder',
      "placeholders look like {instance_id}",
    ],
    ["instance_id}", "group", 'a "}" here belongs to no placeholder', "placeholders look like {instance_id}"],
    [
      "{{hostname}}",
      "stream",
      'a "{" here belongs to no placeholder',
      "placeholders look like {instance_id}",
    ],
  ] as const)("refuses %j for a %s", (name, target, message, hint) => {
    expect(nameFault(name, target)).toEqual(hint === undefined ? { message } : { message, hint });
  });

  it("explains why there is no {date}", () => {
    expect(nameFault("x-{date}", "stream")?.message).toMatch(/^\{date\} is not supported/);
  });

  it("repeats no more than the beginning of an endless placeholder", () => {
    expect(nameFault(`{${"x".repeat(10_000)}}`, "stream")?.message.length).toBeLessThan(100);
  });

  it("agrees with the service about every name without braces", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (name) => {
        fc.pre(!/[{}]/.test(name));
        const group = LOG_GROUP_NAME.test(name) && name.length <= NAME_CHARS && !name.startsWith("aws/");
        expect(nameFault(name, "group") === undefined).toBe(group);
        const stream = LOG_STREAM_NAME.test(name) && name.length <= NAME_CHARS;
        expect(nameFault(name, "stream") === undefined).toBe(stream);
      }),
      { numRuns: 500 },
    );
  });
});

describe("defaultGroupName", () => {
  it.each([
    ["/var/log/messages", "/var/log/messages"],
    ["/var/log/app.log", "/var/log/app"],
    ["/var/log/app.log.1", "/var/log/app.log"],
    ["/var/log/app.", "/var/log/app"],
    ["/srv/.hidden", "/srv/.hidden"],
    ["/srv/.hidden.log", "/srv/.hidden"],
    ["/srv/v1.2/current", "/srv/v1.2/current"],
    ["/srv/a b:c.log", "/srv/a_b_c"],
    ["/srv/a#1_x-y.log", "/srv/a#1_x-y"],
  ])("%s gives %s", (path, name) => {
    expect(defaultGroupName(path)).toBe(name);
  });

  it("is a name that the service takes, but for its length", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1 }), (parts) => {
        expect(defaultGroupName(`/${parts.join("/")}`)).toMatch(LOG_GROUP_NAME);
      }),
    );
  });
});
