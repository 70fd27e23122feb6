import { formatBytes, formatCount } from "../base/bytes.ts";
import { formatDuration } from "../base/duration.ts";
import { printable } from "../base/printable.ts";
import { table } from "../base/table.ts";
import { systemClock } from "../io/clock.ts";
import type { FileStatus, Status } from "../logs/status.ts";
import type { Terminal } from "./command.ts";

/** A terminal is redrawn this often, in milliseconds; anything else gets a line each second tick of that. */
const REDRAW_MS = 500;
const LINE_MS = 2_000;
/** More files than this and the quiet ones are only counted. */
const ROWS = 18;

const COLUMNS = [
  { title: "file", shrinks: true },
  { title: "shipped", align: "right" },
  { title: "of", align: "right" },
  { title: "events", align: "right" },
  { title: "behind", align: "right" },
  { title: "rate", align: "right" },
] as const;

/** Shows what is being shipped until the returned function is called: a table on a terminal, plain lines elsewhere. */
export const showProgress = (status: () => Status, terminal: Terminal): (() => void) => {
  const startedAt = systemClock.now();
  const rates = new Rates();
  let drawn = 0;
  let cancel: () => void = () => undefined;
  const draw = (): void => {
    const now = systemClock.now();
    const current = status();
    rates.note(current, now);
    const elapsed = now - startedAt;
    if (terminal.interactive) {
      // A line that wraps takes two lines of the screen, and a name may hold what moves the cursor.
      const lines = screen(current, rates, elapsed, terminal.columns).map((text) =>
        printable(text).slice(0, terminal.columns),
      );
      // Up to where the last table began, and clear from there: nothing else on the terminal is touched.
      terminal.err(`${drawn > 0 ? `\x1b[${drawn}A\x1b[J` : ""}${lines.join("\n")}\n`);
      drawn = lines.length;
    } else terminal.err(`${line(current, rates, elapsed)}\n`);
    cancel = systemClock.after(terminal.interactive ? REDRAW_MS : LINE_MS, draw);
  };
  cancel = systemClock.after(terminal.interactive ? 0 : LINE_MS, draw);
  return () => cancel();
};

const screen = (status: Status, rates: Rates, elapsed: number, width: number): string[] => {
  const busiest = status.files.toSorted((a, b) => b.lag_bytes - a.lag_bytes || rates.of(b) - rates.of(a));
  const rows = busiest
    .slice(0, ROWS)
    .map((file) => [
      file.path,
      formatBytes(file.offset),
      formatBytes(file.size),
      formatCount(file.records.accepted),
      file.lag_bytes === 0
        ? "-"
        : `${formatBytes(file.lag_bytes)}, ${formatDuration(file.lag_seconds * 1_000)}`,
      `${formatBytes(rates.of(file))}/s`,
    ]);
  const more = status.files.length - rows.length;
  return [
    ...table(COLUMNS, rows, width),
    ...(more > 0 ? [`and ${formatCount(more)} more files`] : []),
    "",
    line(status, rates, elapsed),
  ];
};

const line = ({ files, records, bytes }: Status, rates: Rates, elapsed: number): string =>
  `${formatDuration(elapsed)}: ${formatCount(files.length)} files, ${formatCount(records.accepted)} events ` +
  `(${formatBytes(bytes.accepted)}) accepted, ${formatCount(records.in_flight)} in flight, ${formatBytes(rates.total)}/s`;

/** Bytes per second of each file between the last two looks. */
class Rates {
  #previous = new Map<string, number>();
  #rates = new Map<string, number>();
  #at = Number.NaN;
  total = 0;

  note({ files }: Status, now: number): void {
    const seconds = (now - this.#at) / 1_000;
    const current = new Map(files.map(({ path, bytes }) => [path, bytes.accepted]));
    if (seconds > 0) {
      const rate = (path: string, bytes: number) => (bytes - (this.#previous.get(path) ?? 0)) / seconds;
      this.#rates = new Map([...current].map(([path, bytes]) => [path, Math.round(rate(path, bytes))]));
      this.total = [...this.#rates.values()].reduce((sum, value) => sum + value, 0);
    }
    this.#previous = current;
    this.#at = now;
  }

  of({ path }: FileStatus): number {
    return this.#rates.get(path) ?? 0;
  }
}
