import type { MetadataService } from "./metadata-service.ts";

/** What a rehearsal and the process that serves its container say to each other. */

/** A file that answers for an address of the web, or of S3. */
export interface Served {
  /** `https://host/path`, `http://host/path` or `s3://bucket/key`. */
  readonly url: string;
  readonly file: string;
}

export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

type Change = Parameters<MetadataService["change"]>[0];
type Requests = ReturnType<MetadataService["requests"]>;
type Instance = ReturnType<MetadataService["instance"]>;

/** A call to AWS from inside. */
export interface SeenCall {
  readonly at: number;
  readonly service: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** False: it was refused, since nobody here can answer it. */
  readonly taken: boolean;
}

/** Something that was fetched over http, https or S3. */
export interface SeenFetch {
  readonly url: string;
  readonly status: number;
}

/** A log stream that something was shipped to. */
export interface SeenStream {
  readonly group: string;
  readonly stream: string;
  readonly events: number;
  /** The newest ones, a line each. */
  readonly last: readonly string[];
}

export interface Seen {
  readonly metadata: Requests;
  readonly calls: readonly SeenCall[];
  readonly fetches: readonly SeenFetch[];
}

export type Order =
  | {
      readonly kind: "serve";
      readonly instance: Instance;
      readonly changes: readonly Change[];
      readonly group: string;
      readonly served: readonly Served[];
      readonly certificate: Certificate | undefined;
    }
  /** `outside` is the network namespace of this machine, as the kernel names it. */
  | { readonly kind: "connect"; readonly leader: number; readonly outside: string }
  | { readonly kind: "change"; readonly change: Change }
  /** Another instance is started from now on, or the same one with another address. */
  | { readonly kind: "instance"; readonly instance: Instance }
  | { readonly kind: "seen" }
  | { readonly kind: "streams" };

/** `nth` is that of the order, counted from 0: each gets one answer. */
export type Answer = { readonly nth: number } & (
  | { readonly ok: unknown }
  | { readonly error: string; readonly code?: string }
);
