import { isUtf8 } from "node:buffer";
import type { Finding } from "./fault.ts";

/** Largest configuration, in bytes: room for thousands of entries, and an end for a wrong file. */
export const CONFIG_BYTES = 1_048_576;

/** What YAML does not allow in a text: control characters other than tab and line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** A carriage return by itself ends a line in YAML and in old editors, but not for the parser. */
const LONE_RETURN = /\r(?!\n)/;

const AS_UTF8 = "save it as UTF-8";

const whole = (message: string, hint?: string, offset = 0): Finding => ({
  severity: "error",
  offset,
  key: "",
  message,
  hint,
});

const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

/** Index into the decoded text of the first character that was not UTF-8: the first line that is not holds it. */
const firstBad = (text: string, bytes: Uint8Array): number => {
  let offset = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    if (!isUtf8(bytes.subarray(start, end))) return text.indexOf("\ufffd", offset);
    offset = text.indexOf("\n", offset) + 1;
    start = end;
  }
  return 0;
};

const badCharacter = (text: string): Finding | undefined => {
  const control = text.search(CONTROL);
  if (control !== -1) {
    const code = text.charCodeAt(control);
    const hint = code === 0 ? `NUL often comes from UTF-16; ${AS_UTF8}` : undefined;
    return whole(`holds a control character, code ${code}`, hint, control);
  }
  const lone = text.search(LONE_RETURN);
  if (lone === -1) return undefined;
  return whole("holds a carriage return without a line feed", "save it with line feeds as line ends", lone);
};

/**
 * Everything that is wrong with a file before it is even a document, worst first.
 *
 * @param text the bytes, decoded
 */
export const encodingFinding = (text: string, bytes: Uint8Array): Finding | undefined => {
  if (bytes.length > CONFIG_BYTES)
    return whole(`is larger than ${CONFIG_BYTES} bytes: this cannot be a configuration`);
  if (isUtf16(bytes)) return whole("is encoded in UTF-16", AS_UTF8);
  if (!isUtf8(bytes)) return whole("is not valid UTF-8 here", AS_UTF8, firstBad(text, bytes));
  return badCharacter(text);
};
