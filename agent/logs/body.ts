import type { Target } from "./ports.ts";

/**
 * Buffers that are used again: a megabyte allocated and dropped for every request would leave the collector far
 * behind. Sizes are rounded up, so that few kinds of buffer serve all.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];
  readonly #keepBytes: number;
  #kept = 0;

  /** Keeps at most `keepBytes` of unused buffers; the rest is left to the collector. */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** A buffer of at least `bytes`: a free one that is not many times larger, else a new one. */
  take(bytes: number): Buffer {
    const size = sizeClass(bytes);
    const at = this.#free.findLastIndex(({ length }) => length >= size && length <= 4 * size);
    const [free] = at === -1 ? [] : this.#free.splice(at, 1);
    if (free === undefined) return Buffer.allocUnsafeSlow(size);
    this.#kept -= free.length;
    return free;
  }

  give(buffer: Buffer): void {
    if (buffer.length < WORTH_KEEPING) return;
    this.#free.push(buffer);
    this.#kept += buffer.length;
    while (this.#kept > this.#keepBytes) this.#kept -= this.#free.shift()?.length ?? 0;
  }
}

/** Small ones are cheap to allocate, and thousands of them at once would stay for ever, in bytes. */
const WORTH_KEEPING = 65_536;
const SMALLEST = 1_024;
/** Objects of the batch, of its delivery and of what the SDK makes of it, in bytes, measured with thousands of them. */
export const REQUEST_BYTES = 8_192;
const LARGE = 524_288;

/** Powers of two for small buffers; for those that make up the memory of the agent, steps that waste less. */
export const sizeClass = (bytes: number): number =>
  bytes > LARGE ? Math.ceil(bytes / LARGE) * LARGE : Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)));

/** The body of a PutLogEvents request, growing at its end. */
export class Body {
  readonly #pool: BufferPool;
  #buffer: Buffer;
  #length: number;
  #empty = true;

  constructor(pool: BufferPool, target: Target, expectedBytes: number) {
    const names = { logGroupName: target.logGroupName, logStreamName: target.logStreamName };
    const head = `${JSON.stringify(names).slice(0, -1)},"logEvents":[`;
    const headBytes = Buffer.byteLength(head);
    this.#pool = pool;
    this.#buffer = pool.take(headBytes + expectedBytes);
    this.#length = this.#buffer.write(head);
  }

  /** Bytes of memory that the body holds. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** The same and what a request costs besides its body: this is what counts where memory is limited. */
  get footprint(): number {
    return this.#buffer.length + REQUEST_BYTES;
  }

  get length(): number {
    return this.#length;
  }

  /** Appends events, each with a comma before it; the first one of a body loses its comma. */
  append(events: Uint8Array): void {
    const from = this.#empty ? 1 : 0;
    if (events.length <= from) return;
    this.#reserve(events.length + CLOSE.length);
    this.#buffer.set(from === 0 ? events : events.subarray(from), this.#length);
    this.#length += events.length - from;
    this.#empty = false;
  }

  /** The finished request. The view is valid until {@link release}. */
  finish(): Uint8Array {
    this.#reserve(CLOSE.length);
    this.#buffer.set(CLOSE, this.#length);
    return this.#buffer.subarray(0, this.#length + CLOSE.length);
  }

  /** Gives the memory back; the body is not to be used any more. */
  release(): void {
    this.#pool.give(this.#buffer);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = this.#pool.take(this.#length + more);
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#pool.give(this.#buffer);
    this.#buffer = larger;
  }
}

const CLOSE = Buffer.from("]}");

/** The same body made of objects, for the few requests that are no whole batch. */
export const bodyOf = (
  { logGroupName, logStreamName }: Target,
  logEvents: readonly { readonly timestamp: number; readonly message: string }[],
): Uint8Array => Buffer.from(JSON.stringify({ logGroupName, logStreamName, logEvents }));

/** An event as a body has it. */
export interface BodyEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** The first event of a finished body, without a look at the others. */
export const firstEvent = (body: Uint8Array): BodyEvent => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const from = bytes.indexOf(EVENTS) + EVENTS.length;
  let to = bytes.indexOf(MESSAGE, from) + MESSAGE.length;
  while (bytes[to] !== QUOTE) to += bytes[to] === BACKSLASH ? 2 : 1;
  return JSON.parse(`${bytes.toString("utf8", from, to + 1)}}`);
};

/** The last one. Inside of messages its beginning would stand escaped. */
export const lastEvent = (body: Uint8Array): BodyEvent => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return JSON.parse(bytes.toString("utf8", bytes.lastIndexOf(EVENT), bytes.length - CLOSE.length));
};

const EVENT = '{"timestamp":';
const EVENTS = '"logEvents":[';
const MESSAGE = '"message":"';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
