/** A request as it came, with the names of headers in lower case. */
export interface MetadataRequest {
  readonly method: string;
  /** What stands in the first line: a path, perhaps with a query behind it. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Over how many hops it came; whoever takes it off the network knows. 1 when it says nothing. */
  readonly hops?: number | undefined;
}

/** What becomes of a request. */
export type Answer =
  | Reply
  /** The connection stays open, and nothing ever comes. */
  | { readonly kind: "silence" }
  /** The connection ends without a word. */
  | { readonly kind: "hang-up" };

export interface Reply {
  readonly kind: "reply";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for HEAD, whatever `Content-Length` says. */
  readonly body: Uint8Array;
}

/** Whether a request showed a token, and whether that held. */
export type TokenShown = "none" | "valid" | "invalid";
