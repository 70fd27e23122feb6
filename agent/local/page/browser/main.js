// Joins the address, the views, the feed and the keyboard.

import { addressOf, eventsPlace, groupsPlace, parentOf, placeOf, streamsPlace } from "./address.js";
import { byId, h } from "./elements.js";
import { eventsView } from "./events-view.js";
import { createFeed } from "./feed.js";
import { groupsView } from "./groups-view.js";
import { activity, createIngest } from "./ingest.js";
import { listenToKeys } from "./keyboard.js";
import { streamsView } from "./streams-view.js";

/**
 * @typedef {import("./address.js").Place} Place
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {string} title
 * @property {Promise<unknown>} ready settles when there is something to see
 * @property {(place: Place) => boolean} accepts whether it can show that place without being built anew
 * @property {(place: Place) => void} show
 * @property {() => void} refresh what it shows may have changed
 * @property {(name?: string) => void} focus puts the reader on an item of the list
 * @property {ReturnType<typeof import("./roving.js").createRoving>} roving
 * @property {() => void} search
 * @property {(by: 1 | -1) => void} turn to the page before or behind
 * @property {Record<string, () => void>} [keys]
 * @property {() => boolean} [stop] ends what is going on; false when there is nothing
 * @property {() => void} dispose
 *
 * @typedef {object} App
 * @property {(place: Place) => void} change
 * @property {(text: string, quiet?: boolean) => void} status
 * @property {ReturnType<typeof createFeed>} feed
 */

/** After these the lists look different, even when no event has arrived. */
const CHANGING = /^(Create|Delete|Put)/;

/** @type {View | undefined} */
let view;
/** @type {Place | undefined} */
let shown;

const ingest = createIngest();
const dialog = /** @type {HTMLDialogElement} */ (byId("activity"));
const feed = createFeed({
  history: ingest.history,
  figures: (figures) => {
    ingest.figures(figures);
    if (dialog.open) byId("activity-figures").replaceChildren(activity(figures));
    const { events, requests } = figures;
    const changes = Object.entries(requests).filter(([name]) => CHANGING.test(name));
    refreshWhenChanged(JSON.stringify([events, changes]));
  },
  connection: (connected) => {
    const banner = byId("disconnected");
    if (connected && !banner.hidden) view?.refresh();
    banner.hidden = connected;
  },
});

let known = "";

/** Figures come once a second, which is often enough. @param {string} state */
const refreshWhenChanged = (state) => {
  if (known !== "" && state !== known) view?.refresh();
  known = state;
};

/** @type {App} */
const app = {
  change: (place) => {
    // Typing in a filter is not worth a step back for every letter.
    const how = place.view === "events" ? "pushState" : "replaceState";
    if (addressOf(place) !== location.hash) history[how](null, "", addressOf(place));
    route();
  },
  status: (text, quiet = false) => {
    const status = byId("status");
    // Figures that change all the time would never let a screen reader finish.
    status.setAttribute("aria-live", quiet ? "off" : "polite");
    status.textContent = text;
  },
  feed,
};

/** @param {Place} place */
const build = (place) => {
  if (place.view === "groups") return groupsView(place, app);
  return place.view === "streams" ? streamsView(place, app) : eventsView(place, app);
};

const route = () => {
  const place = placeOf(location.hash);
  const before = shown;
  shown = place;
  if (view?.accepts(place)) view.show(place);
  else mount(place, before);
};

/** @param {Place} place @param {Place | undefined} before */
const mount = (place, before) => {
  view?.dispose();
  app.status("");
  const built = build(place);
  view = built;
  byId("view").replaceChildren(built.element);
  byId("trail").replaceChildren(...trail(place));
  document.title = `${built.title} · CloudWatch Logs, embedded`;
  if (before === undefined) return;
  void built.ready.then(() => {
    // Whoever has gone elsewhere meanwhile is not taken back.
    if (view === built && document.activeElement === document.body) built.focus(cameFrom(place, before));
  });
};

/** The item of a list that the reader had opened. @param {Place} place @param {Place} before */
const cameFrom = (place, before) => {
  if (place.view === "groups" && before.view !== "groups") return before.group;
  return place.view === "streams" && before.view === "events" ? before.stream : undefined;
};

/** @param {Place} place */
const trail = (place) => {
  const steps = [{ label: "Log groups", href: addressOf(groupsPlace()) }];
  if (place.view !== "groups") steps.push({ label: place.group, href: addressOf(streamsPlace(place.group)) });
  if (place.view === "events")
    steps.push({
      label: place.stream ?? "All events",
      href: addressOf(eventsPlace(place.group, place.stream)),
    });
  return steps.map(({ label, href }, index) =>
    h("li", {}, h("a", { href, "aria-current": index === steps.length - 1 && "page" }, label)),
  );
};

const up = () => {
  const parent = shown && parentOf(shown);
  if (parent === undefined) return;
  history.pushState(null, "", addressOf(parent));
  route();
};

addEventListener("popstate", route);
// A browser opens few connections to one host: a tab that nobody looks at needs none.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) feed.pause();
  else if (feed.resume()) view?.refresh();
});
byId("show-help").addEventListener("click", () =>
  /** @type {HTMLDialogElement} */ (byId("help")).showModal(),
);
byId("show-activity").addEventListener("click", () => {
  const figures = ingest.latest();
  if (figures) byId("activity-figures").replaceChildren(activity(figures));
  dialog.showModal();
});
// Its address would otherwise take the place of the one that says what is shown.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("view").focus();
});
listenToKeys(() => view, up);
feed.start();
route();
