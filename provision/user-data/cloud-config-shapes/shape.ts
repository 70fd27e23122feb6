import { isDay, type Kind } from "../python-scalars.ts";

/** What may stand in one place of a cloud-config. The tables beside this file are written in it. */
export type Shape = Anything | Single | List | Mapping | Choice;

interface Anything {
  readonly is: "anything";
}

/** A value that holds no others. */
export interface Single {
  readonly is: "single";
  /** Of one of these kinds; without any only the values count. */
  readonly kinds: readonly Kind[];
  readonly values?: readonly (string | boolean)[];
  readonly least?: number;
  readonly form?: Form;
}

/** How a text is written. */
interface Form {
  /** What it then is, and an example: `date such as 2026-01-31`. */
  readonly what: string;
  readonly fits: (value: unknown) => boolean;
}

export interface List extends Size {
  readonly is: "list";
  readonly each: Shape;
}

interface Size {
  readonly least?: number;
  readonly most?: number;
  /** No value twice. */
  readonly distinct?: boolean;
}

export interface Mapping extends Rules {
  readonly is: "mapping";
  readonly keys: Keys;
}

export type Keys = Readonly<Record<string, Shape>>;

interface Rules {
  readonly required?: readonly string[];
  /** Exactly one of these keys. */
  readonly oneOf?: readonly string[];
  /** What any other key takes; without it there may be no others. */
  readonly others?: Shape;
  /** How the other keys are written; without it in any way. */
  readonly names?: RegExp;
  readonly filled?: boolean;
}

export interface Choice {
  /** `either`: what is wrong inside is wrong with the value as a whole. `byKind`: it is told where it stands. */
  readonly is: "either" | "byKind";
  readonly of: readonly Shape[];
}

const single = (...kinds: readonly Kind[]): Single => ({ is: "single", kinds });

export const anything: Shape = { is: "anything" };
export const text = single("string");
export const flag = single("boolean");
export const whole = single("integer");
export const nothing = single("null");

export const wholeFrom = (least: number): Shape => ({ ...whole, least });
export const numberFrom = (least: number): Shape => ({ ...single("number"), least });

/** One of a few texts. */
export const word = (...values: readonly string[]): Shape => ({ ...text, values });
/** One of a few values, not all of them texts, or one that stands beside others. */
export const exactly = (...values: readonly (string | boolean)[]): Shape => ({ ...single(), values });

/** A text in a form. What is binary has none. */
export const written = (form: RegExp, what: string): Shape => ({
  ...text,
  form: { what, fits: (value) => typeof value === "string" && form.test(value) },
});

/** A scheme and a colon, then only what RFC 3986 lets stand in an address. */
const ADDRESS = /^[a-z][a-z0-9+.-]*:(?:[\w.~:/?#@!$&'()*+,;=-]|%[\da-f]{2}|(?<=[/@])\[[\da-f:.]+\])*$/i;

/** Of what is binary cloud-init does not ask whether it is an address or a date. */
export const address: Shape = {
  ...text,
  form: {
    what: "address such as https://example.com",
    fits: (value) => typeof value !== "string" || ADDRESS.test(value),
  },
};
export const date: Shape = {
  ...text,
  form: {
    what: "date such as 2026-01-31",
    fits: (value) => typeof value !== "string" || (/^\d{4}-\d\d-\d\d$/.test(value) && isDay(value)),
  },
};

export const list = (each: Shape, size: Size = {}): Shape => ({ is: "list", each, ...size });
/** A list of at least one. */
export const some = (each: Shape): Shape => list(each, { least: 1 });
export const distinct = (each: Shape): Shape => list(each, { distinct: true });
export const pair = (each: Shape): Shape => list(each, { least: 2, most: 2 });
export const anyList = list(anything);

export const mapping = (keys: Keys, rules: Rules = {}): Shape => ({ is: "mapping", keys, ...rules });
/** A mapping whose keys are names that its author chose, `known` ones aside. */
export const named = (each: Shape, rules: Rules = {}, known: Keys = {}): Shape =>
  mapping(known, { others: each, names: /^.+$/, ...rules });
/** For a mapping that may have more keys than those that are known. */
export const OPEN: Rules = { others: anything };
export const anyMapping = mapping({}, OPEN);

/** Several keys, with blanks between them, that take the same. */
export const keys = (names: string, each: Shape): Keys =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, each]));

export const either = (...of: readonly Shape[]): Shape => ({ is: "either", of });
export const byKind = (...of: readonly Shape[]): Shape => ({ is: "byKind", of });
export const orNothing = (shape: Shape): Shape => byKind(shape, nothing);
