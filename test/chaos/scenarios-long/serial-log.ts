import { appendFileSync, renameSync } from "node:fs";
import type { SerialForm } from "./serial-line.ts";

/** A log of numbered lines and its rotated files. Opened for each write: there may be ten thousand of them. */
export class SerialLog {
  readonly path: string;
  written = 0;
  readonly #writer: number;
  readonly #form: SerialForm;
  #generations = 0;

  constructor(writer: number, path: string, form: SerialForm) {
    this.#writer = writer;
    this.path = path;
    this.#form = form;
    appendFileSync(path, "");
  }

  write(lines: number): void {
    this.#writeTo(this.path, lines);
  }

  /** Numbers move up, as logrotate does it. `lingering`: so many lines the writer writes before it notices. */
  rotate(lingering: number): void {
    const name = (nth: number): string => (nth === 0 ? this.path : `${this.path}.${nth}`);
    for (let nth = this.#generations++; nth >= 0; nth--) renameSync(name(nth), name(nth + 1));
    if (lingering > 0) this.#writeTo(name(1), lingering);
    appendFileSync(this.path, "");
  }

  #writeTo(path: string, lines: number): void {
    let text = "";
    const at = Date.now();
    for (let nth = 0; nth < lines; nth++)
      text += `${this.#form.text({ writer: this.#writer, sequence: this.written++, at })}\n`;
    appendFileSync(path, text);
  }
}
