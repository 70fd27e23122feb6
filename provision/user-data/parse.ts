import { Buffer, isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { archiveEntries } from "./archive.ts";
import { headerOf, leaves, type Message, parameterOf, parseMessage } from "./message.ts";
import { ARCHIVE, INCLUDES, sniff, withoutBlanks } from "./sniff.ts";
import { decodedBody, isVerbatim } from "./transfer-encoding.ts";
import { type Layer, unwrap } from "./unwrap.ts";

/** One thing that cloud-init hands to a handler, or includes. */
export interface Part {
  /** As cloud-init will call it: the name it has, or `part-001`. */
  readonly name: string;
  /** Whether it has a name of its own. */
  readonly named: boolean;
  /** What a MIME header or an archive says; empty where nothing does. */
  readonly declared: string;
  /** What cloud-init goes by. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** The bytes as UTF-8; a byte order mark stays in it. */
  readonly text: string;
  /** The line of the decoded file that holds the first line of the text, counted from 1. */
  readonly line: number;
  /** Index of the text in the decoded file. */
  readonly offset: number;
  /** Whether the lines of the text are lines of the decoded file. */
  readonly verbatim: boolean;
  /** Addresses that cloud-init fetches in its place; undefined for a part that is handled as it is. */
  readonly urls?: readonly string[];
  /** Where it came from, for parts of a message. */
  readonly message?: Message;
}

export interface UserData {
  readonly content: Uint8Array;
  readonly layers: readonly Layer[];
  /** What counts against the limit of EC2. */
  readonly raw: Uint8Array;
  /** What cloud-init looks at. */
  readonly bytes: Uint8Array;
  readonly text: string;
  /** There when cloud-init reads the whole as a MIME message. */
  readonly message?: Message;
  readonly parts: readonly Part[];
  /** Why cloud-init gives up on all of it; then there are no parts. */
  readonly fatal?: string;
  /** Why a gzip stream cannot be unpacked. */
  readonly fault?: string;
}

/** cloud-init looks for the header of a message in so many bytes. */
const MIME_BYTES = 4_096;

/** What cloud-init calls data that no header says anything about. */
export const NOT_MULTIPART = "text/x-not-multipart";

const GZIP_TYPES: ReadonlySet<string> = new Set(
  "gzip gzip-compressed gzipped x-compress x-compressed x-gunzip x-gzip x-gzip-compressed"
    .split(" ")
    .map((name) => `application/${name}`),
);

const SNIFFED: ReadonlySet<string> = new Set(["text/plain", NOT_MULTIPART, "text/x-shellscript"]);

const utf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** What cloud-init takes a part for: what is declared counts, except where it says little. */
export const decideType = (declared: string, text: string): string =>
  declared === "" || SNIFFED.has(declared) ? (sniff(text) ?? (declared || "text/plain")) : declared;

/** Python lower-cases bytes, not letters: only A to Z. */
const isMessage = (bytes: Uint8Array): boolean =>
  /mime-version:/i.test(Buffer.from(bytes.subarray(0, MIME_BYTES)).toString("latin1"));

interface Piece extends Omit<Part, "name" | "named" | "urls"> {
  readonly fileName: string | undefined;
  /** From an archive, whose entries are not looked at a second time. */
  readonly final?: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Python ends lines at all of these.
const LINE_ENDS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** What an include names: one address a line, comments aside, and a first one behind the header. */
export const includedUrls = (text: string): readonly string[] =>
  text.split(LINE_ENDS).flatMap((line) => {
    // A line that begins with a blank is no header and no comment to cloud-init, but an address.
    const rest = line.replace(/^(?:#include-once|#include)\s*/i, "");
    const url = withoutBlanks(rest);
    return rest.startsWith("#") || url === "" ? [] : [url];
  });

const fileNameOf = (message: Message): string | undefined =>
  (
    parameterOf(headerOf(message, "content-disposition"), "filename") ??
    parameterOf(headerOf(message, "content-type"), "name")
  )?.trim();

/** One part of a message, unpacked when its type says that it is compressed. */
const pieceOf = (whole: string, message: Message): Piece | { readonly fatal: string } => {
  const packed = GZIP_TYPES.has(message.type);
  let bytes = decodedBody(message);
  if (packed)
    try {
      bytes = new Uint8Array(gunzipSync(bytes));
    } catch (error) {
      return { fatal: `a part of type ${message.type} is no gzip stream: ${(error as Error).message}` };
    }
  const text = utf8(bytes);
  const declared = packed ? "" : message.type;
  const { line, offset } = message;
  // Letters beyond Latin-1 become escapes even in a part that stands there as it is.
  const verbatim = !packed && isVerbatim(message) && whole.startsWith(text, offset);
  return {
    fileName: fileNameOf(message),
    declared,
    type: decideType(declared, text),
    bytes,
    text,
    line,
    offset,
    verbatim,
    message,
  };
};

/** An archive stands for its entries. Their types are taken as they are: cloud-init looks no second time. */
const expand = (piece: Piece): readonly Piece[] => {
  if (piece.type !== ARCHIVE) return [piece];
  return archiveEntries(piece.text).map(({ content, type, fileName, line }) => ({
    fileName,
    declared: type ?? "",
    type: type ?? sniff(content) ?? "text/cloud-config",
    bytes: Buffer.from(content),
    text: content,
    line: piece.line + line - 1,
    offset: piece.offset,
    verbatim: false,
    final: true,
  }));
};

/** Names go by what is attached, so that includes, which are not, do not count. */
const numbered = (pieces: readonly Piece[]): readonly Part[] => {
  let attached = 0;
  return pieces.flatMap(expand).map(({ fileName, final = false, ...piece }) => {
    const fetched = INCLUDES.has(piece.type) && !final;
    if (!fetched) attached += 1;
    const named = fileName !== undefined && fileName !== "";
    const name = named ? fileName : fetched ? "include" : `part-${String(attached).padStart(3, "0")}`;
    return { ...piece, named, name, ...(fetched ? { urls: includedUrls(piece.text) } : {}) };
  });
};

const single = (bytes: Uint8Array, text: string): Piece => {
  const type = sniff(text) ?? NOT_MULTIPART;
  return { fileName: undefined, declared: "", type, bytes, text, line: 1, offset: 0, verbatim: true };
};

/**
 * Reads any user data as cloud-init would: the layers around it, the parts in it, and what each is. Pure; never throws.
 *
 * @param content as it would be handed over to EC2, or as it came from there
 */
export const parseUserData = (content: Uint8Array): UserData => {
  const { layers, raw, bytes, fault } = unwrap(content);
  const text = utf8(bytes);
  const whole = { content, layers, raw, bytes, text, ...(fault === undefined ? {} : { fault }) };
  if (content.length === 0) return { ...whole, parts: [] };
  if (!isMessage(bytes)) return { ...whole, parts: numbered([single(bytes, text)]) };
  if (!isUtf8(bytes)) return { ...whole, parts: [], fatal: "it is a MIME message, but not valid UTF-8" };
  const message = parseMessage(text);
  const pieces = leaves(message).map((leaf) => pieceOf(text, leaf));
  const broken = pieces.find((piece) => "fatal" in piece);
  if (broken !== undefined) return { ...whole, message, parts: [], fatal: broken.fatal };
  const readable = pieces.filter((piece): piece is Piece => !("fatal" in piece));
  const parts = numbered(readable);
  // cloud-init makes the name of a cached file from the address, and cannot when it is no text.
  const damaged = parts.some(
    ({ urls, text: list }) => /#include-once/i.test(list) && urls?.join().includes("\ufffd"),
  );
  return damaged
    ? { ...whole, message, parts: [], fatal: "an address behind #include-once is not valid UTF-8" }
    : { ...whole, message, parts };
};
