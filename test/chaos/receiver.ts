import type { Accepted } from "../../agent/local/operation.ts";
import type { Ledger, Line } from "./ledger.ts";
import { parseLine } from "./line.ts";

/** Something that came and should not have, or not like this. */
export interface Surprise {
  readonly at: number;
  readonly writer: number;
  readonly what: string;
}

export const GROUP = "/chaos/";
export const STREAM = "stream";

export const groupName = (writer: number): string => `${GROUP}${writer}`;

/** What arrived at the service, compared with the ledger as it comes. */
export class Receiver {
  readonly corrupt: Surprise[] = [];
  readonly reordered: Surprise[] = [];
  /** Events that the service took, and that it refused by their time, batch by batch. */
  readonly batches: { readonly at: number; readonly accepted: number; readonly rejected: number }[] = [];
  readonly #ledger: Ledger;
  readonly #newest: number[] = [];
  readonly #lastStamp: number[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  take({ group, events, rejected }: Accepted, at: number): void {
    const writer = Number(group.slice(GROUP.length));
    this.batches.push({ at, accepted: events.length, rejected: rejected.length });
    for (const { message } of rejected) this.#refuse(writer, message);
    for (const { message, timestamp } of events) this.#takeOne(writer, message, timestamp, at);
  }

  #takeOne(writer: number, message: string, timestamp: number, at: number): void {
    const parsed = parseLine(message);
    if (parsed.kind === "banner") return;
    if (parsed.kind !== "line") {
      this.#takePiece(writer, message, at);
      return;
    }
    const line = this.#ledger.lines[writer]?.[parsed.sequence];
    const right = parsed.writer === writer && line?.generation === parsed.generation;
    if (line !== undefined && right) this.#takeWhole(line, timestamp, at);
    else this.#complain(writer, message, at);
  }

  #takeWhole(line: Line, timestamp: number, at: number): void {
    // One that was refused before, or came in pieces, comes again when its sender did not get to know that.
    const isFirst = line.deliveries.length === 0 && !line.refused && line.pieces === 0;
    if (isFirst && !line.unordered) this.#noteOrder(line, timestamp, at);
    line.deliveries.push(at);
  }

  /** Both by when it came and by how it is dated, which is how the service shows it. */
  #noteOrder(line: Line, timestamp: number, at: number): void {
    const { writer, sequence, endedAt, parts } = line;
    const newest = this.#newest[writer] ?? -1;
    if (sequence < newest) {
      const open = endedAt === undefined ? ", without a newline" : "";
      const file = parts[0]?.file.standings.at(-1)?.name ?? "";
      const what = `${sequence} came after ${newest} (in what is now ${file}${open})`;
      this.reordered.push({ at, writer, what });
    }
    this.#newest[writer] = Math.max(newest, sequence);
    const before = this.#lastStamp[writer] ?? 0;
    if (timestamp < before)
      this.reordered.push({
        at,
        writer,
        what: `${sequence} is dated ${before - timestamp} ms before ${newest}`,
      });
    this.#lastStamp[writer] = timestamp;
  }

  #refuse(writer: number, message: string): void {
    const parsed = parseLine(message);
    const line =
      parsed.kind === "line"
        ? this.#ledger.lines[writer]?.[parsed.sequence]
        : this.#pieceOf(writer, message)?.line;
    // One that was taken before comes again when its sender did not get to know that.
    if (line !== undefined && line.deliveries.length === 0) line.refused = true;
  }

  #takePiece(writer: number, message: string, at: number): void {
    const piece = this.#pieceOf(writer, message);
    if (piece === undefined) this.#complain(writer, message, at);
    else piece.line.pieces |= piece.side + 1;
  }

  /** Part of a line that was rightly cut: 0 its beginning, 1 its end. */
  #pieceOf(writer: number, message: string): { readonly line: Line; readonly side: number } | undefined {
    for (const line of this.#ledger.lines[writer] ?? [])
      for (const cut of line.cuts) {
        const bytes = Buffer.from(line.text);
        const side = [bytes.subarray(0, cut), bytes.subarray(cut)].findIndex(
          (half) => half.toString() === message,
        );
        if (side !== -1) return { line, side };
      }
    return undefined;
  }

  #complain(writer: number, message: string, at: number): void {
    const shown = message.length > 120 ? `${message.slice(0, 120)}… (${message.length} characters)` : message;
    this.corrupt.push({ at, writer, what: JSON.stringify(shown) });
  }
}
