import { createHash } from "node:crypto";
import { posix } from "node:path";
import { NAME_CHARS } from "../base/cloudwatch-limits.ts";

/** What is known about the host; undefined where nobody could say. */
export interface HostFacts {
  readonly instance_id: string | undefined;
  readonly hostname: string | undefined;
  readonly local_hostname: string | undefined;
  readonly ip_address: string | undefined;
  readonly aws_region: string | undefined;
  readonly account_id: string | undefined;
}

/** What a name is for: the service allows different characters in each. */
export type NameTarget = "group" | "stream";

/** Every placeholder, with what it stands for. The reference manual lists them from here. */
export const PLACEHOLDERS = {
  instance_id: "the id of the EC2 instance; elsewhere the host name",
  hostname: "the host name in the instance metadata; elsewhere the one that the system reports",
  local_hostname: "the host name that the system reports",
  ip_address: "the primary private IPv4 address",
  aws_region: "the AWS Region that logs go to",
  account_id: "the id of the AWS account",
  file_name: "the base name of the file, such as `access.log`",
  file_path: "the whole path of the file",
} as const;

export type Placeholder = keyof typeof PLACEHOLDERS;

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Stands in for a fact that nobody could say. */
const UNKNOWN = "unknown";

/** The names between braces in a template, in order, each as often as it occurs, known or not. */
export const placeholdersIn = (template: string): readonly string[] =>
  [...template.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");

export const isPlaceholder = (name: string): name is Placeholder => Object.hasOwn(PLACEHOLDERS, name);

/** The text of a template without its placeholders. */
export const literalText = (template: string): string =>
  template.replace(PLACEHOLDER, (whole, name) => (isPlaceholder(name) ? "" : whole));

/** Replaces what the service refuses in a name. Source of the sets: CreateLogGroup and CreateLogStream. */
export const allowedCharacters = (name: string, target: NameTarget): string =>
  target === "group" ? name.replace(/[^.\-_/#A-Za-z0-9]/g, "_") : name.replace(/[:*]/g, "_").toWellFormed();

/** The beginning that the service keeps for itself. */
const withoutReserved = (name: string, target: NameTarget): string =>
  target === "group" ? name.replace(/^aws\//, "aws_") : name;

/** Shortens a name to the limit of the service; a hash of the whole keeps two long names apart. */
const withinLimit = (name: string): string => {
  if (name.length <= NAME_CHARS) return name;
  const mark = `-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
  return name.slice(0, NAME_CHARS - mark.length).toWellFormed() + mark;
};

const hostName = (facts: HostFacts): string | undefined => facts.hostname || facts.local_hostname;

const stoodFor = (name: Placeholder, facts: HostFacts, filePath: string): string => {
  switch (name) {
    case "file_path":
      return filePath || UNKNOWN;
    case "file_name":
      return posix.basename(filePath) || UNKNOWN;
    case "instance_id":
    case "hostname":
    case "local_hostname":
      return facts[name] || hostName(facts) || UNKNOWN;
    default:
      return facts[name] || UNKNOWN;
  }
};

/**
 * The name of a group or stream for one file: placeholders filled, characters that the service refuses replaced
 * by `_`, at most 512 characters. Unknown placeholders, which the configuration check refuses, stay as they are.
 */
export const fillPlaceholders = (
  template: string,
  facts: HostFacts,
  filePath: string,
  target: NameTarget = "stream",
): string => {
  const filled = template.replace(PLACEHOLDER, (whole, name) =>
    isPlaceholder(name) ? stoodFor(name, facts, filePath) : whole,
  );
  return withinLimit(withoutReserved(allowedCharacters(filled, target), target));
};
