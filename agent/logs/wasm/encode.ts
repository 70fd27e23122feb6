// AssemblyScript, compiled to WebAssembly by `npm run generate` into ../encode-wasm.generated.ts.
//
// Frames records by newline and appends each as one JSON log event, sixteen bytes at a time. In JavaScript the
// same work costs twenty times as much, more than reading, hashing and sending together (docs/architecture.md).

/** Why `encode` returned. */
export const STOP_INPUT: i32 = 0; // no further complete record in the input
export const STOP_BATCH: i32 = 1; // the next record does not fit in the batch
export const STOP_OUTPUT: i32 = 2; // the next record does not fit in the output
export const STOP_LONG: i32 = 3; // the next record is longer than a message may be

/** Results of the last call. */
export let inputAt: usize = 0; // first byte not consumed
export let outputAt: usize = 0; // first byte not written
export let records: u32 = 0; // events written
export let blanks: u32 = 0; // empty records passed over
export let messageBytes: u32 = 0; // sum of the message lengths of the events

// A step writes at most two bytes for each of sixteen and six for a control character, an event ends with two more.
const SLACK: usize = 64;
const NEWLINE: u32 = 0x0a;

/**
 * Shuffles of sixteen bytes, one for each set of eight: they put a backslash before each byte in the set. A shuffle
 * takes bytes 0 to 7 from the text and byte 8 is the backslash.
 */
const SPREADS: usize = memory.data(256 * 16, 16);

for (let set: u32 = 0; set < 256; set++) {
  let o: u32 = 0;
  for (let i: u32 = 0; i < 8; i++) {
    if (set & (1 << i)) store<u8>(SPREADS + set * 16 + o++, 8);
    store<u8>(SPREADS + set * 16 + o++, i);
  }
}

/** Of these sixteen bytes, the set of those that JSON wants a backslash before. */
@inline
function marks(v: v128): u32 {
  return i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(0x22)), i8x16.eq(v, i8x16.splat(0x5c))));
}

/** Of these sixteen bytes, the set of control characters: line ends, and what needs more than a backslash. */
@inline
function controls(v: v128): u32 {
  return i8x16.bitmask(i8x16.lt_u(v, i8x16.splat(0x20)));
}

/** Writes sixteen bytes at `o` with a backslash before each that is in `marked`: without a branch, up to 32 bytes. */
@inline
function spread(o: usize, v: v128, marked: u32): void {
  const backslashes = i8x16.splat(0x5c);
  const low = v128.shuffle<u64>(v, backslashes, 0, 2);
  const high = v128.shuffle<u64>(v, backslashes, 1, 2);
  v128.store(o, v128.swizzle(low, v128.load(SPREADS + ((marked & 255) << 4))));
  v128.store(o + 8 + popcnt(marked & 255), v128.swizzle(high, v128.load(SPREADS + ((marked >> 8) << 4))));
}

@inline
function hex(nibble: u32): u32 {
  return nibble < 10 ? 48 + nibble : 87 + nibble;
}

/** Writes the JSON escape of the control character `c` at `o`; returns its length. */
@inline
function escape(o: usize, c: u32): u32 {
  store<u8>(o, 0x5c);
  if (c == 0x09) store<u8>(o, 0x74, 1);
  else if (c == 0x0a) store<u8>(o, 0x6e, 1);
  else if (c == 0x0d) store<u8>(o, 0x72, 1);
  else {
    store<u32>(o, 0x30303075, 1); // u000
    store<u8>(o, hex(c >> 4), 4);
    store<u8>(o, hex(c & 15), 5);
    return 6;
  }
  return 2;
}

@inline
function copyPrefix(o: usize, prefix: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i += 16) v128.store(o + i, v128.load(prefix + i));
}

/**
 * Encodes records of [input, inputEnd) to [output, outputEnd).
 *
 * With `whole` the input is one record, and a newline in it is escaped. Otherwise each newline ends a record and
 * the bytes behind the last newline stay. The caller keeps 16 readable bytes behind the input and the prefix.
 */
export function encode(
  input: usize,
  inputEnd: usize,
  output: usize,
  outputEnd: usize,
  prefix: usize,
  prefixLength: u32,
  maxRecords: u32,
  maxBytes: u32,
  overhead: u32,
  maxMessage: u32,
  whole: bool,
): i32 {
  let p = input;
  let o = output;
  let count: u32 = 0;
  let empty: u32 = 0;
  let bytes: u32 = 0;
  let messages: u32 = 0;
  let recordAt = p;
  let eventAt = o;
  let reason = STOP_INPUT;

  while (p < inputEnd) {
    recordAt = p;
    eventAt = o;
    if (!whole && load<u8>(p) == NEWLINE) {
      p++;
      empty++;
      recordAt = p;
      continue;
    }
    if (count >= maxRecords) {
      reason = STOP_BATCH;
      break;
    }
    if (outputEnd - o < <usize>prefixLength + SLACK) {
      reason = STOP_OUTPUT;
      break;
    }
    copyPrefix(o, prefix, prefixLength);
    o += <usize>prefixLength;

    let ended = false;
    while (true) {
      if (outputEnd - o < SLACK) {
        reason = STOP_OUTPUT;
        break;
      }
      const v = v128.load(p);
      const marked = marks(v);
      const control = controls(v);
      if (control == 0 && p + 16 < inputEnd) {
        if (marked == 0) v128.store(o, v);
        else spread(o, v, marked);
        p += 16;
        o += <usize>(16 + popcnt(marked));
        continue;
      }
      // Up to the first control character, or to the end of the input: what is too much of these sixteen bytes is
      // overwritten by what comes next.
      const left = inputEnd - p;
      const available: u32 = left < 16 ? <u32>left : 16;
      const clean = ctz(control | (1 << available));
      spread(o, v, marked);
      p += <usize>clean;
      o += <usize>(clean + popcnt(marked & ((1 << clean) - 1)));
      if (clean < available) {
        const c = <u32>load<u8>(p);
        if (c == NEWLINE && !whole) {
          ended = true;
          break;
        }
        o += <usize>escape(o, c);
        p++;
      }
      if (p >= inputEnd) {
        ended = whole;
        break;
      }
    }

    const length = <u32>(p - recordAt);
    if (length > maxMessage) reason = STOP_LONG;
    else if (ended && bytes + length + overhead > maxBytes) reason = STOP_BATCH;
    if (!ended || reason != STOP_INPUT) break;

    bytes += length + overhead;
    messages += length;
    count++;
    store<u16>(o, 0x7d22); // "}
    o += 2;
    if (!whole) p++;
    recordAt = p;
    eventAt = o;
  }

  inputAt = recordAt;
  outputAt = eventAt;
  records = count;
  blanks = empty;
  messageBytes = messages;
  return reason;
}
