/** What agent/logs/wasm/encode.ts does, in JavaScript: what the WebAssembly is measured against. */

const NEWLINE = 10;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSE = Buffer.from('"}');

/** For each byte: 0 when it is copied as it is, else the index of its escape + 1. */
const KIND = new Uint8Array(256);
const ESCAPES: Buffer[] = [];
for (let byte = 0; byte < 256; byte++) {
  if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) continue;
  ESCAPES.push(Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1)));
  KIND[byte] = ESCAPES.length;
}

/** Byte by byte. Returns the bytes written; empty lines are left out. */
export const encodeBytes = (input: Buffer, output: Buffer, prefix: Buffer): number => {
  let out = 0;
  let fresh = true;
  for (let at = 0; at < input.length; at++) {
    const byte = input[at] as number;
    if (byte === NEWLINE) {
      if (fresh) continue;
      output.set(CLOSE, out);
      out += CLOSE.length;
      fresh = true;
      continue;
    }
    if (fresh) {
      output.set(prefix, out);
      out += prefix.length;
      fresh = false;
    }
    const kind = KIND[byte] as number;
    if (kind === 0) output[out++] = byte;
    else for (const part of ESCAPES[kind - 1] as Buffer) output[out++] = part;
  }
  return out;
};

/** The same, with the bytes between two escapes copied at once. */
export const encodeRuns = (input: Buffer, output: Buffer, prefix: Buffer): number => {
  let out = 0;
  for (let from = 0; ; ) {
    const end = input.indexOf(NEWLINE, from);
    if (end === -1) return out;
    if (end > from) out = encodeLine(input, from, end, output, out, prefix);
    from = end + 1;
  }
};

const encodeLine = (
  input: Buffer,
  from: number,
  end: number,
  output: Buffer,
  start: number,
  prefix: Buffer,
): number => {
  output.set(prefix, start);
  let out = start + prefix.length;
  let run = from;
  for (let at = from; at < end; at++) {
    const kind = KIND[input[at] as number] as number;
    if (kind === 0) continue;
    if (at > run) out += input.copy(output, out, run, at);
    for (const part of ESCAPES[kind - 1] as Buffer) output[out++] = part;
    run = at + 1;
  }
  if (end > run) out += input.copy(output, out, run, end);
  output.set(CLOSE, out);
  return out + CLOSE.length;
};

/** With what the language brings: decoded, split, and each line through JSON.stringify. */
export const encodeStrings = (input: Buffer, output: Buffer, prefix: Buffer): number => {
  const head = prefix.toString().slice(0, -1);
  let text = "";
  for (const line of input.toString("utf8").split("\n"))
    if (line !== "") text += `${head}${JSON.stringify(line)}}`;
  return output.write(text);
};
