// Joins what the feed sends with the page that was read when it began, without a gap and without a double.

/** @typedef {import("./api.js").LogEvent} LogEvent */

/** @param {LogEvent} event */
const keyOf = ({ logStreamName, timestamp, ingestionTime, message }) =>
  JSON.stringify([logStreamName, timestamp, ingestionTime, message]);

/**
 * The events of the feed that the page does not hold: those that arrived while it was read are in both.
 * @param {readonly LogEvent[]} arrived @param {readonly LogEvent[]} page @param {boolean} more whether the page has
 *   older events before it, which it leaves out on purpose
 */
export const unseen = (arrived, page, more) => {
  /** @type {Map<string, number>} */
  const seen = new Map();
  for (const event of page) seen.set(keyOf(event), (seen.get(keyOf(event)) ?? 0) + 1);
  const oldest = more ? (page[0]?.timestamp ?? 0) : 0;
  return arrived.filter((event) => {
    const left = seen.get(keyOf(event)) ?? 0;
    if (left > 0) seen.set(keyOf(event), left - 1);
    return left === 0 && event.timestamp >= oldest;
  });
};
