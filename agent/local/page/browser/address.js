// The state of the page as the part of its address behind the '#', so that every view can be linked to.

/**
 * @typedef {{ view: "groups", filter: string }} GroupsPlace
 * @typedef {{ view: "streams", group: string, prefix: string, order: "time" | "name" }} StreamsPlace
 * @typedef {object} EventsPlace
 * @property {"events"} view
 * @property {string} group
 * @property {string | undefined} stream undefined: all streams of the group
 * @property {string} pattern
 * @property {string} from `-1h` counts back from now, otherwise an ISO time; empty: no limit
 * @property {string} to an ISO time; empty: no limit
 * @property {boolean} tail
 * @property {number | undefined} at the time of an event that is to be shown, in milliseconds since 1970
 * @property {string} event the id of that event
 * @typedef {GroupsPlace | StreamsPlace | EventsPlace} Place
 */

/** @returns {GroupsPlace} */
export const groupsPlace = () => ({ view: "groups", filter: "" });

/** @param {string} group @returns {StreamsPlace} */
export const streamsPlace = (group) => ({ view: "streams", group, prefix: "", order: "time" });

/** @param {string} group @param {string} [stream] @returns {EventsPlace} */
export const eventsPlace = (group, stream) => ({
  view: "events",
  group,
  stream,
  pattern: "",
  from: "",
  to: "",
  tail: false,
  at: undefined,
  event: "",
});

/** Reads what {@link addressOf} wrote; anything else leads to the list of groups. @param {string} hash @returns {Place} */
export const placeOf = (hash) => {
  const [, path = "", query = ""] = /^#?\/?([^?]*)\??(.*)$/s.exec(hash) ?? [];
  const [root, group, kind, stream] = path.split("/").map(decode);
  const params = new URLSearchParams(query);
  const text = (/** @type {string} */ name) => params.get(name) ?? "";
  if (root !== "groups" || !group) return { view: "groups", filter: text("filter") };
  if (kind === "events" || (kind === "streams" && stream))
    return {
      view: "events",
      group,
      stream: kind === "streams" ? stream : undefined,
      pattern: text("pattern"),
      from: text("from"),
      to: text("to"),
      tail: params.has("tail"),
      at: /^\d{1,15}$/.test(text("at")) ? Number(text("at")) : undefined,
      event: text("event"),
    };
  return {
    view: "streams",
    group,
    prefix: text("prefix"),
    order: text("order") === "name" ? "name" : "time",
  };
};

/** @param {Place} place */
export const addressOf = (place) => {
  if (place.view === "groups") return `#/groups${queryOf({ filter: place.filter })}`;
  const group = `#/groups/${encode(place.group)}`;
  if (place.view === "streams")
    return `${group}/streams${queryOf({ prefix: place.prefix, order: place.order === "name" ? "name" : "" })}`;
  const { stream, pattern, from, to, tail, at, event } = place;
  const path = stream === undefined ? `${group}/events` : `${group}/streams/${encode(stream)}`;
  return path + queryOf({ pattern, from, to, tail: tail ? "1" : "", at: at ?? "", event });
};

/** Where "up" leads. @param {Place} place @returns {Place | undefined} */
export const parentOf = (place) => {
  if (place.view === "groups") return place.filter === "" ? undefined : groupsPlace();
  return place.view === "events" ? streamsPlace(place.group) : groupsPlace();
};

/** @param {Record<string, string | number>} values */
const queryOf = (values) => {
  const used = Object.entries(values).filter(([, value]) => value !== "");
  return used.length === 0 ? "" : `?${new URLSearchParams(used.map(([key, value]) => [key, String(value)]))}`;
};

/** A name may hold half a character, which cannot be encoded. @param {string} name */
const encode = (name) => encodeURIComponent(name.toWellFormed());

/** @param {string} part */
const decode = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
};
