import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { OpenFile } from "../logs/ports.ts";

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
 * to see that it is whole, and again while it is read; always out of the descriptor, since its name may be that of
 * another file at any time. Takes over `file`, and closes it when it rejects.
 */
export const openGzip = async (file: OpenFile): Promise<OpenFile> => {
  const modifiedAt = file.modifiedAt();
  let size = 0;
  try {
    for await (const chunk of contents(file)) size += chunk.length;
  } catch (error) {
    file.close();
    throw error;
  }
  let stream = new Window(file);
  let isOpen = true;
  return {
    id: file.id,
    read: async (into, at, length, position) => {
      if (!isOpen) throw new Error("the file was closed meanwhile");
      if (position < stream.from) {
        stream.close();
        stream = new Window(file);
      }
      const bytes = await stream.take(position, length);
      into.set(bytes, at);
      return bytes.length;
    },
    size: () => size,
    modifiedAt: () => modifiedAt,
    close: () => {
      isOpen = false;
      stream.close();
      file.close();
    },
  };
};

const CHUNK_BYTES = 262_144;

const contents = (file: OpenFile): AsyncIterable<Buffer> => {
  const source = Readable.from(compressed(file), { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on("error", (error) => gunzip.destroy(error));
  gunzip.on("close", () => source.destroy());
  // Whoever iterates gets to know; but one that nobody has begun to read yet must not end the process.
  gunzip.on("error", () => undefined);
  return source.pipe(gunzip);
};

async function* compressed(file: OpenFile): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const got = await file.read(bytes, 0, bytes.length, position);
    if (got === 0) return;
    position += got;
    yield bytes.subarray(0, got);
  }
}

/** The part of a stream that was read last. */
class Window {
  readonly #chunks: AsyncIterator<Buffer>;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  /** Position of its first byte. */
  from = 0;

  constructor(file: OpenFile) {
    this.#chunks = contents(file)[Symbol.asyncIterator]();
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
