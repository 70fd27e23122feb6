import { describe, expect, it } from "vitest";
import { z } from "zod";
import { member, read } from "../../agent/local/constraints.ts";
import { refusalOf } from "./pattern/refused.ts";

const schema = z.object({
  name: member.groupName,
  limit: member.describeLimit.optional(),
  days: z.literal([1, 3]).optional(),
  order: z.enum(["A", "B"]).optional(),
  tags: member.tags.optional(),
  names: z.array(member.streamName).min(1).max(2).optional(),
  flag: z.boolean().optional(),
});

const refusal = (input: Record<string, unknown>) => {
  const { type, message } = refusalOf(() => read(schema, input)) ?? {};
  return { type, message };
};
const invalid = (...violations: readonly string[]) => ({
  type: "InvalidParameterException",
  message: `${violations.length} validation error${violations.length === 1 ? "" : "s"} detected: ${violations.join("; ")}`,
});

describe("the members of a call", () => {
  it("are given when they fit; null is the same as absent, unknown ones are dropped", () => {
    expect(read(schema, { name: "a", limit: null, flag: true, other: 1 })).toEqual({ name: "a", flag: true });
  });

  it.each([
    [{}, "Value null at 'name' failed to satisfy constraint: Member must not be null"],
    [{ name: null }, "Value null at 'name' failed to satisfy constraint: Member must not be null"],
    [
      { name: "x".repeat(513) },
      `Value '${"x".repeat(513)}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 512`,
    ],
    [
      { name: "a:b" },
      "Value 'a:b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [.\\-_/#A-Za-z0-9]+",
    ],
    [
      { name: "a", limit: 0 },
      "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { name: "a", limit: 51 },
      "Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
    ],
    [
      { name: "a", days: 2 },
      "Value '2' at 'days' failed to satisfy constraint: Member must satisfy enum value set: [1, 3]",
    ],
    [
      { name: "a", order: "C" },
      "Value 'C' at 'order' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
    ],
    [
      { name: "a", tags: {} },
      "Value '{}' at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { name: "a", names: [] },
      "Value '[]' at 'names' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { name: "a", names: ["ok", "a:b"] },
      "Value 'a:b' at 'names.2.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]+",
    ],
    [
      { name: "a", names: [null] },
      "Value null at 'names.1.member' failed to satisfy constraint: Member must not be null",
    ],
    [
      { name: "a", tags: { "!": "x" } },
      "Value 'x' at 'tags.!' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+]",
    ],
  ])("%j is refused", (input, violation) => {
    expect(refusal(input)).toEqual(invalid(violation));
  });

  it("are all named when several are wrong", () => {
    expect(refusal({ limit: 99 })).toEqual(
      invalid(
        "Value null at 'name' failed to satisfy constraint: Member must not be null",
        "Value '99' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
      ),
    );
  });

  it.each([
    [{ name: 5 }, "NUMBER_VALUE can not be converted to string at 'name'"],
    [{ name: ["a"] }, "START_ARRAY can not be converted to string at 'name'"],
    [{ name: { a: 1 } }, "START_OBJECT can not be converted to string at 'name'"],
    [{ name: "a", limit: "5" }, "STRING_VALUE can not be converted to number at 'limit'"],
    [{ name: "a", limit: 1.5 }, "NUMBER_VALUE can not be converted to int at 'limit'"],
    [{ name: "a", days: "3" }, "STRING_VALUE can not be converted to number at 'days'"],
    [{ name: "a", order: 3 }, "NUMBER_VALUE can not be converted to string at 'order'"],
    [{ name: "a", flag: "true" }, "STRING_VALUE can not be converted to boolean at 'flag'"],
    [{ name: "a", names: "x" }, "STRING_VALUE can not be converted to array at 'names'"],
    [{ name: "a", names: [1] }, "NUMBER_VALUE can not be converted to string at 'names.1.member'"],
    [{ name: "a", tags: [1] }, "START_ARRAY can not be converted to record at 'tags'"],
  ])("of the wrong type cannot be read: %j", (input, message) => {
    expect(refusal(input)).toEqual({ type: "SerializationException", message });
  });
});
