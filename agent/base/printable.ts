/**
 * What could steer a terminal, break a line or turn the direction of writing: control characters, line and
 * paragraph separators, invisible and bidirectional marks. And blanks that only look like a space.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/**
 * A text for one line of a terminal, with `\uXXXX` for what could do harm there. A JSON text stays the same JSON,
 * since that is how JSON writes these characters too.
 */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (character) =>
    // By code unit: JSON, too, writes a character beyond U+FFFF as two.
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(""),
  );

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;
