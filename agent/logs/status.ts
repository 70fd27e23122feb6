import { balances, type Totals } from "./accounting.ts";
import type { Loss } from "./losses.ts";
import type { Shipper } from "./shipper.ts";
import type { Tail } from "./tail.ts";

/** One file in `status --json`. */
export interface FileStatus {
  readonly path: string;
  readonly log_group_name: string;
  readonly log_stream_name: string;
  /** Bytes in the file, as last seen, and bytes of it that the service has taken. */
  readonly size: number;
  readonly offset: number;
  readonly lag_bytes: number;
  /** For how long something has been waiting; 0 when nothing is. */
  readonly lag_seconds: number;
  readonly state: Tail["standing"];
  readonly last_error: string | null;
  readonly records: Totals["records"];
  readonly bytes: Totals["bytes"];
}

export interface Status {
  readonly records: Totals["records"];
  readonly bytes: Totals["bytes"];
  readonly dropped: Totals["dropped"];
  /** Where a line was cut since no event may be that long, and records whose invalid UTF-8 was replaced. */
  readonly altered: { readonly cuts: number; readonly repaired: number };
  /** True when `read = accepted + rejected + dropped + in flight`, in bytes and in records. */
  readonly balanced: boolean;
  /** Log data held in memory, in bytes. */
  readonly memory_bytes: number;
  readonly open_files: number;
  /** Bytes of deleted files that are kept because they hold unread bytes. */
  readonly deleted_files_bytes: number;
  /** Requests that were cut off, and the records in them: as many may have arrived twice. */
  readonly ambiguous: { readonly requests: number; readonly records: number };
  /** Bytes that went away before they could be read; the last losses by name. */
  readonly lost: { readonly bytes: number; readonly files: readonly Loss[] };
  readonly files: readonly FileStatus[];
  /** What matches a pattern and cannot be shipped. */
  readonly skipped: readonly { readonly path: string; readonly message: string }[];
}

/** What the shipper is doing, in the form that users see. */
export const statusOf = (shipper: Shipper, now: number): Status => {
  const { records, bytes, dropped } = shipper.totals();
  const streamErrors = new Map([...shipper.lanes].map(({ target, trouble }) => [target, trouble?.message]));
  const errorOf = (tail: Tail): string | null =>
    tail.trouble?.message ?? streamErrors.get(shipper.laneOf(tail).target) ?? null;
  return {
    records,
    bytes,
    dropped,
    altered: { cuts: shipper.total.cuts, repaired: shipper.total.repaired },
    balanced: balances(records) && balances(bytes),
    memory_bytes: shipper.memoryUsed,
    open_files: shipper.openFiles,
    deleted_files_bytes: shipper.deletedBytes,
    ambiguous: { ...shipper.ambiguous },
    lost: { bytes: shipper.losses.bytes, files: shipper.losses.named },
    files: [...shipper.tails].map((tail) => fileStatus(tail, errorOf(tail), now)),
    skipped: [...shipper.troubles].map(([path, { message }]) => ({ path, message })),
  };
};

const fileStatus = (tail: Tail, lastError: string | null, now: number): FileStatus => {
  const { records, bytes } = tail.account.totals();
  const lag = Math.max(0, tail.size - tail.committedAt);
  return {
    path: tail.path,
    log_group_name: tail.target.logGroupName,
    log_stream_name: tail.target.logStreamName,
    size: tail.size,
    offset: tail.committedAt,
    lag_bytes: lag,
    lag_seconds: lag === 0 ? 0 : Math.max(0, Math.round((now - tail.behindSince) / 100) / 10),
    state: tail.standing,
    last_error: lastError,
    records,
    bytes,
  };
};
