// Joins what the feed sends with the page that was read when it began, without a gap and without a double.
//
// Both know an event by its id. The feed begins before the page is read, so nothing lies between them; and it sends
// what arrives a moment later, so an event of the page may still come long after the page has been read.

/** @typedef {import("./api.js").LogEvent} LogEvent */

/** @param {LogEvent} event */
const idOf = ({ eventId = "" }) => eventId;

/** The digits of an id behind those of the time are in the order of arrival. @param {LogEvent} event */
const arrivalOf = (event) => idOf(event).slice(16);

/**
 * Picks from what the feed sends the events that the page lacks.
 * @param {readonly LogEvent[]} page @param {boolean} more whether the page has older events before it
 * @returns {(arrived: readonly LogEvent[]) => LogEvent[]}
 */
export const unseenBy = (page, more) => {
  const shown = new Set(page.map(idOf));
  const first = page[0];
  const newest = page.map(arrivalOf).toSorted().at(-1) ?? "";
  /** Was stored before the page was read, which leaves it out on purpose. @param {LogEvent} event */
  const before = (event) =>
    more && first !== undefined && idOf(event) < idOf(first) && arrivalOf(event) < newest;
  return (arrived) => arrived.filter((event) => !shown.has(idOf(event)) && !before(event));
};
