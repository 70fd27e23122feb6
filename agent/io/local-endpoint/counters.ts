import type { Accepted } from "../../local/operation.ts";

/** What the endpoint has seen since it was started. */
export interface EndpointStats {
  /** Requests per operation, also those that failed; those for no known operation are counted under "". */
  readonly requests: Readonly<Record<string, number>>;
  /** Answers that were no success, per error type. */
  readonly errors: Readonly<Record<string, number>>;
  /** Requests that a scripted fault hit. */
  readonly faults: number;
  /** Events accepted by PutLogEvents. */
  readonly events: number;
  /** UTF-8 bytes of their messages plus the overhead per event. */
  readonly bytes: number;
  /** Events rejected in a PutLogEvents call that succeeded. */
  readonly rejected: number;
  /** Bytes of all request bodies as they came over the wire. */
  readonly wireBytes: number;
}

export interface Counters {
  readonly request: (operation: string, wireBytes: number) => void;
  readonly error: (type: string) => void;
  readonly fault: () => void;
  readonly accepted: (accepted: Accepted) => void;
  readonly stats: () => EndpointStats;
}

export const createCounters = (): Counters => {
  const requests = new Map<string, number>();
  const errors = new Map<string, number>();
  const totals = { faults: 0, events: 0, bytes: 0, rejected: 0, wireBytes: 0 };
  const count = (into: Map<string, number>, key: string) => {
    into.set(key, (into.get(key) ?? 0) + 1);
  };
  return {
    request: (operation, wireBytes) => {
      count(requests, operation);
      totals.wireBytes += wireBytes;
    },
    error: (type) => count(errors, type),
    fault: () => {
      totals.faults += 1;
    },
    accepted: ({ events, bytes, rejected }) => {
      totals.events += events.length;
      totals.bytes += bytes;
      totals.rejected += rejected.length;
    },
    stats: () => ({
      requests: Object.fromEntries(requests),
      errors: Object.fromEntries(errors),
      ...totals,
    }),
  };
};
