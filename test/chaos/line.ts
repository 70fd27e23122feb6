import { crc32 } from "node:zlib";
import type { Random } from "./random.ts";

/** What a line says about itself. */
export interface Label {
  readonly writer: number;
  readonly generation: number;
  readonly sequence: number;
}

/** What writers put between the labels: everything that has to survive escaping, and nothing that ends a line. */
const PIECES = [
  "GET /index.html HTTP/1.1",
  '"quoted \\"twice\\""',
  "back\\slash \\n that is none",
  "tab\there",
  "\u0001\u0002\u001b[31mred\u001b[0m\u007f",
  "umlauts äöüß, 日本語, Ελληνικά",
  "🦊🧪 beyond the basic plane",
  "\u2028\u2029 ends of lines elsewhere",
  "{'json': [1, 2.5e-3, null]}",
  "a\rb",
  "</script><!--",
  "%s %d $HOME {instance_id}",
  "x".repeat(40),
  "0123456789".repeat(5),
];

/** Begins every file of some writers, so that their first kilobyte is the same. Delivered, and not looked at. */
export const BANNER = `# ${"the same head in every generation ".repeat(36)}`;

/** A line without its end, `length` characters or a little more. */
export const makeLine = (label: Label, random: Random, length: number): string => {
  const { writer, generation, sequence } = label;
  const name = `w=${writer} g=${generation} s=${sequence}`;
  let text = "";
  while (text.length < length - 40) text += ` ${random.pick(PIECES)}`;
  // Ends in a character that nobody strips.
  text += ` ${random.int(0, 9)}.`;
  return `${name} crc=${checksum(name, text)}${text}`;
};

const checksum = (name: string, text: string): string =>
  crc32(`${name}${text}`).toString(16).padStart(8, "0");

export type Parsed =
  | ({ readonly kind: "line" } & Label)
  | { readonly kind: "banner" }
  /** Cut off, run into another, or nothing that was ever written. */
  | { readonly kind: "unknown" };

const FORM = /^(w=(\d+) g=(\d+) s=(\d+)) crc=([0-9a-f]{8})/;

export const parseLine = (message: string): Parsed => {
  if (message === BANNER) return { kind: "banner" };
  const [whole = "", name = "", writer, generation, sequence, sum] = FORM.exec(message) ?? [];
  if (name === "" || checksum(name, message.slice(whole.length)) !== sum) return { kind: "unknown" };
  return {
    kind: "line",
    writer: Number(writer),
    generation: Number(generation),
    sequence: Number(sequence),
  };
};
