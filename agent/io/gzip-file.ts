import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import type { FileId, OpenFile } from "../logs/ports.ts";

/** What stays of what was decompressed, in bytes: readers go back a little, never far. */
const WINDOW_BYTES = 1_310_720;

const MAGIC = [0x1f, 0x8b];

/**
 * Not everything that is called `.gz` is: some programs write text under such names. An empty file, or half of the
 * magic bytes, may become gzip yet.
 */
export const isGzip = async (file: OpenFile): Promise<boolean> => {
  const start = new Uint8Array(MAGIC.length);
  try {
    const got = await file.read(start, 0, start.length, 0);
    return MAGIC.every((byte, at) => at >= got || start[at] === byte);
  } catch (error) {
    file.close();
    throw error;
  }
};

/**
 * What a gzip file holds, as if it were the file that was compressed. It is decompressed once to learn its length and
 * to see that it is whole, and again while it is read.
 */
export const openGzip = async (path: string, id: FileId, modifiedAt: number): Promise<OpenFile> => {
  let size = 0;
  for await (const chunk of contents(path)) size += chunk.length;
  let stream = new Window(path);
  return {
    id,
    read: async (into, at, length, position) => {
      if (position < stream.from) {
        stream.close();
        stream = new Window(path);
      }
      const bytes = await stream.take(position, length);
      into.set(bytes, at);
      return bytes.length;
    },
    size: () => size,
    modifiedAt: () => modifiedAt,
    close: () => stream.close(),
  };
};

const contents = (path: string): AsyncIterable<Buffer> => {
  const source = createReadStream(path, { highWaterMark: 262_144 });
  const gunzip = createGunzip({ chunkSize: 262_144 });
  source.on("error", (error) => gunzip.destroy(error));
  gunzip.on("close", () => source.destroy());
  return source.pipe(gunzip);
};

/** The part of a stream that was read last. */
class Window {
  readonly #chunks: AsyncIterator<Buffer>;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  /** Position of its first byte. */
  from = 0;

  constructor(path: string) {
    this.#chunks = contents(path)[Symbol.asyncIterator]();
  }

  async take(position: number, length: number): Promise<Buffer> {
    while (!this.#ended && this.from + this.#bytes.length < position + length) {
      const { done, value } = await this.#chunks.next();
      if (done === true) this.#ended = true;
      else this.#append(value, position);
    }
    return this.#bytes.subarray(position - this.from, position - this.from + length);
  }

  #append(chunk: Buffer, position: number): void {
    // What lies far before the position is not asked for again.
    const useless = Math.min(this.#bytes.length, Math.max(0, position - WINDOW_BYTES - this.from));
    this.#bytes = Buffer.concat([this.#bytes.subarray(useless), chunk]);
    this.from += useless;
  }

  close(): void {
    void this.#chunks.return?.();
  }
}
