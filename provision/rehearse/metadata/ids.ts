import { createHash } from "node:crypto";

/** 64 hexadecimal digits that follow from a seed and from what they are for. */
export const digits = (seed: string, purpose: string): string =>
  createHash("sha256").update(`${seed}\0${purpose}`).digest("hex");

/** An id as EC2 makes them, such as `eni-0123456789abcdef0`. */
export const hexId = (prefix: string, seed: string): string =>
  `${prefix}-0${digits(seed, prefix).slice(0, 16)}`;

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Characters as the ids of IAM have them. */
export const base32 = (seed: string, purpose: string, length: number): string =>
  (
    digits(seed, purpose)
      .slice(0, 2 * length)
      .match(/../g) ?? []
  )
    .map((byte) => BASE32[Number.parseInt(byte, 16) % BASE32.length])
    .join("");
