// From when to when events are searched.

import { h } from "./elements.js";

const PRESETS = /** @type {const} */ ([
  ["", "Any time"],
  ["-5m", "Last 5 minutes"],
  ["-1h", "Last hour"],
  ["-24h", "Last 24 hours"],
  ["-7d", "Last 7 days"],
  ["custom", "From … to …"],
]);

/**
 * @typedef {{ from: string, to: string }} Range
 * @param {(range: Range) => void} changed
 */
export const rangePicker = (changed) => {
  const preset = h(
    "select",
    { "aria-label": "Time range" },
    ...PRESETS.map(([value, label]) => h("option", { value }, label)),
  );
  const from = h("input", { type: "datetime-local", step: "1", "aria-label": "From, local time" });
  const to = h("input", { type: "datetime-local", step: "1", "aria-label": "To, local time" });
  const custom = h("span", { class: "range-custom", hidden: true }, from, "–", to);
  preset.addEventListener("change", () => {
    custom.hidden = preset.value !== "custom";
    if (preset.value === "custom") from.focus();
    else changed({ from: preset.value, to: "" });
  });
  for (const input of [from, to])
    input.addEventListener("change", () => changed({ from: isoOf(from.value), to: isoOf(to.value) }));
  return {
    element: h("span", { class: "range" }, preset, custom),
    /** @param {Range} range */
    set: (range) => {
      const known = range.to === "" && PRESETS.some(([value]) => value === range.from);
      preset.value = known ? range.from : "custom";
      custom.hidden = known;
      if (known) return;
      from.value = localOf(range.from);
      to.value = localOf(range.to);
    },
  };
};

/** What the input gives is local time. @param {string} local */
const isoOf = (local) => (local === "" ? "" : new Date(local).toISOString());

/** What the input takes. @param {string} iso */
const localOf = (iso) => {
  const at = new Date(iso);
  if (iso === "" || Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
};
