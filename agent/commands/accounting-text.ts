import { formatBytes, formatCount } from "../base/bytes.ts";
import { printable } from "../base/printable.ts";
import { table } from "../base/table.ts";
import type { Status } from "../logs/status.ts";

/** The accounting as `--json` prints it: a contract, see docs/reference/json.md. */
export const accountingJson = ({ records, bytes, files }: Status): string =>
  `${JSON.stringify({
    records,
    bytes,
    files: files.map(({ path, log_group_name, log_stream_name, offset, size }) => ({
      path,
      log_group_name,
      log_stream_name,
      offset,
      size,
    })),
  })}\n`;

const COLUMNS = [
  { title: "" },
  { title: "read", align: "right" },
  { title: "= accepted", align: "right" },
  { title: "+ rejected", align: "right" },
  { title: "+ dropped", align: "right" },
  { title: "+ in flight", align: "right" },
] as const;

/** The same for people: two rows that add up, and what was dropped and skipped, with the reason. */
export const accountingText = (
  { records, bytes, dropped, altered, skipped, lost, ambiguous, balanced }: Status,
  width: number,
): string => {
  const row = (name: string, sums: Status["records"], format: (value: number) => string): string[] =>
    [name].concat([sums.read, sums.accepted, sums.rejected, sums.dropped, sums.in_flight].map(format));
  const lines = table(
    COLUMNS,
    [row("records", records, formatCount), row("bytes", bytes, formatCount)],
    width,
  );
  for (const [reason, amount] of Object.entries(dropped))
    lines.push(
      `dropped: ${formatCount(amount.records)} records (${formatBytes(amount.bytes)}) ${REASONS[reason] ?? reason}`,
    );
  if (altered.cuts > 0)
    lines.push(
      `cut: ${formatCount(altered.cuts)} times a line went on in the next event: none may be that long`,
    );
  if (altered.repaired > 0)
    lines.push(`repaired: ${formatCount(altered.repaired)} records held invalid UTF-8, which became U+FFFD`);
  for (const { path, message } of skipped) lines.push(`skipped: ${path}: ${message}`);
  if (lost.bytes > 0) lines.push(`LOST: ${formatBytes(lost.bytes)} went away before they could be read:`);
  for (const { path, bytes: gone, reason } of lost.files)
    lines.push(`  ${path}: ${formatCount(gone)} bytes, ${reason}`);
  if (ambiguous.requests > 0)
    lines.push(
      `${formatCount(ambiguous.requests)} requests were cut off: up to ${formatCount(ambiguous.records)} records may have arrived twice`,
    );
  lines.push(balanced ? "The sums add up." : "THE SUMS DO NOT ADD UP. Please report this.");
  return lines.map((line) => `${printable(line)}\n`).join("");
};

const REASONS: Readonly<Record<string, string>> = {
  blank: "that are empty lines: the service takes no empty message",
  vanished: "whose bytes were overwritten before the service took them",
  invalid: "that the service called invalid, each by itself; see quarantine.jsonl in the state directory",
  hole: "that nobody wrote: zeros at the front of a truncated file",
};
