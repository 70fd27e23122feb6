/** What a line says about itself: who wrote it, as which one, and when, in milliseconds since 1970. */
export interface Serial {
  readonly writer: number;
  readonly sequence: number;
  readonly at: number;
}

/** What has to survive escaping, before what only makes a line longer. */
const AWKWARD =
  '"quoted \\"twice\\"" back\\slash tab\there \u001b[31mred\u001b[0m äöü 日本語 🦊 \u2028 a\rb ';

/**
 * Lines of one length, each of which can be made again from its number alone: millions of them are checked to the byte
 * without one of them being kept.
 */
export class SerialForm {
  /** Of each line with its newline. */
  readonly bytes: number;
  readonly #filler: string;
  readonly #length: number;

  constructor(bytes: number) {
    this.bytes = bytes;
    const room = bytes - 1 - HEAD_LENGTH;
    const awkward = Buffer.byteLength(AWKWARD) < room ? AWKWARD : "";
    // Ends in a character that nobody strips.
    this.#filler = `${awkward}${"x".repeat(room - Buffer.byteLength(awkward) - 1)}.`;
    this.#length = HEAD_LENGTH + this.#filler.length;
  }

  /** A line without its newline. */
  text({ writer, sequence, at }: Serial): string {
    const mark = (Math.imul(writer + 1, 0x9e3779b1) ^ Math.imul(sequence + 1, 0x85ebca6b) ^ at) >>> 0;
    const label = `w=${pad(writer, 5)} s=${pad(sequence, 10)} at=${pad(at, 13)} m=${pad(mark, 10)} `;
    return label + this.#filler;
  }

  /** Undefined for what is no line of this form, or not as it was written. */
  parse(message: string): Serial | undefined {
    if (message.length !== this.#length) return undefined;
    const serial = {
      writer: Number(message.slice(2, 7)),
      sequence: Number(message.slice(10, 20)),
      at: Number(message.slice(24, 37)),
    };
    return this.text(serial) === message ? serial : undefined;
  }
}

const pad = (number: number, digits: number): string => String(number).padStart(digits, "0");

const HEAD_LENGTH = "w=00000 s=0000000000 at=0000000000000 m=0000000000 ".length;
