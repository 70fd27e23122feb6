/** Filters and pages, which all Describe actions share. */
import type { Filter } from "@aws-sdk/client-ec2";
import { Fault, invalid } from "./ec2-query.ts";

export type Tags = Readonly<Record<string, string>>;

/** What a filter is compared with: the values of one thing. */
export type Fields<Thing> = Readonly<Record<string, (thing: Thing) => readonly (string | undefined)[]>>;

/** The things that match all filters; within a filter, one value is enough. */
export const filtered = <Thing>(
  things: readonly Thing[],
  filters: readonly Filter[] = [],
  fields: Fields<Thing>,
  tagsOf?: (thing: Thing) => Tags,
): readonly Thing[] => {
  const tests = filters.map(({ Name = "", Values = [] }) => {
    const patterns = Values.map(patternOf);
    const valuesOf = fields[Name] ?? tagField(Name, tagsOf);
    if (valuesOf === undefined) throw new Fault("InvalidParameterValue", `The filter '${Name}' is invalid`);
    return (thing: Thing) =>
      valuesOf(thing).some((value) => value !== undefined && patterns.some((pattern) => pattern.test(value)));
  });
  return things.filter((thing) => tests.every((test) => test(thing)));
};

const tagField = <Thing>(name: string, tagsOf: ((thing: Thing) => Tags) | undefined) => {
  if (tagsOf === undefined) return undefined;
  if (name === "tag-key") return (thing: Thing) => Object.keys(tagsOf(thing));
  if (name.startsWith("tag:")) return (thing: Thing) => [tagsOf(thing)[name.slice("tag:".length)]];
  return undefined;
};

/** `*` stands for any text and `?` for one character, unless a backslash precedes them. */
const patternOf = (text: string): RegExp => {
  const parts = text.match(/\\.|[\s\S]/g) ?? [];
  const source = parts.map((part) => {
    if (part === "*") return "[\\s\\S]*";
    if (part === "?") return "[\\s\\S]";
    return part.slice(-1).replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`);
};

export interface PageRequest {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface PageRules<Thing> {
  readonly action: string;
  readonly least: number;
  readonly most: number;
  /** Things are listed by ascending rank. A token holds the last rank, so that changes between pages shift nothing. */
  readonly rank: (thing: Thing, index: number) => number;
}

export interface Page<Thing> {
  readonly items: readonly Thing[];
  readonly NextToken: string | undefined;
}

export const pageOf = <Thing>(
  things: readonly Thing[],
  { MaxResults, NextToken }: PageRequest,
  { action, least, most, rank }: PageRules<Thing>,
): Page<Thing> => {
  const size = MaxResults ?? most;
  if (!Number.isInteger(size) || size < least || size > most)
    throw invalid("maxResults", size, `Expecting a value between ${least} and ${most}.`);
  const after = NextToken === undefined ? Number.NEGATIVE_INFINITY : rankIn(NextToken, action);
  const ranked = things
    .map((thing, index) => ({ thing, rank: rank(thing, index) }))
    .filter((one) => one.rank > after)
    .sort((one, other) => one.rank - other.rank);
  const items = ranked.slice(0, size);
  return {
    items: items.map(({ thing }) => thing),
    NextToken: ranked.length > size ? tokenOf(action, items.at(-1)?.rank ?? 0) : undefined,
  };
};

const tokenOf = (action: string, rank: number): string =>
  Buffer.from(`${action}:${rank}`).toString("base64url");

/** A token is good for the action that gave it. */
const rankIn = (token: string, action: string): number => {
  const [from, rank] = Buffer.from(token, "base64url").toString().split(":");
  if (from !== action || rank === undefined || !/^-?\d+$/.test(rank))
    throw new Fault("InvalidNextToken", "The specified NextToken is not valid.");
  return Number(rank);
};
