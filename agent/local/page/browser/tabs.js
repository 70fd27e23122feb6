// The two ways to look at a group.

import { addressOf, eventsPlace, streamsPlace } from "./address.js";
import { h } from "./elements.js";

/** @param {string} group @param {"streams" | "events"} current */
export const tabs = (group, current) => {
  const tab = (/** @type {typeof current} */ name, /** @type {string} */ label) =>
    h(
      "a",
      {
        href: addressOf(name === "streams" ? streamsPlace(group) : eventsPlace(group)),
        "aria-current": name === current && "page",
      },
      label,
    );
  return h(
    "nav",
    { class: "tabs", "aria-label": "Log group" },
    tab("streams", "Streams"),
    tab("events", "All events"),
  );
};
