// The streams of one log group.

import { addressOf, eventsPlace } from "./address.js";
import { call } from "./api.js";
import { h } from "./elements.js";
import { timeElement } from "./event-row.js";
import { noStreams, notice } from "./notices.js";
import { searchForm } from "./search-form.js";
import { createTable } from "./table-list.js";
import { tabs } from "./tabs.js";

/**
 * @typedef {import("./address.js").StreamsPlace} StreamsPlace
 * @param {StreamsPlace} start @param {import("./main.js").App} app @returns {import("./main.js").View}
 */
export const streamsView = (start, app) => {
  let place = start;
  const { group } = place;
  const search = searchForm({
    label: "Filter by name",
    placeholder: "Beginning of a name",
    instant: true,
    submit: (prefix) => app.change({ ...place, prefix }),
  });
  const order = h(
    "select",
    {
      "aria-label": "Order",
      onchange: () => app.change({ ...place, order: order.value === "name" ? "name" : "time" }),
    },
    h("option", { value: "time" }, "Newest first"),
    h("option", { value: "name" }, "By name"),
  );
  const table = createTable({
    label: "Log streams",
    noun: "stream",
    name: (/** @type {import("./api.js").LogStream} */ stream) => stream.logStreamName,
    href: ({ logStreamName }) => addressOf(eventsPlace(group, logStreamName)),
    columns: [
      { title: "Last event", cell: ({ lastEventTimestamp }) => moment(lastEventTimestamp) },
      { title: "First event", kind: "extra", cell: ({ firstEventTimestamp }) => moment(firstEventTimestamp) },
      {
        title: "Last stored",
        kind: "extra",
        cell: ({ lastIngestionTime }) => moment(lastIngestionTime),
      },
    ],
    load: async (nextToken, signal) => {
      // The API orders by time only without a prefix.
      const by =
        place.prefix !== ""
          ? { logStreamNamePrefix: place.prefix }
          : place.order === "time"
            ? { orderBy: "LastEventTime", descending: true }
            : {};
      const answer = await call("DescribeLogStreams", { logGroupName: group, ...by, nextToken }, signal);
      return { items: answer.logStreams, next: answer.nextToken };
    },
    empty: () =>
      place.prefix === ""
        ? noStreams(group)
        : notice(`No stream begins with “${place.prefix}”`, h("p", {}, "Upper and lower case matter.")),
    status: app.status,
  });
  const sync = () => {
    search.set(place.prefix);
    order.value = place.prefix === "" ? place.order : "name";
    order.disabled = place.prefix !== "";
  };
  sync();
  const ready = table.restart();
  return {
    element: h(
      "div",
      { class: "view" },
      h("div", { class: "toolbar" }, tabs(group, "streams"), search.element, order),
      table.element,
    ),
    title: group,
    ready,
    accepts: (next) => next.view === "streams" && next.group === group,
    show: (next) => {
      if (next.view !== "streams" || addressOf(next) === addressOf(place)) return;
      place = next;
      sync();
      void table.restart();
    },
    refresh: () => void table.refresh(),
    focus: table.focus,
    roving: table.roving,
    search: search.focus,
    turn: table.turn,
    dispose: table.dispose,
  };
};

/** @param {number | undefined} ms */
const moment = (ms) => (ms === undefined ? "none" : timeElement(ms));
