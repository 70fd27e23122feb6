import { Buffer } from "node:buffer";
import { headerOf, type Message } from "./message.ts";

/** Bytes of a text part that came without a transfer encoding, as Python makes them: Latin-1, and `\u` escapes. */
export const rawUnicodeEscape = (text: string): Uint8Array => {
  const escaped = text.replace(/[^\0-\xff]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
  return Buffer.from(escaped, "latin1");
};

const unquotePrintable = (text: string): Uint8Array =>
  Buffer.from(
    text
      .replace(/[ \t]+(?=\r?\n|$)/g, "")
      .replace(/=\r?\n/g, "")
      .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** `base64`, `quoted-printable`, `8bit` and the like, in lower case; empty without one. */
export const transferEncoding = (message: Message): string =>
  (headerOf(message, "content-transfer-encoding") ?? "").trim().toLowerCase();

/** Whether the text of the part stands in the message as it is. */
export const isVerbatim = (message: Message): boolean =>
  !["base64", "quoted-printable"].includes(transferEncoding(message));

/** The bytes of a part. Pure; what is not valid base64 is read as far as it is. */
export const decodedBody = (message: Message): Uint8Array => {
  const encoding = transferEncoding(message);
  if (encoding === "base64") return Buffer.from(message.body.replace(/[^A-Za-z0-9+/=]/g, ""), "base64");
  if (encoding === "quoted-printable") return unquotePrintable(message.body);
  return rawUnicodeEscape(message.body);
};
