// One event: a line that opens into the whole message.

import { addressOf, eventsPlace } from "./address.js";
import { copyButton, h } from "./elements.js";
import { bytesText, durationText, localTime, plural, utcTime, visible } from "./format.js";
import { jsonView, layOut } from "./json-view.js";
import { marked } from "./terms.js";

/** @typedef {import("./api.js").LogEvent} LogEvent */
/**
 * @typedef {object} RowKit
 * @property {string} group
 * @property {boolean} named whether the line tells its stream
 * @property {readonly string[]} terms
 * @property {(pattern: string) => void} search
 */

/** What a closed line shows of a message, and what an open one does before it is asked for the rest. */
const LINE_CHARS = 600;
const BODY_CHARS = 20_000;

/** A word in capitals, `level=…`, `[…]`, or the level field of a JSON event: the word alone may be part of a path. */
const LEVELS = /** @type {const} */ ([
  [
    "error",
    /\b(?:ERROR|FATAL|CRITICAL|CRIT|ALERT|EMERG|PANIC|SEVERE)\b|(?:\b(?:level|severity)"?\s*[=:]\s*"?|\[)(?:error|fatal|critical|crit|alert|emerg|panic)\b/,
  ],
  ["warn", /\b(?:WARNING|WARN)\b|(?:\b(?:level|severity)"?\s*[=:]\s*"?|\[)warn(?:ing)?\b/],
]);

/** @param {string} text */
export const levelOf = (text) => LEVELS.find(([, pattern]) => pattern.test(text))?.[0];

/** @param {LogEvent} event @param {RowKit} kit */
export const eventRow = (event, kit) => {
  const head = headOf(event.message);
  const details = h(
    "details",
    {},
    h(
      "summary",
      { tabindex: -1 },
      timeElement(event.timestamp),
      kit.named && h("span", { class: "stream" }, event.logStreamName),
      h("span", { class: "message" }, marked(head.text, kit.terms)),
      head.rest !== "" && h("span", { class: "more" }, head.rest),
    ),
  );
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    if (details.childElementCount === 1) details.append(body(event, kit));
    details.scrollIntoView({ block: "nearest" });
  });
  // Selecting a part of a line must not open it.
  details.addEventListener("click", (click) => {
    if (String(getSelection()) !== "" && click.detail > 0 && onSummary(click.target)) click.preventDefault();
  });
  return h("li", { class: "event", "data-level": levelOf(head.text.slice(0, 300)) }, details);
};

/** @param {EventTarget | null} target */
const onSummary = (target) => target instanceof Element && target.closest("summary") !== null;

/** The first line, shortened, and what is missing from it. @param {string} message */
const headOf = (message) => {
  const start = message.slice(0, LINE_CHARS);
  const line = /^[^\n]*/.exec(start)?.[0] ?? "";
  const lines = message.length > BODY_CHARS ? 0 : message.trimEnd().split("\n").length - 1;
  const rest =
    message.length > BODY_CHARS
      ? `… ${bytesText(message.length)}`
      : lines > 0
        ? `+${plural(lines, "line")}`
        : line.length < message.trimEnd().length
          ? "…"
          : "";
  // Colours of a terminal are only noise in a line; the open event shows them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
  return { text: visible(line.replace(/\x1b\[[\d;]*m/g, "").replace(/\r$/, "")), rest };
};

/** @param {number} ms */
export const timeElement = (ms) =>
  h("time", { datetime: utcTime(ms), title: `${utcTime(ms)} (UTC)` }, localTime(ms));

/** @param {LogEvent} event @param {RowKit} kit */
const body = (event, kit) => {
  const pieces = layOut(event.message);
  const text = h("div", { class: "text" });
  let formatted = pieces !== undefined;
  const show = () => {
    text.replaceChildren(
      formatted && pieces ? jsonView(pieces, kit.search) : plainText(event.message, kit.terms),
    );
    toggle.textContent = formatted ? "As it came" : "Formatted";
  };
  const toggle = h(
    "button",
    {
      type: "button",
      class: "small",
      onclick: () => {
        formatted = !formatted;
        show();
      },
    },
    "",
  );
  show();
  const here = { ...eventsPlace(kit.group, event.logStreamName), at: event.timestamp };
  return h(
    "div",
    { class: "body" },
    h(
      "div",
      { class: "facts" },
      h("span", {}, `${utcTime(event.timestamp)} UTC`),
      h("span", {}, `stored ${delay(event.ingestionTime - event.timestamp)}`),
      h("span", {}, bytesText(new Blob([event.message]).size)),
      h(
        "a",
        { href: addressOf({ ...here, event: event.eventId ?? "" }) },
        `In stream ${event.logStreamName}`,
      ),
      pieces && toggle,
      copyButton("Copy message", () => event.message),
    ),
    text,
  );
};

/** @param {number} ms */
const delay = (ms) => (ms < 0 ? `${durationText(-ms)} before its own time` : `${durationText(ms)} later`);

/** @param {string} message @param {readonly string[]} terms */
const plainText = (message, terms) => {
  const box = h("pre", {}, marked(visible(message.slice(0, BODY_CHARS)), terms));
  if (message.length > BODY_CHARS) {
    const rest = () => {
      button.remove();
      box.textContent = visible(message);
    };
    const button = h(
      "button",
      { type: "button", class: "small", onclick: rest },
      `Show all ${bytesText(message.length)}`,
    );
    return h("div", {}, box, button);
  }
  return box;
};
