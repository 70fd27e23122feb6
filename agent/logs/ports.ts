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

/** Which file a path names: the pair does not change when the file is renamed. */
export interface FileId {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** A regular file as one look at its directory entry shows it. */
export interface FoundFile extends FileId {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface OpenFile {
  readonly id: FileId;
  /** Reads up to `length` bytes at `position` into `into` at `at`; resolves to how many there were. */
  readonly read: (into: Uint8Array, at: number, length: number, position: number) => Promise<number>;
  /** Size in bytes, now. Cheap enough to ask twice a second. */
  readonly size: () => number;
  readonly close: () => void;
}

export interface Files {
  /** Rejects with an {@link FileTrouble} that says why, in words for the user. */
  readonly open: (path: string) => Promise<OpenFile>;
  /** The files beside `path` whose names begin with its name: where rotation puts things. */
  readonly siblings: (path: string) => Promise<readonly FoundFile[]>;
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
  /** Directories small enough to be watched for hints. */
  readonly directories: () => readonly string[];
}

export interface Hints {
  /** From now on watch these directories, and no others. */
  readonly watch: (directories: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

/** How far a file has been delivered: what a restart goes on from. */
export interface Checkpoint extends FileId {
  readonly path: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Bytes of the file that the service has taken (or that are accounted for otherwise). */
  readonly offset: number;
  /** SHA-256, hex, of the up to 64 bytes before the offset. */
  readonly anchor: string;
  /** Bytes covered by {@link headHash}, at most 1,024. */
  readonly headLength: number;
  /** SHA-256, hex, of the first {@link headLength} bytes. */
  readonly headHash: string;
  /** How often this path has started over with new content. */
  readonly generation: number;
}

export interface Checkpoints {
  readonly load: () => readonly Checkpoint[];
  /** Durable within 200 ms. The one way in which an offset advances. */
  readonly commit: (checkpoint: Checkpoint) => void;
  /** Forces to disk what was committed. */
  readonly flush: () => void;
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
  /** Cuts off what is on its way: those calls resolve as failed. */
  readonly close: () => void;
}

/** What the data path tells about itself: for the log of the agent, never for its own decisions. */
export interface Report {
  readonly level: "info" | "warn" | "error";
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
