import type { Label } from "./line.ts";
import { POISON } from "./poison.ts";

/**
 * How an agent can get at a file: by a pattern, as a sibling of a name that matches, as what was packed of a file that
 * it knew, under a name that nothing leads to, or not by any name.
 */
export type Reach = "matching" | "sibling" | "packed" | "aside" | "nameless";

export interface Standing {
  readonly at: number;
  readonly reach: Reach;
  /** For people who read a finding. */
  readonly name: string;
}

/** A file as the harness made it: what happened to its name, and what it holds. Times are in ms since the start. */
export interface FileModel {
  readonly id: number;
  readonly writer: number;
  readonly standings: Standing[];
  parts: Part[];
  /** Nothing tells whoever reads it that its lines go before those of others. */
  unordered?: boolean;
}

/** A line, or a piece of it, in one file. */
export interface Part {
  readonly line: Line;
  readonly file: FileModel;
  readonly from: number;
  /** When the bytes were cut off or overwritten. */
  to?: number;
}

export interface Line extends Label {
  readonly text: string;
  /** Bytes of the text. */
  readonly length: number;
  /** When the last byte of the text was written, and when its newline was; a last line may never get one. */
  wholeAt?: number;
  endedAt?: number;
  /** Byte offsets at which an event may rightly end and the next one begin. */
  readonly cuts: Set<number>;
  /** No file holds it in one piece: nobody can be blamed for it. */
  torn: boolean;
  readonly parts: Part[];
  readonly deliveries: number[];
  /** Which sides of a cut have been delivered. */
  pieces: number;
  refused: boolean;
  /** Nothing tells whoever reads it that it goes before the lines that were written next. */
  unordered: boolean;
}

/** What was written and what became of it, by somebody who looks at the files and not at the agent. */
export class Ledger {
  /** By writer, then by sequence number. */
  readonly lines: Line[][] = [];
  readonly files: FileModel[] = [];

  file(writer: number, at: number, reach: Reach, name: string): FileModel {
    const file: FileModel = { id: this.files.length, writer, standings: [{ at, reach, name }], parts: [] };
    this.files.push(file);
    return file;
  }

  moved(file: FileModel, at: number, reach: Reach, name: string): void {
    file.standings.push({ at, reach, name });
  }

  /** A line has begun to be in a file; its text may not be complete there yet. */
  begin(label: Label, text: string, file: FileModel, at: number): Line {
    const line: Line = {
      ...label,
      text,
      length: Buffer.byteLength(text),
      cuts: new Set(),
      torn: false,
      parts: [],
      deliveries: [],
      pieces: 0,
      refused: false,
      // What is called invalid for a while may be sent again after the others.
      unordered: file.unordered === true || text.includes(POISON),
    };
    const lines = this.lines[label.writer] ?? [];
    this.lines[label.writer] = lines;
    lines[label.sequence] = line;
    this.#add(line, file, at);
    return line;
  }

  /** The bytes of a file have been copied into another one. */
  copied(from: FileModel, to: FileModel, at: number): void {
    for (const { line, to: gone } of from.parts) if (gone === undefined) this.#add(line, to, at);
  }

  /** What a file held is not there any more. */
  emptied(file: FileModel, at: number): void {
    for (const part of file.parts) part.to ??= at;
    file.parts = [];
  }

  #add(line: Line, file: FileModel, from: number): void {
    const part: Part = { line, file, from };
    line.parts.push(part);
    file.parts.push(part);
  }
}

export const standingAt = (file: FileModel, at: number): Standing | undefined =>
  file.standings.findLast((standing) => standing.at <= at);

export const hasName = (reach: Reach): boolean =>
  reach === "matching" || reach === "sibling" || reach === "packed";
