import type { LOG_GROUP_CLASSES } from "../base/cloudwatch-limits.ts";

export type LogGroupClass = (typeof LOG_GROUP_CLASSES)[number];

export interface Group {
  readonly id: number;
  readonly name: string;
  /** Milliseconds since 1970, like every time here. */
  readonly createdAt: number;
  readonly groupClass: LogGroupClass;
  readonly kmsKeyId: string | undefined;
  readonly retentionDays: number | undefined;
  readonly deletionProtected: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Bytes of all messages plus the overhead per event. */
  readonly storedBytes: number;
}

export interface Stream {
  readonly id: number;
  readonly groupId: number;
  readonly name: string;
  readonly createdAt: number;
  readonly firstEventAt: number | undefined;
  readonly lastEventAt: number | undefined;
  readonly lastIngestionAt: number | undefined;
}

/** How the bytes of a stored request body are packed. */
export type Packing = "plain" | "gzip";

/**
 * The accepted events of one PutLogEvents call. The request body is kept as it came: events `from` (inclusive)
 * to `to` (exclusive) of its `logEvents` were accepted. A row per event costs more than ten times as much.
 */
export interface NewBatch {
  readonly stream: Stream;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly from: number;
  readonly to: number;
  /** Bytes of the messages plus the overhead per event. */
  readonly bytes: number;
  readonly ingestedAt: number;
  readonly packing: Packing;
  readonly body: Uint8Array;
}

/** A stored batch without its body. Ids grow in the order of arrival. */
export interface BatchHeader {
  readonly id: number;
  readonly streamId: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly ingestedAt: number;
  readonly packing: Packing;
}

/** Which batches to read: those of one group or of some streams that may hold events from `from` to `to`. */
export interface BatchQuery {
  readonly within: { readonly groupId: number } | { readonly streamIds: readonly number[] };
  /** Inclusive. */
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  /** `oldest` orders by (firstAt, id), `newest` by (lastAt, id) downwards. */
  readonly start: "oldest" | "newest";
}

export interface GroupQuery {
  readonly prefix?: string | undefined;
  readonly contains?: string | undefined;
  readonly groupClass?: LogGroupClass | undefined;
  readonly names?: readonly string[] | undefined;
  /** Only names after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface StreamQuery {
  readonly groupId: number;
  readonly prefix?: string | undefined;
  readonly orderBy: "name" | "lastEvent";
  readonly descending: boolean;
  /** Only streams behind this one in the given order. */
  readonly after?: { readonly name: string; readonly lastEventAt: number } | undefined;
  readonly limit: number;
}

/** What the operations need of the place that holds the logs. */
export interface Store {
  readonly findGroup: (name: string) => Group | undefined;
  readonly listGroups: (query: GroupQuery) => readonly Group[];
  /** False when there already is one of that name. */
  readonly addGroup: (group: Omit<Group, "id" | "storedBytes" | "retentionDays">) => boolean;
  readonly setRetention: (group: Group, days: number | undefined) => void;
  readonly setDeletionProtected: (group: Group, isProtected: boolean) => void;
  readonly setTags: (group: Group, tags: Readonly<Record<string, string>>) => void;
  readonly removeGroup: (group: Group) => void;
  readonly findStream: (group: Group, name: string) => Stream | undefined;
  readonly listStreams: (query: StreamQuery) => readonly Stream[];
  /** False when the group already has one of that name. */
  readonly addStream: (group: Group, name: string, createdAt: number) => boolean;
  readonly removeStream: (stream: Stream) => void;
  /** Gives the id of the batch. */
  readonly append: (batch: NewBatch) => number;
  readonly batches: (query: BatchQuery) => Iterable<BatchHeader>;
  readonly body: (batch: BatchHeader) => Uint8Array;
}
