import { formatBytes, formatCount } from "../base/bytes.ts";
import { formatDuration } from "../base/duration.ts";
import { EXIT } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { table } from "../base/table.ts";
import { askControl } from "../io/control.ts";
import { defaultStateDirectory } from "../io/state-directory.ts";
import type { Status } from "../logs/status.ts";
import { accountingText } from "./accounting-text.ts";
import { defineCommand } from "./command.ts";
import { notEmpty } from "./option-value.ts";

interface StatusOptions {
  readonly "state-dir": string | undefined;
  readonly json: boolean;
}

export const command = defineCommand<StatusOptions>({
  options: (yargs) =>
    yargs
      .option("state-dir", {
        type: "string",
        describe: "State directory of the agent to ask (default /var/lib/host-agent as root)",
      })
      .option("json", { type: "boolean", default: false, describe: "Print everything as one JSON object" })
      .example("$0 status", "What is shipped, what waits, and why"),

  run: async (options, terminal) => {
    const directory = notEmpty("--state-dir", options["state-dir"]) ?? defaultStateDirectory(terminal.env);
    const status = (await askControl(directory)) as Status;
    terminal.out(options.json ? `${JSON.stringify(status)}\n` : statusText(status, terminal.columns));
    return EXIT.done;
  },
});

const COLUMNS = [
  { title: "file", shrinks: true },
  { title: "log group / stream", shrinks: true },
  { title: "size", align: "right" },
  { title: "shipped", align: "right" },
  { title: "behind", align: "right" },
  { title: "events", align: "right" },
] as const;

export const statusText = (status: Status, width: number): string => {
  const rows = status.files.map((file) => [
    file.state === "live" ? file.path : `${file.path} (${file.state})`,
    `${file.log_group_name} / ${file.log_stream_name}`,
    formatBytes(file.size),
    formatBytes(file.offset),
    file.lag_bytes === 0
      ? "-"
      : `${formatBytes(file.lag_bytes)}, ${formatDuration(file.lag_seconds * 1_000)}`,
    formatCount(file.records.accepted),
  ]);
  const errors = status.files
    .filter(({ last_error }) => last_error !== null)
    .map(({ path, last_error }) => `trouble: ${path}: ${last_error}`);
  const lines = [...table(COLUMNS, rows, width), "", ...errors].map((line) => `${printable(line)}\n`);
  return `${lines.join("")}${accountingText(status, width)}`;
};
