import { posix } from "node:path";
import { LOG_GROUP_NAME, NAME_CHARS } from "../base/cloudwatch-limits.ts";
import type { Fault } from "./fault.ts";
import { nearest } from "./nearest.ts";
import {
  allowedCharacters,
  isPlaceholder,
  literalText,
  type NameTarget,
  PLACEHOLDERS,
  placeholdersIn,
} from "./placeholders.ts";

/** Longest part of an unknown placeholder that a message repeats, in characters. */
const WORD_CHARS = 64;

const unknownPlaceholder = (name: string): Fault => {
  if (name === "date")
    return {
      message: "{date} is not supported: the name of a log group or stream does not change from day to day",
      hint: "leave it out; events can be searched by time",
    };
  const meant = nearest(name, Object.keys(PLACEHOLDERS));
  return {
    message: `unknown placeholder {${name.slice(0, WORD_CHARS)}}`,
    hint: meant ? `did you mean {${meant}}?` : `known: ${Object.keys(PLACEHOLDERS).join(", ")}`,
  };
};

const badCharacters = (text: string, target: NameTarget): Fault | undefined => {
  const fixed = allowedCharacters(text, target);
  const bad = [...new Set([...text].filter((char) => !allowedCharacters(char, target).includes(char)))];
  if (fixed === text || bad.length === 0) return undefined;
  const set = target === "group" ? "letters, digits and . - _ / #" : "anything but : and *";
  const shown = bad.slice(0, 8).map((char) => JSON.stringify(char));
  return { message: `a log ${target} name cannot hold ${shown.join(" ")}`, hint: `allowed: ${set}` };
};

/** A brace without its partner, or two for one: the name would bear it as it is. */
const strayBrace = (text: string): Fault | undefined => {
  const brace = /[{}]/.exec(text)?.[0];
  if (brace === undefined) return undefined;
  return {
    message: `a "${brace}" here belongs to no placeholder`,
    hint: "placeholders look like {instance_id}",
  };
};

/**
 * What is wrong with a template for the name of a log group or stream. What placeholders stand for is not known
 * yet, so only the text around them is measured; their values are made to fit when they are filled in.
 */
export const nameFault = (template: string, target: NameTarget): Fault | undefined => {
  const unknown = placeholdersIn(template).find((name) => !isPlaceholder(name));
  if (unknown !== undefined) return unknownPlaceholder(unknown);
  const text = literalText(template);
  if (template === "") return { message: "must not be empty" };
  if (text.length > NAME_CHARS)
    return { message: `is ${text.length} characters long; a log ${target} name has at most ${NAME_CHARS}` };
  if (target === "group" && template.startsWith("aws/"))
    return { message: 'a log group name must not start with "aws/"', hint: `did you mean "/${template}"?` };
  return strayBrace(text) ?? badCharacters(text, target);
};

/**
 * The log group of an entry that names none: the path without its last extension, as the CloudWatch agent has it.
 * Characters that the service refuses become `_`. Only for a path that is not a glob.
 */
export const defaultGroupName = (filePath: string): string => {
  const name = filePath.slice(0, filePath.length - posix.extname(filePath).length);
  return LOG_GROUP_NAME.test(name) ? name : allowedCharacters(name, "group");
};
