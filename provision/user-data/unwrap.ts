import { Buffer, isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { sniff } from "./sniff.ts";

export type Layer = "base64" | "gzip";

export interface Unwrapped {
  /** From the outside in: any number of base64, then at most one gzip, which is all that cloud-init takes off. */
  readonly layers: readonly Layer[];
  /** What EC2 counts against its limit: what is inside the base64, and still compressed. */
  readonly raw: Uint8Array;
  /** What cloud-init looks at. */
  readonly bytes: Uint8Array;
  /** Why a gzip stream cannot be read; then `bytes` are still compressed. */
  readonly fault?: string;
}

/** Deeper than that nobody encodes by mistake. */
const MOST_BASE64 = 3;

/** A small file can unpack to gigabytes; user data worth reading does not. In bytes. */
const MOST_UNPACKED = 16_777_216;

const BASE64 = /^[A-Za-z0-9+/\s]{8,}={0,2}\s*$/;

const ascii = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

export const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;

/** A text or archive that user data can be; random words that happen to be base64 are not. */
const isPlausible = (bytes: Uint8Array): boolean => {
  if (isGzip(bytes)) return true;
  if (!isUtf8(bytes)) return false;
  const text = Buffer.from(bytes).toString("utf8");
  return sniff(text) !== undefined || /^(content-type|mime-version):/im.test(text) || BASE64.test(text);
};

/** The bytes inside a text that is base64 from beginning to end, line ends aside; undefined when it is not. */
export const fromBase64 = (bytes: Uint8Array): Uint8Array | undefined => {
  const text = ascii(bytes);
  if (!BASE64.test(text)) return undefined;
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 4 !== 0) return undefined;
  const inside = new Uint8Array(Buffer.from(digits, "base64"));
  return isPlausible(inside) ? inside : undefined;
};

/** Takes off what is around user data. Pure; never throws. */
export const unwrap = (content: Uint8Array): Unwrapped => {
  const layers: Layer[] = [];
  let raw = content;
  while (layers.length < MOST_BASE64) {
    const inside = fromBase64(raw);
    if (inside === undefined) break;
    layers.push("base64");
    raw = inside;
  }
  const { bytes, fault } = unpack(raw);
  if (fault !== undefined) return { layers, raw, bytes, fault };
  return { layers: bytes === raw ? layers : [...layers, "gzip"], raw, bytes };
};

/** What cloud-init makes of what EC2 hands it: the same bytes, or what is inside of gzip. Pure; never throws. */
export const unpack = (raw: Uint8Array): Pick<Unwrapped, "bytes" | "fault"> => {
  if (!isGzip(raw)) return { bytes: raw };
  try {
    return { bytes: new Uint8Array(gunzipSync(raw, { maxOutputLength: MOST_UNPACKED })) };
  } catch (error) {
    return { bytes: raw, fault: (error as Error).message };
  }
};
