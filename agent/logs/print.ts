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
  const bytes = Buffer.alloc(HEAD_BYTES);
  if ((await file.read(bytes, 0, headLength, 0)) < headLength) return false;
  if (hash(bytes.subarray(0, headLength)) !== headHash) return false;
  const length = Math.min(ANCHOR_BYTES, offset);
  if ((await file.read(bytes, 0, length, offset - length)) < length) return false;
  return hash(bytes.subarray(0, length)) === anchor;
};

/** The print of a file as it stands at `offset`. */
export const printAt = async (file: OpenFile, offset: number): Promise<Print> => {
  const bytes = Buffer.alloc(HEAD_BYTES);
  const headLength = await file.read(bytes, 0, Math.min(HEAD_BYTES, offset), 0);
  const headHash = hash(bytes.subarray(0, headLength));
  const length = Math.min(ANCHOR_BYTES, offset);
  await file.read(bytes, 0, length, offset - length);
  return { offset, headLength, headHash, anchor: hash(bytes.subarray(0, length)) };
};
