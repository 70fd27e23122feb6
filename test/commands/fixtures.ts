/** Statuses of an agent, made up. */
import type { FileStatus, Status } from "../../agent/logs/status.ts";

const sums = (read: number, accepted = read) => ({
  read,
  accepted,
  rejected: 0,
  dropped: 0,
  in_flight: read - accepted,
});

export const fileStatus = (more: Partial<FileStatus> = {}): FileStatus => ({
  path: "/var/log/app.log",
  log_group_name: "/app",
  log_stream_name: "i-0abc",
  size: 2_048,
  offset: 2_048,
  lag_bytes: 0,
  lag_seconds: 0,
  state: "live",
  last_error: null,
  records: sums(12),
  bytes: sums(2_048),
  ...more,
});

export const agentStatus = (more: Partial<Status> = {}): Status => ({
  records: sums(12),
  bytes: sums(2_048),
  dropped: {},
  altered: { cuts: 0, repaired: 0 },
  balanced: true,
  memory_bytes: 0,
  open_files: 1,
  deleted_files_bytes: 0,
  ambiguous: { requests: 0, records: 0 },
  lost: { bytes: 0, files: [] },
  files: [fileStatus()],
  skipped: [],
  ...more,
});
