/**
 * MIME messages the way Python's `email` package reads them, since that is what cloud-init uses: what it forgives is
 * forgiven here, and what it drops is dropped.
 */
import { type Line, linesOf } from "./text-lines.ts";

export interface Header {
  readonly name: string;
  /** With the line ends of folded lines inside. */
  readonly value: string;
}

/** What keeps the parts of a multi-part message from being found. */
export type Defect = "no-boundary" | "boundary-not-found" | "not-closed";

export interface Message {
  readonly headers: readonly Header[];
  /** In lower case; `text/plain` where nothing valid is said. */
  readonly type: string;
  /** Where the body begins in the whole text: line counted from 1, and index. */
  readonly line: number;
  readonly offset: number;
  /** Undefined for a message of one part, and for a multi-part one whose parts cannot be found. */
  readonly parts?: readonly Message[];
  readonly body: string;
  readonly defect?: Defect;
}

const HEADER = /^(From |[!-9;-~]*:|[\t ])/;
const EMPTY = /^[\r\n]/;
const LINE_END = /(\r\n|\r|\n)$/;
const escapedForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

/** The value of the first header of this name, or undefined. */
export const headerOf = ({ headers }: Pick<Message, "headers">, name: string): string | undefined =>
  headers.find((header) => header.name.toLowerCase() === name)?.value;

/** `name="…"` in a header such as Content-Type; only what stands behind the first semicolon counts. */
export const parameterOf = (value: string | undefined, name: string): string | undefined => {
  for (const [, key = "", text = ""] of (value ?? "").matchAll(
    /;\s*([^=;\s]+)\s*=\s*("(?:\\.|[^"\\])*"|[^;]*)/g,
  ))
    if (key.toLowerCase() === name)
      return text.startsWith('"') && text.endsWith('"') && text.length > 1
        ? text.slice(1, -1).replace(/\\(["\\])/g, "$1")
        : text.trim();
  return undefined;
};

const typeOf = (headers: readonly Header[]): string => {
  const value = headerOf({ headers }, "content-type");
  const [type = ""] = (value ?? "").split(";");
  const plain = type.trim().toLowerCase();
  return plain.split("/").length === 2 ? plain : "text/plain";
};

class Reader {
  readonly #lines: readonly Line[];
  #at = 0;
  /** Boundaries of the messages around this one: each ends what is inside it. */
  readonly #ends: RegExp[] = [];

  constructor(text: string) {
    this.#lines = linesOf(text);
  }

  /** The next line, or undefined at the end of the text or of the message around this one. */
  next(): Line | undefined {
    const line = this.#lines[this.#at];
    if (line === undefined || this.#ends.some((end) => end.test(line.text))) return undefined;
    this.#at += 1;
    return line;
  }

  back(): void {
    this.#at -= 1;
  }

  get place(): { readonly line: number; readonly offset: number } {
    const line = this.#lines[this.#at];
    if (line !== undefined) return { line: line.number, offset: line.offset };
    const last = this.#lines.at(-1);
    return { line: (last?.number ?? 0) + 1, offset: (last?.offset ?? 0) + (last?.text.length ?? 0) };
  }

  inside<Result>(end: RegExp, read: () => Result): Result {
    this.#ends.push(end);
    try {
      return read();
    } finally {
      this.#ends.pop();
    }
  }

  rest(): string {
    const texts: string[] = [];
    for (let line = this.next(); line !== undefined; line = this.next()) texts.push(line.text);
    return texts.join("");
  }
}

/** Reads headers; a line that is none ends them, and belongs to the body. */
const readHeaders = (reader: Reader): readonly Header[] => {
  const headers: { name: string; value: string }[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const { text } = line;
    if (!HEADER.test(text)) {
      if (!EMPTY.test(text)) reader.back();
      break;
    }
    const last = headers.at(-1);
    if (/^[\t ]/.test(text)) {
      if (last !== undefined) last.value += text;
      continue;
    }
    const colon = text.indexOf(":");
    if (text.startsWith("From ") || colon < 1) continue;
    headers.push({ name: text.slice(0, colon), value: text.slice(colon + 1).replace(/^[ \t]+/, "") });
  }
  return headers.map(({ name, value }) => ({ name, value: value.replace(/[\r\n]+$/, "") }));
};

type Body = Pick<Message, "body" | "parts" | "defect">;

const readParts = (reader: Reader, boundary: string): Body => {
  const separator = new RegExp(`^--${escapedForRegExp(boundary)}(--)?[ \\t]*(\\r\\n|\\r|\\n)?$`);
  const parts: Message[] = [];
  const before: string[] = [];
  let started = false;
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const [matched, end] = separator.exec(line.text) ?? [];
    if (matched === undefined) {
      before.push(line.text);
      continue;
    }
    if (end !== undefined) {
      const nothing: Body = { body: before.join(""), defect: "boundary-not-found" };
      reader.rest();
      return started ? { body: "", parts } : nothing;
    }
    started = true;
    // Python skips further separators that follow at once, whichever kind they are.
    for (let more = reader.next(); more !== undefined; more = reader.next())
      if (!separator.test(more.text)) {
        reader.back();
        break;
      }
    const part = reader.inside(separator, () => readMessage(reader));
    parts.push(part.parts === undefined ? { ...part, body: part.body.replace(LINE_END, "") } : part);
  }
  return started
    ? { body: "", parts, defect: "not-closed" }
    : { body: before.join(""), defect: "boundary-not-found" };
};

const readMessage = (reader: Reader): Message => {
  const headers = readHeaders(reader);
  const type = typeOf(headers);
  const { place } = reader;
  const whole = { headers, type, ...place };
  if (!type.startsWith("multipart/")) return { ...whole, body: reader.rest() };
  const boundary = parameterOf(headerOf({ headers }, "content-type"), "boundary")?.trimEnd();
  if (boundary === undefined) return { ...whole, body: reader.rest(), defect: "no-boundary" };
  return { ...whole, ...readParts(reader, boundary) };
};

/** Reads one message with all that is in it. Pure; never throws. */
export const parseMessage = (text: string): Message => readMessage(new Reader(text));

/** Every message that holds no others, in order. */
export const leaves = (message: Message): readonly Message[] =>
  message.parts === undefined
    ? message.type.startsWith("multipart/")
      ? []
      : [message]
    : message.parts.flatMap(leaves);
