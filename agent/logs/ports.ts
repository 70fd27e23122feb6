/** What the data path needs of the world. `agent/io` implements these; nothing here knows how. */

export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Runs `task` once, after that many milliseconds. */
  readonly after: (ms: number, task: () => void) => Cancel;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Which file a path names: this does not change when the file is renamed, and no other file ever has the same. */
export interface FileId {
  readonly dev: bigint;
  /** Given to another file once this one is gone. */
  readonly ino: bigint;
  /** When it came into being, in milliseconds since 1970; 0 where the file system does not say. */
  readonly bornAt: number;
}

/** A regular file as one look at its directory entry shows it. */
export interface FoundFile extends FileId {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When its content last changed, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** A file beside another one, as rotation leaves it. */
export type Sibling = FoundFile;

export interface OpenFile {
  readonly id: FileId;
  /** Reads up to `length` bytes at `position` into `into` at `at`; resolves to how many there were. */
  readonly read: (into: Uint8Array, at: number, length: number, position: number) => Promise<number>;
  /** Size in bytes, now. Cheap enough to ask twice a second. */
  readonly size: () => number;
  /** When its content last changed, in milliseconds since 1970. */
  readonly modifiedAt: () => number;
  readonly close: () => void;
}

export interface Files {
  /** Opens a file; of one that ends in `.gz`, what was compressed. Rejects when it cannot be read. */
  readonly open: (path: string) => Promise<OpenFile>;
  /** The path behind all links. Rejects when there is none. */
  readonly realPath: (path: string) => Promise<string>;
  /** The files beside `path` that rotation may have made of it, newest first. */
  readonly siblings: (path: string) => Promise<readonly Sibling[]>;
  /** Bytes free on the file system of `path`; undefined where it does not say. */
  readonly freeBytes: (path: string) => number | undefined;
  /**
   * Gives the file a second name in a private directory on its own file system, so that nobody else's deletion ends
   * it. Resolves to that name.
   */
  readonly hold: (path: string, id: FileId) => Promise<string>;
  /** The second name of a file, when it has one. */
  readonly held: (path: string, id: FileId) => Promise<string | undefined>;
  /** Takes the second name away again. */
  readonly release: (held: string) => Promise<void>;
}

/** One entry of the configuration as the directory sweep needs it. */
export interface Watched {
  readonly pattern: string;
  readonly exclude: readonly string[];
}

/** What changed since the previous sweep. */
export interface Sweep {
  /** New files, and files whose identity or size is another, with the index of the entry that matches. */
  readonly changed: readonly (FoundFile & { readonly entry: number })[];
  /** Paths that were there and are not any more. A directory that cannot be read now is not "gone". */
  readonly gone: readonly { readonly path: string; readonly entry: number }[];
  /** What matches but cannot be tailed, and why. Reported in full at each sweep. */
  readonly troubles: readonly { readonly path: string; readonly message: string }[];
}

export interface Listing {
  /** Looks at all directories, or only at those given. */
  readonly sweep: (only?: ReadonlySet<string>) => Promise<Sweep>;
  /** Would a sweep report this path for this entry? */
  readonly matches: (entry: number, path: string) => boolean;
  /** Directories small enough to be watched for hints. */
  readonly directories: () => readonly string[];
}

export interface Hints {
  /** From now on watch these directories, and no others. */
  readonly watch: (directories: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

/** How far a file has been delivered: what a restart goes on from. `path` is the one that the file was found under. */
export interface Checkpoint extends FileId, Print {
  readonly path: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** How often this path has started over with new content. */
  readonly generation: number;
  /** Bytes in the file when it was last looked at. */
  readonly size: number;
  /** When its path was last seen to lead to this file, in milliseconds since 1970: what came there later, came after it. */
  readonly seenAt: number;
  /** Nothing of this file will be read any more: it was finished, or it is gone. */
  readonly done: boolean;
}

/** How a file is told from every other one, however it is called: what it begins with, and what we read last. */
export interface Print {
  /** Bytes of the file that the service has taken (or that are accounted for otherwise). */
  readonly offset: number;
  /** SHA-256, hex, of the up to 64 bytes before the offset. */
  readonly anchor: string;
  /** Bytes covered by {@link headHash}, at most 1,024. */
  readonly headLength: number;
  /** SHA-256, hex, of the first {@link headLength} bytes. */
  readonly headHash: string;
}

/** What a request is known by in its stream: no other one of this agent has events of these times. */
export interface Ends {
  readonly first: Mark;
  /** Where the first one is refused for its age, this one is not. */
  readonly last: Mark;
}

/** One event. */
export interface Mark {
  /** Milliseconds since 1970. */
  readonly stamp: number;
  /** SHA-256, hex, of its message. */
  readonly hash: string;
}

/** A request that is about to be sent, noted before it is: after a crash it tells what may have landed. */
export interface Intent extends Ends {
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** The checkpoints that hold once it is taken. */
  readonly ends: readonly Checkpoint[];
  /**
   * It is sent in pieces, since its events are looked at one by one. Any of them may be in the stream, from this time on,
   * in milliseconds.
   */
  readonly dividedSince?: number;
  /** Since when a later run has been asking for it, in milliseconds; it was sent before that. */
  readonly askedSince?: number;
}

export interface Checkpoints {
  readonly load: () => readonly Checkpoint[];
  /** Durable within 200 ms. The one way in which an offset advances. */
  readonly commit: (checkpoint: Checkpoint) => void;
  /** Notes a request before it is sent; it stands for its stream until the next one. */
  readonly intend: (intent: Intent) => void;
  /** The last request to each stream, as an earlier run has noted it. */
  readonly intents: () => readonly Intent[];
  /** When the agent first met this entry of the configuration, in milliseconds since 1970. */
  readonly firstMet: (pattern: string, now: number) => number;
  /** Forces to disk what was committed. False when that is not possible now. */
  readonly flush: () => boolean;
  readonly close: () => void;
}

export interface Target {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly retentionInDays: number | undefined;
  readonly logGroupClass: "STANDARD" | "INFREQUENT_ACCESS" | "DELIVERY";
}

/** Indexes into a batch, as PutLogEvents reports them. */
export interface Rejected {
  /** Events before this index were too old. */
  readonly tooOldEnd: number;
  /** Events before this index were older than the retention of the group. */
  readonly expiredEnd: number;
  /** Events from this index on were too far in the future. */
  readonly tooNewStart: number | undefined;
}

/** Why a request was not carried out, and so what to do. */
export type Failure =
  /** Too many requests, or the service is in trouble: wait and repeat. */
  | "throttled"
  | "unavailable"
  /** No answer: it may or may not have been carried out. */
  | "ambiguous"
  /** Credentials, permissions or clock: repeat slowly, tell the user. */
  | "denied"
  /** The log group or stream is not there: create it, then repeat. */
  | "missing"
  /** The request itself is wrong: repeating it changes nothing. */
  | "invalid";

export type PutResult =
  | { readonly kind: "taken"; readonly rejected: Rejected | undefined }
  | { readonly kind: Failure; readonly message: string };

export type CreateResult = { readonly kind: "done" } | { readonly kind: Failure; readonly message: string };

export interface Sink {
  /** Sends a body in wire form. Never rejects. */
  readonly put: (target: Target, body: Uint8Array) => Promise<PutResult>;
  readonly createStream: (target: Target) => Promise<CreateResult>;
  readonly createGroup: (target: Target) => Promise<CreateResult>;
  readonly putRetention: (target: Target) => Promise<CreateResult>;
  /** Is this event in the stream? Undefined when the service does not say. */
  readonly landed: (target: Target, event: Mark) => Promise<boolean | undefined>;
  /** The events that are in the stream, dated `from` to `to`, both included. Undefined when the service does not say. */
  readonly between: (target: Target, from: number, to: number) => Promise<readonly Mark[] | undefined>;
  /** Cuts off what is on its way: those calls resolve as failed. */
  readonly close: () => void;
}

/** What the data path tells about itself: for the log of the agent, never for its own decisions. */
export interface Report {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
