// All log groups.

import { addressOf, streamsPlace } from "./address.js";
import { call } from "./api.js";
import { h } from "./elements.js";
import { timeElement } from "./event-row.js";
import { bytesText } from "./format.js";
import { noGroups, notice } from "./notices.js";
import { searchForm } from "./search-form.js";
import { createTable } from "./table-list.js";

/**
 * @typedef {import("./address.js").GroupsPlace} GroupsPlace
 * @param {GroupsPlace} start @param {import("./main.js").App} app @returns {import("./main.js").View}
 */
export const groupsView = (start, app) => {
  let place = start;
  const search = searchForm({
    label: "Filter by name",
    placeholder: "Part of a name",
    instant: true,
    submit: (filter) => app.change({ ...place, filter }),
  });
  const table = createTable({
    label: "Log groups",
    noun: "log group",
    name: (/** @type {import("./api.js").LogGroup} */ group) => group.logGroupName,
    href: ({ logGroupName }) => addressOf(streamsPlace(logGroupName)),
    columns: [
      { title: "Stored", kind: "number", cell: ({ storedBytes }) => bytesText(storedBytes) },
      {
        title: "Retention",
        kind: "extra",
        cell: ({ retentionInDays }) => (retentionInDays ? `${retentionInDays} days` : "for ever"),
      },
      { title: "Class", kind: "extra", cell: ({ logGroupClass }) => className(logGroupClass) },
      { title: "Created", kind: "extra", cell: ({ creationTime }) => timeElement(creationTime) },
    ],
    load: async (nextToken, signal) => {
      const pattern = place.filter === "" ? {} : { logGroupNamePattern: place.filter };
      const { logGroups, nextToken: next } = await call(
        "DescribeLogGroups",
        { ...pattern, nextToken },
        signal,
      );
      return { items: logGroups, next };
    },
    empty: () =>
      place.filter === ""
        ? noGroups()
        : notice(
            `No log group has “${place.filter}” in its name`,
            h("p", {}, "Upper and lower case matter."),
          ),
    status: app.status,
  });
  search.set(place.filter);
  const ready = table.restart();
  return {
    element: h("div", { class: "view" }, h("div", { class: "toolbar" }, search.element), table.element),
    title: "Log groups",
    ready,
    accepts: (next) => next.view === "groups",
    show: (next) => {
      if (next.view !== "groups" || next.filter === place.filter) return;
      place = next;
      search.set(place.filter);
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

/** @param {string} name */
const className = (name) =>
  ({ STANDARD: "Standard", INFREQUENT_ACCESS: "Infrequent access", DELIVERY: "Delivery" })[name] ?? name;
