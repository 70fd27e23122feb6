import type { z } from "zod";
import { groupNameOf } from "./arn.ts";
import { read } from "./constraints.ts";
import type { Position } from "./position.ts";
import { invalidParameter, notFound, ServiceError } from "./service-error.ts";
import type { Group, Packing, Store, Stream } from "./store.ts";

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

/** The events of one call that were accepted, for whoever watches. */
export interface Accepted {
  readonly group: string;
  readonly stream: string;
  readonly ingestedAt: number;
  readonly events: readonly Event[];
  /** Where the first of the events is stored: its batch, and its index in the request. None: nothing was stored. */
  readonly stored?: Omit<Position, "timestamp">;
  /** Bytes of the messages plus the overhead per event. */
  readonly bytes: number;
  /** Events that were not stored, from the head and the tail of the batch. */
  readonly rejected: readonly Event[];
}

/** Events that a scripted fault rejects although they are fine: so many from the head or the tail of a batch. */
export interface ForcedRejection {
  readonly too_old?: number | undefined;
  readonly too_new?: number | undefined;
  readonly expired?: number | undefined;
}

export interface Context {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly region: string;
  /** The request body as it came, and how it is packed. */
  readonly body: Uint8Array;
  readonly packing: Packing;
  readonly reject?: ForcedRejection | undefined;
  readonly accepted: (accepted: Accepted) => void;
}

export type Members = Readonly<Record<string, unknown>>;

/** Validates the members, does the work, gives the members of the answer. Throws ServiceError. */
export type Operation = (members: Members, context: Context) => object;

export const defineOperation =
  <Input>(schema: z.ZodType<Input>, run: (input: Input, context: Context) => object): Operation =>
  (members, context) =>
    run(read(schema, members), context);

export const mustFindGroup = (store: Store, name: string): Group => {
  const group = store.findGroup(name);
  if (group === undefined) throw notFound("log group");
  return group;
};

export const mustFindStream = (store: Store, group: Group, name: string): Stream => {
  const stream = store.findStream(group, name);
  if (stream === undefined) throw notFound("log stream");
  return stream;
};

/** A protected group keeps its streams, too. */
export const mustBeDeletable = (group: Group): void => {
  if (group.deletionProtected)
    throw new ServiceError("ValidationException", "Deletion protection is enabled for the log group.");
};

/** The group of a call that takes its name or its identifier, but not both. */
export const groupOf = (
  store: Store,
  input: { readonly logGroupName?: string | undefined; readonly logGroupIdentifier?: string | undefined },
): Group => {
  const { logGroupName: name, logGroupIdentifier: identifier } = input;
  if ((name === undefined) === (identifier === undefined))
    throw invalidParameter("Exactly one of logGroupName and logGroupIdentifier must be given.");
  return mustFindGroup(store, name ?? groupNameOf(identifier ?? ""));
};

/** A token that hides what the next page needs. */
export const sealToken = (content: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(content)).toString("base64url");

export const openToken = <Content>(schema: z.ZodType<Content>, token: string): Content => {
  try {
    return schema.parse(JSON.parse(Buffer.from(token, "base64url").toString()));
  } catch {
    throw invalidParameter("The specified nextToken is invalid.");
  }
};
