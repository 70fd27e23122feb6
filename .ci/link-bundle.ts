/**
 * Puts the chunks of one program into a single file that starts as fast as its smallest chunk.
 *
 * Node parses a file as a whole before it runs the first line, and 1.4 MB take longer than everything else that
 * `check` does, of which it uses a sixth. Comments cost nothing. So each chunk stands in the file as a comment,
 * and a loader compiles the ones that are asked for, with the help of the engine's code cache, which stands
 * behind them: that way the cache is as trustworthy as the code, and needs no directory that somebody may write.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A chunk as CommonJS. */
export interface Part {
  /** What the others require it by. */
  readonly name: string;
  readonly code: string;
}

/** The code cache of each part that has one. */
export type Caches = ReadonlyMap<string, Buffer>;

const LOADER = readFileSync(join(import.meta.dirname, "bundle-loader.cjs"), "utf8").replace(
  /^(\/\/.*\n)+/,
  "",
);

export interface Bundle {
  readonly text: string;
  /** The line that each part begins behind: it names the part in a stack trace, and for the recorder. */
  readonly lines: ReadonlyMap<number, string>;
}

/** All parts as comments, then the loader, which starts the part `main`. */
export const linkBundle = (banner: string, parts: readonly Part[], main: string, caches: Caches): Bundle => {
  let text = `#!/usr/bin/env node\n${banner}\n`;
  let line = text.split("\n").length - 1;
  const table: Record<string, readonly number[]> = {};
  const lines = new Map<number, string>();
  for (const { name, code } of parts) {
    const comment = asComment(name, code);
    const cache = caches.has(name) ? `\n//${caches.get(name)?.toString("base64")}` : "";
    table[name] = [text.length + 2, comment.length - 2, line, cache.length];
    lines.set(line, name);
    text += `${comment}${cache}\n`;
    line = text.split("\n").length - 1;
  }
  // A script of its own: what a function was compiled from stays in memory for as long as the function.
  const loader = `(function(require,__filename,__dirname,PARTS){"use strict";${LOADER}return load;\n})`;
  text += `const load = require("node:vm").runInThisContext(${JSON.stringify(loader)}, "loader");\n`;
  text += `load(require, __filename, __dirname, ${JSON.stringify(table)})(${JSON.stringify(main)});\n`;
  return { text, lines };
};

/** Reversible: the loader takes `//` off the front of every line. Offsets are characters, so they must be bytes. */
const asComment = (name: string, code: string): string => {
  const foreign = /[\r\u0080-\uffff]/.exec(code);
  if (foreign !== null) throw new Error(`${name} holds U+${foreign[0].charCodeAt(0).toString(16)}`);
  return `//${code.trimEnd().replaceAll("\n", "\n//")}`;
};
