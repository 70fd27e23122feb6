import fc from "fast-check";
import { expect, it } from "vitest";
import { browserModule } from "./browser-module.ts";

interface Place {
  readonly view: string;
  readonly [key: string]: unknown;
}
const { addressOf, placeOf, parentOf } = await browserModule<{
  readonly addressOf: (place: Place) => string;
  readonly placeOf: (hash: string) => Place;
  readonly parentOf: (place: Place) => Place | undefined;
}>("address.js");

// A browser turns every text of an address into well-formed Unicode.
const text = fc.string({ unit: "grapheme", maxLength: 40 });
const name = text.filter((value) => value !== "");
const time = fc.constantFrom("", "-5m", "-24h", "2026-03-01T00:00:00.000Z");

const places: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ view: fc.constant("groups"), filter: text }),
  fc.record({
    view: fc.constant("streams"),
    group: name,
    prefix: text,
    order: fc.constantFrom("time", "name"),
  }),
  fc.record({
    view: fc.constant("events"),
    group: name,
    stream: fc.option(name, { nil: undefined }),
    pattern: text,
    from: time,
    to: time,
    tail: fc.boolean(),
    at: fc.option(fc.nat(), { nil: undefined }),
    event: text,
  }),
);

it("reads every address that it writes", () => {
  fc.assert(
    fc.property(places, (place) => {
      expect(placeOf(addressOf(place))).toEqual(place);
    }),
  );
});

it("takes a pattern that was typed into an address by hand", () => {
  expect(placeOf("#/groups/g/events?pattern=?ERROR ?WARN")).toMatchObject({ pattern: "?ERROR ?WARN" });
});

it("survives any address, and a name that is not well-formed", () => {
  fc.assert(
    fc.property(fc.string(), (hash) => {
      expect(placeOf(`#${hash}`).view).toBeTypeOf("string");
    }),
  );
  expect(placeOf("#/groups/%E0%A4%A/streams").view).toBe("groups");
  expect(addressOf({ view: "streams", group: "\ud800", prefix: "", order: "time" })).toBe(
    "#/groups/%EF%BF%BD/streams",
  );
});

it("leads up from anywhere to the list of groups", () => {
  const climb = (place: Place): Place => {
    const parent = parentOf(place);
    return parent === undefined ? place : climb(parent);
  };
  fc.assert(
    fc.property(places, (place) => {
      expect(climb(place)).toEqual({ view: "groups", filter: "" });
    }),
  );
});
