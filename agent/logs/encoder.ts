import { isUtf8 } from "node:buffer";
import { EVENT_OVERHEAD_BYTES, MESSAGE_BYTES } from "../base/cloudwatch-limits.ts";
import { ENCODE_WASM } from "./encode-wasm.generated.ts";

/** Bytes of context that a slot keeps in front of what is read: the anchor of the file position. */
export const ANCHOR_BYTES = 64;

/** Most bytes of a file that one slot holds: the longest message, and a little to see that it ends. */
export const SLOT_BYTES = MESSAGE_BYTES + 8_192;

/** A place in the encoder's memory that files are read into: the anchor first, then the data. */
export interface Slot {
  /** {@link ANCHOR_BYTES} + {@link SLOT_BYTES} bytes. */
  readonly bytes: Buffer;
  readonly address: number;
}

/** What a batch still has room for. */
export interface Room {
  readonly records: number;
  /** Bytes as the service counts them: message bytes plus 26 per event. */
  readonly bytes: number;
}

export interface Encoded {
  /** Source bytes that are now events or blank records. */
  readonly consumed: number;
  /** Events appended. */
  readonly records: number;
  /** Empty records passed over: the service takes no empty message. */
  readonly blanks: number;
  /** Sum of message bytes + 26 per event. */
  readonly bytes: number;
  /** Records whose invalid UTF-8 was replaced by U+FFFD. */
  readonly repaired: number;
  /** Records that were cut because no message may be that long; each cut counts. */
  readonly cuts: number;
  /** The next record did not fit into the room. */
  readonly full: boolean;
}

interface Wasm {
  readonly encode: (
    input: number,
    inputEnd: number,
    output: number,
    outputEnd: number,
    prefix: number,
    prefixLength: number,
    maxRecords: number,
    maxBytes: number,
    overhead: number,
    maxMessage: number,
    whole: number,
  ) => number;
  readonly inputAt: WebAssembly.Global;
  readonly outputAt: WebAssembly.Global;
  readonly records: WebAssembly.Global;
  readonly blanks: WebAssembly.Global;
  readonly messageBytes: WebAssembly.Global;
}

const STOP = { input: 0, batch: 1, output: 2, long: 3 } as const;
const NEWLINE = 10;
const PAGE = 65_536;
const PREFIX_AT = 32_768; // below it, and in the first page, AssemblyScript keeps data of its own
const PREFIX_HEAD = ',{"timestamp":';
const PREFIX_TAIL = ',"message":"';
const PADDING = 64; // the code reads and writes 16 bytes at a time, past the end of what counts
/** A control character becomes six bytes. Memory that no record needs is never touched, and so costs nothing. */
const OUTPUT_BYTES = 6 * MESSAGE_BYTES + PAGE;
/** A replaced byte becomes three: a longer record with invalid bytes is cut so that it fits after the repair. */
const REPAIRABLE_BYTES = Math.floor(MESSAGE_BYTES / 3);

/** Where finished events go. */
export interface Output {
  readonly append: (events: Uint8Array) => void;
}

/**
 * Turns bytes of log files into JSON log events. Owns one block of WebAssembly memory with `slots` places to read
 * into; the events come out through a view that is valid during `append` only.
 */
export class Encoder {
  readonly slots: readonly Slot[];
  readonly #wasm: Wasm;
  readonly #memory: Buffer;
  readonly #scratch: Slot;
  readonly #outputAt: number;
  #stamp = Number.NaN;
  #prefixLength = 0;

  constructor(slots: number) {
    const stride = ANCHOR_BYTES + SLOT_BYTES + PADDING;
    const outputAt = PAGE + (slots + 1) * stride;
    const memory = new WebAssembly.Memory({ initial: Math.ceil((outputAt + OUTPUT_BYTES + PADDING) / PAGE) });
    const module = new WebAssembly.Module(Buffer.from(ENCODE_WASM, "base64"));
    this.#wasm = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Wasm;
    this.#memory = Buffer.from(memory.buffer);
    this.#outputAt = outputAt;
    const slot = (index: number): Slot => {
      const address = PAGE + index * stride;
      return { address, bytes: this.#memory.subarray(address, address + ANCHOR_BYTES + SLOT_BYTES) };
    };
    this.slots = Array.from({ length: slots }, (_, index) => slot(index));
    this.#scratch = slot(slots);
  }

  /**
   * Encodes the complete records of `slot.bytes[from, to)` that fit into `room`, all with the time `stamp`
   * (milliseconds). With `final`, the bytes behind the last newline are a record too.
   */
  encode(
    slot: Slot,
    from: number,
    to: number,
    stamp: number,
    room: Room,
    final: boolean,
    out: Output,
  ): Encoded {
    this.#setStamp(stamp);
    const run = new Run(room);
    let at = from;
    const complete = slot.bytes.subarray(0, to).lastIndexOf(NEWLINE) + 1;
    if (complete > at) at = this.#lines(slot, at, complete, run, out);
    while (!run.full && at < to && at >= complete && (final || to - at >= MESSAGE_BYTES)) {
      const taken = this.#piece(slot, at, to, run, out);
      if (taken === 0) break;
      if (at + taken < to || !final) run.cuts++;
      at += taken;
    }
    run.consumed = at - from;
    return run;
  }

  #setStamp(stamp: number): void {
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#prefixLength = this.#memory.write(`${PREFIX_HEAD}${stamp}${PREFIX_TAIL}`, PREFIX_AT);
  }

