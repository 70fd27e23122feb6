// Numbers, sizes and times as people read them.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** @param {number} bytes */
export const bytesText = (bytes) => {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
};

/** @param {number} value */
export const countText = (value) => value.toLocaleString("en-US");

/** @param {number} value one decimal below ten, so that a slow trickle is not shown as zero */
export const rateText = (value) =>
  value >= 10 || value === 0 ? countText(Math.round(value)) : value < 0.1 ? "<0.1" : value.toFixed(1);

/** "1 event", "2 events". @param {number} value @param {string} noun */
export const plural = (value, noun) => `${countText(value)} ${noun}${value === 1 ? "" : "s"}`;

/** @param {number} value @param {number} [width] */
const pad = (value, width = 2) => String(value).padStart(width, "0");

/** Local time down to the millisecond, in an order that sorts. @param {number} ms */
export const localTime = (ms) => {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return String(ms);
  const date = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${date} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
};

/** @param {number} ms */
export const utcTime = (ms) => {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? String(ms) : at.toISOString();
};

/** @param {number} ms */
export const durationText = (ms) => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
};

/** `-15m` before now, or an ISO time. Undefined for no limit and for what cannot be read. @param {string} text @param {number} now */
export const momentOf = (text, now) => {
  const back = /^-(\d{1,6})([smhd])$/.exec(text);
  if (back !== null) {
    const unit = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[back[2] ?? ""] ?? 0;
    return Math.max(0, now - Number(back[1]) * unit);
  }
  const at = text === "" ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at);
};

// C0 and C1 controls other than tab and newline, and the marks that reorder or hide text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for.
const HIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Shows characters that could make a line look like another one: a backspace, a terminal escape, a right-to-left
 * override.
 * @param {string} text
 */
export const visible = (text) =>
  text.replace(
    HIDDEN,
    (character) => `\u27e8U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
  );
