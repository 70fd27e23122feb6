import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BATCH_BYTES,
  BATCH_EVENTS,
  EVENT_OVERHEAD_BYTES,
  MESSAGE_BYTES,
} from "../../agent/base/cloudwatch-limits.ts";
import { ANCHOR_BYTES, type Encoded, Encoder, type Room, SLOT_BYTES } from "../../agent/logs/encoder.ts";

const encoder = new Encoder(2);
const [slot] = encoder.slots;
if (slot === undefined) throw new Error("an encoder without slots");

const WHOLE_BATCH: Room = { records: BATCH_EVENTS, bytes: BATCH_BYTES };
const STAMP = 1_795_000_000_000;

interface Run extends Encoded {
  readonly events: readonly { readonly timestamp: number; readonly message: string }[];
}

/** Encodes `bytes` in one call and gives the events as any JSON reader sees them. */
const encode = (bytes: Uint8Array, { room = WHOLE_BATCH, final = false, at = ANCHOR_BYTES } = {}): Run => {
  slot.bytes.set(bytes, at);
  const parts: Buffer[] = [];
  const encoded = encoder.encode(slot, at, at + bytes.length, STAMP, room, final, {
    append: (events) => parts.push(Buffer.from(events)),
  });
  const json = Buffer.concat(parts).toString().replace(/^,/, "");
  const { consumed, records, blanks, bytes: counted, repaired, cuts, full } = encoded;
  return { consumed, records, blanks, bytes: counted, repaired, cuts, full, events: JSON.parse(`[${json}]`) };
};

const messages = (run: Run): readonly string[] => run.events.map(({ message }) => message);

/** What a line of a file becomes: nothing is dropped but the newline, and invalid UTF-8 is replaced. */
const expected = (bytes: Buffer): readonly string[] =>
  bytes
    .subarray(0, bytes.lastIndexOf(10) + 1)
    .toString()
    .split("\n")
    .slice(0, -1)
    .filter((line) => line !== "");

/** Bytes that meet each other in log files: text, JSON, control characters, broken UTF-8, runs of newlines. */
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.stringMatching(/^["\\\t\r\n{}:, a-z]{0,40}$/).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.constant(Buffer.from("\n")) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
);
const content = fc.array(piece, { maxLength: 40 }).map((parts) => Buffer.concat(parts));

describe("encoding lines as log events", () => {
  it("gives each line back exactly, whatever its bytes and its alignment", () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 0, max: 33 }), (bytes, shift) => {
        const run = encode(bytes, { at: ANCHOR_BYTES + shift });
        expect(messages(run)).toEqual(expected(bytes));
        expect(run.consumed).toBe(bytes.lastIndexOf(10) + 1);
      }),
      { numRuns: 2_000 },
    );
  });

  it("counts every byte as a part of a message, a newline, or what was cut or repaired", () => {
    fc.assert(
      fc.property(content, (bytes) => {
        const run = encode(bytes);
        const size = messages(run).reduce((sum, message) => sum + Buffer.byteLength(message), 0);
        expect(run.bytes).toBe(size + run.records * EVENT_OVERHEAD_BYTES);
        expect(run.records).toBe(run.events.length);
        if (run.repaired === 0) expect(run.consumed).toBe(size + run.records + run.blanks);
      }),
    );
  });

  it("goes on where it stopped, however little room each batch has, and never splits or joins a line", () => {
    const room = fc.record({
      records: fc.integer({ min: 1, max: 5 }),
      bytes: fc.integer({ min: 400, max: 900 }),
    });
    fc.assert(
      fc.property(content, fc.array(room, { minLength: 1, maxLength: 5 }), (bytes, rooms) => {
        const all: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const given = rooms[turn % rooms.length] as Room;
          const run = encode(bytes.subarray(at), { room: given });
          expect(run.records).toBeLessThanOrEqual(given.records);
          expect(run.bytes).toBeLessThanOrEqual(given.bytes);
          all.push(...messages(run));
          at += run.consumed;
          if (run.consumed === 0 && (!run.full || run.records === 0)) break;
        }
        const lines = expected(bytes);
        // A line longer than the room of a whole batch cannot be placed; rooms here are smaller than batches are.
        expect(all).toEqual(lines.slice(0, all.length));
        const next = lines[all.length];
        if (next !== undefined) expect(Buffer.byteLength(next) + EVENT_OVERHEAD_BYTES).toBeGreaterThan(400);
      }),
    );
  });

  it.each([
    ["an empty file", "", []],
    ["a blank line", "\n", []],
    ["a line without its end", "a", []],
    ["NUL bytes", "a\0b\n", ["a\0b"]],
    ["a carriage return, which is part of the line", "a\r\n", ["a\r"]],
    [
      "every control character",
      `${String.fromCharCode(...Array.from({ length: 32 }, (_, i) => i).filter((i) => i !== 10))}\n`,
      undefined,
    ],
  ])("takes %s", (_, text, lines) => {
    expect(messages(encode(Buffer.from(text)))).toEqual(lines ?? [text.slice(0, -1)]);
  });

  it("sends a last line without its end when it is final", () => {
    const run = encode(Buffer.from("a\nb"), { final: true });
    expect(messages(run)).toEqual(["a", "b"]);
    expect(run.consumed).toBe(3);
  });

  it("replaces bytes that are not UTF-8, counts the line, and leaves its neighbours alone", () => {
    const run = encode(
      Buffer.concat([Buffer.from("vor\n"), Buffer.from([0x61, 0xff, 0xc3, 0x0a]), Buffer.from("nach ü\n")]),
    );
    expect(messages(run)).toEqual(["vor", "a\ufffd\ufffd", "nach ü"]);
    expect(run.repaired).toBe(1);
  });
});

describe("long lines", () => {
  it("takes the longest message that the service takes, whole", () => {
    const run = encode(Buffer.from(`${"x".repeat(MESSAGE_BYTES)}\n`));
    expect(run).toMatchObject({ records: 1, cuts: 0, bytes: BATCH_BYTES });
  });

  it("cuts a longer one between code points, and loses nothing", () => {
    const line = `${"x".repeat(MESSAGE_BYTES - 1)}ä${"y".repeat(100)}`;
    const bytes = Buffer.from(`${line}\n`).subarray(0, SLOT_BYTES);
    const first = encode(bytes);
    const second = encode(bytes.subarray(first.consumed));
    expect(first).toMatchObject({ records: 1, cuts: 1, full: true });
    expect(messages(first).concat(messages(second)).join("")).toBe(line);
  });

  it("cuts a line of control characters, each of which takes six bytes on the wire", () => {
    const bytes = Buffer.alloc(MESSAGE_BYTES + 1, 1);
    bytes[MESSAGE_BYTES] = 10;
    const run = encode(bytes);
    expect(run.events[0]?.message.length).toBe(MESSAGE_BYTES);
  });

  it("cuts an invalid line so short that it still fits after its repair", () => {
    const run = encode(Buffer.concat([Buffer.alloc(MESSAGE_BYTES - 1, 0xff), Buffer.from("\n")]));
    expect(run.bytes).toBeLessThanOrEqual(BATCH_BYTES);
    expect(run).toMatchObject({ records: 1, cuts: 1, repaired: 1 });
  });
});
