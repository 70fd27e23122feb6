import { join } from "node:path";
import type { OpenFile, Sibling } from "../../../agent/logs/ports.ts";
import type { SerialForm } from "../scenarios-long/serial-line.ts";
import { SimulatedDisk, type Stir } from "./disk.ts";

interface EndlessFile {
  readonly writer: number;
  /** The sequence number of its first line. */
  readonly first: number;
  readonly ino: bigint;
  readonly bornAt: number;
  modifiedAt: number;
  lines: number;
}

/** Read as part of the label of a line: when it was written is not known to who makes it again. */
const UNDATED = 0;

/**
 * A disk whose files take no memory, so that they can hold what an hour brings: what is read of a file is made at that
 * moment, from the numbers of its lines. They grow by whole lines, and are renamed; more does not happen to them.
 */
export class EndlessDisk extends SimulatedDisk {
  readonly #clock: () => number;
  readonly #form: SerialForm;
  readonly #files = new Map<string, EndlessFile>();
  readonly #ears = new Set<(directory: string, stir: Stir) => void>();
  readonly #onRead: () => void;
  #nextIno = 1_000n;

  /** `now`: milliseconds since 1970. `onRead`: called before each read. */
  constructor(now: () => number, form: SerialForm, onRead: () => void) {
    super(now);
    this.#clock = now;
    this.#form = form;
    this.#onRead = onRead;
  }

  /** An empty file, whose first line will be that one of its writer. */
  begin(path: string, writer: number, first: number): void {
    const now = this.#clock();
    const ino = this.#nextIno++;
    this.#files.set(path, { writer, first, ino, bornAt: now, modifiedAt: now, lines: 0 });
    this.#stir(path);
  }

  /** Lets a file grow. Nobody is told: that hints get lost costs an agent nothing but time. */
  grow(path: string, lines: number): void {
    const file = this.#fileAt(path);
    file.lines += lines;
    file.modifiedAt = this.#clock();
  }

  override rename(from: string, to: string): void {
    this.#files.set(to, this.#fileAt(from));
    this.#files.delete(from);
    this.#stir(from);
  }

  override listen(listener: (directory: string, stir: Stir) => void): () => void {
    this.#ears.add(listener);
    return () => this.#ears.delete(listener);
  }

  override stat(path: string): Sibling | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    const { ino, bornAt, modifiedAt, lines } = file;
    return { path, dev: 1n, ino, bornAt, modifiedAt, size: lines * this.#form.bytes };
  }

  override openToRead(path: string): OpenFile {
    const file = this.#fileAt(path);
    const size = (): number => file.lines * this.#form.bytes;
    return {
      id: { dev: 1n, ino: file.ino, bornAt: file.bornAt },
      read: async (into, at, length, position) => {
        this.#onRead();
        const bytes = this.#content(file, position, Math.min(length, size() - position));
        into.set(bytes, at);
        return bytes.length;
      },
      size,
      modifiedAt: () => file.modifiedAt,
      close: () => undefined,
    };
  }

  override realPath(path: string): string {
    this.#fileAt(path);
    return path;
  }

  override list(directory: string): readonly string[] {
    const inside = join(directory, "/");
    return this.paths().flatMap((path) => (path.startsWith(inside) ? [path.slice(inside.length)] : []));
  }

  override paths(): readonly string[] {
    return [...this.#files.keys()];
  }

  #content({ writer, first }: EndlessFile, from: number, length: number): Uint8Array {
    if (length <= 0) return new Uint8Array(0);
    const { bytes } = this.#form;
    const [begin, end] = [Math.floor(from / bytes), Math.ceil((from + length) / bytes)];
    let text = "";
    for (let nth = begin; nth < end; nth++)
      text += `${this.#form.text({ writer, sequence: first + nth, at: UNDATED })}\n`;
    return Buffer.from(text).subarray(from - begin * bytes, from - begin * bytes + length);
  }

  #fileAt(path: string): EndlessFile {
    const file = this.#files.get(path);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return file;
  }

  #stir(path: string): void {
    for (const hear of this.#ears) hear(path.slice(0, path.lastIndexOf("/")), "rename");
  }
}
