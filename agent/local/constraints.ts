import { z } from "zod";
import {
  KMS_KEY_ID_CHARS,
  LOG_GROUP_CLASSES,
  LOG_GROUP_NAME,
  LOG_STREAM_NAME,
  NAME_CHARS,
  TAGS_PER_GROUP,
} from "../base/cloudwatch-limits.ts";
import { DESCRIBE_ITEMS, PAGE_EVENTS } from "./read-limits.ts";
import { invalidParameter, unreadable } from "./service-error.ts";

const text = (max: number, pattern?: RegExp, min = 1) => {
  const schema = z.string().min(min).max(max);
  return pattern === undefined ? schema : schema.regex(pattern);
};

/** The members that several operations share, with the constraints of the API model. */
export const member = {
  groupName: text(NAME_CHARS, LOG_GROUP_NAME),
  groupPattern: text(NAME_CHARS, /^[.\-_/#A-Za-z0-9]*$/, 0),
  groupIdentifier: text(2048, /^[\w#+=/:,.@-]*$/),
  streamName: text(NAME_CHARS, LOG_STREAM_NAME),
  groupClass: z.enum(LOG_GROUP_CLASSES),
  kmsKeyId: text(KMS_KEY_ID_CHARS, undefined, 0),
  accountId: text(12, /^\d{12}$/, 12),
  tags: z
    .record(text(128, /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u), text(256, /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, 0))
    .refine((tags) => Object.keys(tags).length > 0, { params: { constraint: atLeast(1) } })
    .refine((tags) => Object.keys(tags).length <= TAGS_PER_GROUP, {
      params: { constraint: atMost(TAGS_PER_GROUP) },
    }),
  tagKeys: z.array(text(128, /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u)).max(50),
  resourceArn: text(1011, /^[\w+=/:,.@-]*$/),
  token: z.string().min(1),
  time: z.int().min(0),
  describeLimit: z.int().min(1).max(DESCRIBE_ITEMS),
  eventsLimit: z.int().min(1).max(PAGE_EVENTS),
} as const;

function atLeast(length: number): string {
  return `Member must have length greater than or equal to ${length}`;
}

function atMost(length: number): string {
  return `Member must have length less than or equal to ${length}`;
}

/** Reads the input of an operation. Throws ServiceError as the service does: all violations in one message. */
export const read = <Input>(schema: z.ZodType<Input>, input: Readonly<Record<string, unknown>>): Input => {
  // A null member and an absent one are the same to the service.
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const violations = result.error.issues.map((issue) => violation(issue, valueAt(given, issue.path)));
  const plural = violations.length === 1 ? "" : "s";
  throw invalidParameter(`${violations.length} validation error${plural} detected: ${violations.join("; ")}`);
};

const violation = (issue: z.core.$ZodIssue, value: unknown): string => {
  const at = `at '${pathText(issue.path)}'`;
  if (value === undefined || value === null)
    return `Value null ${at} failed to satisfy constraint: Member must not be null`;
  const expected = expectedType(issue);
  if (expected !== undefined && (issue.code === "invalid_type" || expected !== typeof value))
    throw unreadable(`${kindOf(value)} can not be converted to ${expected} ${at}`);
  const shown = typeof value === "object" ? JSON.stringify(value) : String(value);
  return `Value '${shown}' ${at} failed to satisfy constraint: ${constraint(issue)}`;
};

/** The type that a value has to have, where the issue is about a type or about a choice. */
const expectedType = (issue: z.core.$ZodIssue): string | undefined => {
  if (issue.code === "invalid_type") return issue.expected;
  return issue.code === "invalid_value" ? typeof issue.values[0] : undefined;
};

const constraint = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case "too_small":
      return isNumber(issue.origin)
        ? `Member must have value greater than or equal to ${issue.minimum}`
        : atLeast(Number(issue.minimum));
    case "too_big":
      return isNumber(issue.origin)
        ? `Member must have value less than or equal to ${issue.maximum}`
        : atMost(Number(issue.maximum));
    case "invalid_value":
      return `Member must satisfy enum value set: [${issue.values.map(String).join(", ")}]`;
    case "invalid_format":
      return `Member must satisfy regular expression pattern: ${bare(issue.pattern ?? issue.format)}`;
    case "invalid_key":
      return `Map keys must satisfy constraint: [${issue.issues.map(constraint).join(", ")}]`;
    case "custom":
      return String(issue.params?.constraint ?? issue.message);
    default:
      return issue.message;
  }
};

/** The service shows its patterns without the anchors and slashes of ours. */
const bare = (pattern: string): string => pattern.replace(/^\/\^?/, "").replace(/\$?\/u?$/, "");

const isNumber = (origin: string): boolean => origin === "number" || origin === "int" || origin === "bigint";

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return "START_ARRAY";
  if (typeof value === "object") return "START_OBJECT";
  return `${typeof value}`.toUpperCase().concat("_VALUE");
};

/** `logEvents.3.member`: the service counts from one and names list entries. */
const pathText = (path: readonly PropertyKey[]): string =>
  path.map((part) => (typeof part === "number" ? `${part + 1}.member` : String(part))).join(".");

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], input);
