// Shows a JSON message indented. It is laid out from its own text: parsing and printing would round large numbers
// and drop duplicate keys.

import { h } from "./elements.js";
import { visible } from "./format.js";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;

/** Larger messages are shown as they are. */
export const JSON_CHARS = 200_000;
const MOST_TOKENS = 8_000;
const MOST_LEVELS = 100;

/**
 * @typedef {{ kind: "key" | "string" | "number" | "word" | "mark", text: string, path: string }} Piece
 *   `path` selects a value in a filter pattern; empty where none can
 */

/**
 * The pieces of an indented message, or undefined when it is not a JSON object or array of reasonable size.
 * @param {string} message @returns {Piece[] | undefined}
 */
export const layOut = (message) => {
  if (message.length > JSON_CHARS || !/^\s*[{[]/.test(message) || !parses(message)) return undefined;
  const tokens = message.match(TOKEN) ?? [];
  if (tokens.length > MOST_TOKENS) return undefined;
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {{ close: string, step: string, index: number }[]} */
  const open = [];
  const mark = (/** @type {string} */ text) => pieces.push({ kind: "mark", text, path: "" });
  const newline = () => mark(`\n${"  ".repeat(open.length)}`);
  for (const [at, token] of tokens.entries()) {
    const inside = open.at(-1);
    if (open.length > MOST_LEVELS) return undefined;
    if (token === "{" || token === "[") {
      open.push({ close: token === "{" ? "}" : "]", step: "", index: 0 });
      mark(token);
      if (tokens[at + 1] !== open.at(-1)?.close) newline();
    } else if (token === "}" || token === "]") {
      open.pop();
      if (tokens[at - 1] !== "{" && tokens[at - 1] !== "[") newline();
      mark(token);
    } else if (token === ",") {
      if (inside) inside.index += 1;
      mark(token);
      newline();
    } else if (token === ":") mark(": ");
    else if (tokens[at + 1] === ":" && inside) {
      inside.step = JSON.parse(token);
      pieces.push({ kind: "key", text: token, path: "" });
    } else pieces.push({ kind: kindOf(token), text: token, path: pathOf(open) });
  }
  return pieces;
};

/** @param {string} text */
const parses = (text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** @param {string} token @returns {Piece["kind"]} */
const kindOf = (token) => (token.startsWith('"') ? "string" : /^[-\d]/.test(token) ? "number" : "word");

/**
 * The selector of a filter pattern, or "" for a name that none can hold.
 * @param {readonly { close: string, step: string, index: number }[]} open
 */
const pathOf = (open) => {
  const steps = open.map(({ close, step, index }) => {
    if (close === "]") return `[${index}]`;
    if (/^[\p{L}\p{N}_@:-]+$/u.test(step)) return `.${step}`;
    return /['\n]/.test(step) ? undefined : `['${step}']`;
  });
  return steps.includes(undefined) ? "" : `$${steps.join("")}`;
};

/** The filter pattern for events with this value there, or "". @param {Piece} piece */
export const patternFor = ({ kind, text, path }) => {
  if (path === "" || kind === "key" || kind === "mark") return "";
  if (kind === "number") return `{ ${path} = ${text} }`;
  if (kind === "word") return `{ ${path} IS ${text.toUpperCase()} }`;
  const value = JSON.parse(text);
  // An asterisk would stand for anything, and a pattern has its own rules for what follows a backslash.
  return /[*\\\n]/.test(value) || value.length > 200 ? "" : `{ ${path} = "${value.replaceAll('"', '\\"')}" }`;
};

/**
 * @param {readonly Piece[]} pieces @param {(pattern: string) => void} search called with the pattern for a value
 */
export const jsonView = (pieces, search) => {
  const box = h("pre", { class: "json" });
  for (const piece of pieces) {
    const text = piece.kind === "mark" ? piece.text : visible(piece.text);
    const pattern = patternFor(piece);
    if (pattern !== "")
      box.append(
        h(
          "button",
          {
            type: "button",
            class: `json-${piece.kind}`,
            title: `Search for ${pattern}`,
            onclick: () => search(pattern),
          },
          text,
        ),
      );
    else box.append(piece.kind === "mark" ? text : h("span", { class: `json-${piece.kind}` }, text));
  }
  return box;
};
