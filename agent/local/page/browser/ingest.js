// What arrives at the endpoint: events and bytes per second, and in total since it was started.

import { byId, h } from "./elements.js";
import { bytesText, countText, plural, rateText } from "./format.js";

/** @typedef {{ at: number, events: number, bytes: number }} Sample totals at a time in milliseconds */

/** Agents send every few seconds: over less than that the rate would jump between nothing and much. */
const RATE_MS = 10_000;
const KEPT_MS = 61_000;

/** The samples that are kept after one more; a restarted endpoint counts from zero again. @param {readonly Sample[]} samples @param {Sample} next */
export const withSample = (samples, next) => {
  const last = samples.at(-1);
  const restarted = last !== undefined && (next.events < last.events || next.bytes < last.bytes);
  const kept = restarted ? [] : samples.filter(({ at }) => next.at - at < KEPT_MS);
  // Figures come more often than once a second when the feed is opened anew.
  const close = kept.at(-1);
  return close !== undefined && next.at - close.at < 500 ? [...kept.slice(0, -1), next] : [...kept, next];
};

/** Events and bytes per second, lately. @param {readonly Sample[]} samples */
export const ratesOf = (samples) => {
  const last = samples.at(-1);
  const first = samples.find(({ at }) => last !== undefined && last.at - at <= RATE_MS);
  if (last === undefined || first === undefined || last === first) return { events: 0, bytes: 0 };
  const seconds = (last.at - first.at) / 1000;
  return { events: (last.events - first.events) / seconds, bytes: (last.bytes - first.bytes) / seconds };
};

const BARS = 60;

/** Events in each of the last seconds, oldest first. @param {readonly Sample[]} samples */
export const barsOf = (samples) => {
  const bars = new Array(BARS).fill(0);
  const now = samples.at(-1)?.at ?? 0;
  samples.forEach(({ at, events }, index) => {
    const before = samples[index - 1];
    if (before === undefined) return;
    const second = BARS - 1 - Math.round((now - at) / 1000);
    if (second >= 0) bars[second] += events - before.events;
  });
  return bars;
};

/** @returns {Omit<import("./feed.js").FeedListener, "connection"> & { latest: () => import("./feed.js").Figures | undefined }} */
export const createIngest = () => {
  /** @type {readonly Sample[]} */
  let samples = [];
  /** @type {import("./feed.js").Figures | undefined} */
  let latest;
  return {
    latest: () => latest,
    history: (recent) => {
      const now = performance.now();
      samples = recent.map(({ events, bytes }, index) => ({
        at: now - (recent.length - index) * 1000,
        events,
        bytes,
      }));
    },
    figures: (figures) => {
      latest = figures;
      samples = withSample(samples, { at: performance.now(), events: figures.events, bytes: figures.bytes });
      const rates = ratesOf(samples);
      byId("rate-events").textContent = `${rateText(rates.events)} events/s`;
      byId("rate-bytes").textContent = `${bytesText(Math.round(rates.bytes))}/s`;
      byId("totals").textContent = `${plural(figures.events, "event")}, ${bytesText(figures.bytes)} in total`;
      drawBars(barsOf(samples));
    },
  };
};

/** @param {readonly number[]} bars */
const drawBars = (bars) => {
  const top = Math.max(1, ...bars);
  // One path is cheaper than sixty elements every second.
  const path = bars
    .map((count, index) =>
      count === 0 ? "" : `M${index * 2} 20v-${Math.max(1.5, (count / top) * 20).toFixed(1)}h1.5V20z`,
    )
    .join("");
  byId("bars").setAttribute("d", path);
};

/** What the endpoint was asked, for the dialog. @param {import("./feed.js").Figures} figures */
export const activity = ({ requests, errors, faults, rejected, wireBytes }) => {
  const table = (/** @type {string} */ title, /** @type {Record<string, number>} */ counts) =>
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h("tr", {}, h("th", { scope: "col" }, title), h("th", { scope: "col", class: "number" }, "Count")),
      ),
      h(
        "tbody",
        {},
        ...Object.entries(counts)
          .sort(([, a], [, b]) => b - a)
          .map(([name, count]) =>
            h("tr", {}, h("td", {}, name || "unknown"), h("td", { class: "number" }, countText(count))),
          ),
      ),
    );
  return h(
    "div",
    { class: "activity" },
    table("Operation", requests),
    Object.keys(errors).length > 0 ? table("Error", errors) : h("p", { class: "muted" }, "No errors so far."),
    h(
      "p",
      {},
      `${plural(rejected, "event")} rejected, ${plural(faults, "request")} hit by a scripted fault, ${bytesText(wireBytes)} received over the wire.`,
    ),
    h("p", { class: "muted" }, "Since the endpoint was started; the calls of this page count as well."),
  );
};