  /** Encodes records that end with a newline each; returns where it stopped. */
  #lines(slot: Slot, from: number, to: number, run: Run, out: Output): number {
    if (isUtf8(slot.bytes.subarray(from, to))) return this.#validLines(slot, from, to, run, out);
    let at = from;
    while (at < to && !run.full) {
      const end = slot.bytes.indexOf(NEWLINE, at);
      const valid = isUtf8(slot.bytes.subarray(at, end));
      const next = valid
        ? this.#validLines(slot, at, end + 1, run, out)
        : this.#pieces(slot, at, end, run, out);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  #validLines(slot: Slot, from: number, to: number, run: Run, out: Output): number {
    const base = slot.address;
    let at = from;
    while (at < to) {
      const stop = this.#call(base + at, base + to, run, false, out);
      at = this.#wasm.inputAt.value - base;
      run.blanks += this.#wasm.blanks.value;
      if (stop === STOP.batch) run.full = true;
      if (stop === STOP.long) {
        const next = this.#pieces(slot, at, slot.bytes.indexOf(NEWLINE, at), run, out);
        if (next === at) break;
        at = next;
      } else if (stop !== STOP.output) break;
      if (run.full) break;
    }
    return at;
  }

  /** Encodes the record [from, end), which a newline follows, in as many events as it takes. */
  #pieces(slot: Slot, from: number, end: number, run: Run, out: Output): number {
    let at = from;
    while (at < end && !run.full) {
      const taken = this.#piece(slot, at, end, run, out);
      if (taken === 0) return at;
      at += taken;
      if (at < end) run.cuts++;
    }
    return at === end ? end + 1 : at;
  }

  /** Encodes one event from the front of the record [from, end); returns the source bytes it took, 0 if none fit. */
  #piece(slot: Slot, from: number, end: number, run: Run, out: Output): number {
    const taken = cut(slot.bytes, from, end, MESSAGE_BYTES);
    if (isUtf8(slot.bytes.subarray(from, from + taken))) {
      const { address } = slot;
      return this.#whole(address + from, address + from + taken, run, out) ? taken : 0;
    }
    const less = cut(slot.bytes, from, end, REPAIRABLE_BYTES);
    const repaired = Buffer.from(slot.bytes.toString("utf8", from, from + less));
    this.#scratch.bytes.set(repaired);
    const at = this.#scratch.address;
    if (!this.#whole(at, at + repaired.length, run, out)) return 0;
    run.repaired++;
    return less;
  }

  #whole(from: number, to: number, run: Run, out: Output): boolean {
    const before = run.records;
    if (this.#call(from, to, run, true, out) === STOP.batch) run.full = true;
    return run.records > before;
  }

  #call(from: number, to: number, run: Run, whole: boolean, out: Output): number {
    const wasm = this.#wasm;
    const output = this.#outputAt;
    const stop = wasm.encode(
      from,
      to,
      output,
      output + OUTPUT_BYTES,
      PREFIX_AT,
      this.#prefixLength,
      run.room.records - run.records,
      run.room.bytes - run.bytes,
      EVENT_OVERHEAD_BYTES,
      MESSAGE_BYTES,
      whole ? 1 : 0,
    );
    const events = wasm.records.value;
    if (events > 0) {
      run.records += events;
      run.bytes += wasm.messageBytes.value + events * EVENT_OVERHEAD_BYTES;
      out.append(this.#memory.subarray(output, wasm.outputAt.value));
    }
    return stop;
  }
}

/** The mutable side of {@link Encoded}. */
class Run implements Encoded {
  consumed = 0;
  records = 0;
  blanks = 0;
  bytes = 0;
  repaired = 0;
  cuts = 0;
  full = false;
  readonly room: Room;

  constructor(room: Room) {
    this.room = room;
  }
}

/** How many bytes of [from, end) make one piece of at most `most` bytes that does not end inside a code point. */
const cut = (bytes: Buffer, from: number, end: number, most: number): number => {
  if (end - from <= most) return end - from;
  let length = most;
  // A code point has at most four bytes: further back there is no character to save.
  for (let back = 0; back < 4; back++) {
    const next = bytes[from + length];
    if (next === undefined || (next & 0xc0) !== 0x80) return length;
    length--;
  }
  return most;
};
