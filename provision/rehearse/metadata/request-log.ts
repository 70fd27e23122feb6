import type { TokenShown } from "./exchange.ts";

/** One request, and what became of it. */
export interface RequestEntry {
  readonly at: number;
  readonly method: string;
  readonly target: string;
  readonly status: number | "silence" | "hang-up";
  readonly userAgent: string;
  readonly token: TokenShown;
}

/** A program that read without a token. */
export interface TokenlessReader {
  readonly userAgent: string;
  readonly requests: number;
  /** How many of them were refused because of that. */
  readonly refused: number;
  /** What it asked for first. */
  readonly target: string;
}

/** A rehearsal takes some hundreds. What a program in a loop asks for is not worth the memory. */
const MOST_ENTRIES = 10_000;

export interface RequestLog {
  readonly add: (entry: RequestEntry) => void;
  /** The newest ones, in the order in which they came. */
  readonly entries: () => readonly RequestEntry[];
  /** How many older ones are no longer there. */
  readonly forgotten: () => number;
}

export const requestLog = (most = MOST_ENTRIES): RequestLog => {
  let entries: RequestEntry[] = [];
  let forgotten = 0;
  return {
    add: (entry) => {
      entries.push(entry);
      // Twice as many at times, so that they are not moved at each request.
      if (entries.length < 2 * most) return;
      forgotten += entries.length - most;
      entries = entries.slice(-most);
    },
    entries: () => entries.slice(-most),
    forgotten: () => forgotten + Math.max(0, entries.length - most),
  };
};

/** Who read without a token, by the name that each program gives itself. */
export const tokenlessReaders = (entries: readonly RequestEntry[]): readonly TokenlessReader[] => {
  const readers = new Map<string, TokenlessReader>();
  for (const { method, target, status, userAgent, token } of entries) {
    if (token !== "none" || (method !== "GET" && method !== "HEAD")) continue;
    const before = readers.get(userAgent) ?? { userAgent, requests: 0, refused: 0, target };
    readers.set(userAgent, {
      ...before,
      requests: before.requests + 1,
      refused: before.refused + (status === 401 ? 1 : 0),
    });
  }
  return [...readers.values()];
};
