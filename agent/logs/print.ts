import { hash as digest } from "node:crypto";
import { ANCHOR_BYTES } from "./encoder.ts";
import type { OpenFile, Print } from "./ports.ts";

/** Longest head of a file that its identity is made of, in bytes. */
export const HEAD_BYTES = 1_024;

export const hash = (bytes: Uint8Array | string): string => digest("sha256", bytes, "hex");

export const NO_PRINT: Print = {
  offset: 0,
  anchor: hash(""),
  headLength: 0,
  headHash: hash(""),
};

/** A print that says nothing: nothing of the file was ever read. */
export const isBlank = ({ headLength, offset }: Print): boolean => headLength === 0 && offset === 0;

/** How many bytes a file has at least that a print describes. */
export const extentOf = ({ offset, headLength }: Print): number => Math.max(offset, headLength);

/**
 * Does the file begin as the print says, and stand the bytes of the anchor before the offset? By reading, never by
 * trusting a size. Rejects when the file cannot be read.
 */
export const fits = async (
  file: OpenFile,
  { offset, anchor, headLength, headHash }: Print,
): Promise<boolean> => {
  const { bytes, length } = await readBeginning(file, Math.max(headLength, Math.min(offset, HEAD_BYTES)));
  if (length < headLength || hash(bytes.subarray(0, headLength)) !== headHash) return false;
  const before = await readAnchor(file, offset, bytes.subarray(0, length));
  return before.length === Math.min(ANCHOR_BYTES, offset) && hash(before) === anchor;
};

/** The print of a file as it stands at `offset`. */
export const printAt = async (file: OpenFile, offset: number): Promise<Print> => {
  const { bytes, length } = await readBeginning(file, Math.min(HEAD_BYTES, offset));
  const head = bytes.subarray(0, length);
  const headHash = hash(head);
  return { offset, headLength: length, headHash, anchor: hash(await readAnchor(file, offset, head)) };
};

/** What a file begins with, as of now: read once, and compared with many. */
export class Head {
  readonly #bytes: Uint8Array;
  readonly #hashes = new Map<number, string>();

  static async of(file: OpenFile): Promise<Head> {
    const { bytes, length } = await readBeginning(file, HEAD_BYTES);
    return new Head(bytes.subarray(0, length));
  }

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  compare({ headLength, headHash }: Print): "same" | "other" | "too short" {
    if (headLength > this.#bytes.length) return "too short";
    const known = this.#hashes.get(headLength) ?? hash(this.#bytes.subarray(0, headLength));
    this.#hashes.set(headLength, known);
    return known === headHash ? "same" : "other";
  }

  /** As far as both go they are the same. */
  agrees(other: Head): boolean {
    const length = Math.min(this.#bytes.length, other.#bytes.length);
    return Buffer.compare(this.#bytes.subarray(0, length), other.#bytes.subarray(0, length)) === 0;
  }
}

const readBeginning = async (
  file: OpenFile,
  wanted: number,
): Promise<{ readonly bytes: Buffer; readonly length: number }> => {
  const bytes = Buffer.alloc(wanted);
  return { bytes, length: wanted === 0 ? 0 : await file.read(bytes, 0, wanted, 0) };
};

/** The bytes before an offset: of a small file they are in what it begins with. Fewer where it does not go so far. */
const readAnchor = async (file: OpenFile, offset: number, beginning: Buffer): Promise<Buffer> => {
  const length = Math.min(ANCHOR_BYTES, offset);
  if (offset <= HEAD_BYTES) return beginning.subarray(offset - length, offset);
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, await file.read(bytes, 0, length, offset - length));
};
