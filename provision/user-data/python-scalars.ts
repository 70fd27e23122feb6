/** What a value is to PyYAML, and to the schema of cloud-init; a date is neither a text nor a number. */
export type Kind = "null" | "boolean" | "integer" | "number" | "string" | "date" | "array" | "object";

/** The patterns of PyYAML's resolver, in its order: `1e3` is a text to it, `1:30` is ninety. */
const PATTERNS: readonly (readonly [kind: Kind, pattern: RegExp])[] = [
  ["boolean", /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  [
    "number",
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
  [
    "integer",
    /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  ],
  ["null", /^(?:~|null|Null|NULL|)$/],
  [
    "date",
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  ],
];

/** What PyYAML takes a scalar without quotes and without a tag for. */
export const kindOfPlain = (text: string): Kind =>
  PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? "string";

/** Sixties, as in times: `1:30` is ninety. */
const sixties = (text: string): number =>
  text.split(":").reduce((sum, digits) => sum * 60 + Number(digits), 0);

const numberOf = (text: string): number => {
  const bare = text.replaceAll("_", "");
  const sign = bare.startsWith("-") ? -1 : 1;
  const digits = bare.replace(/^[-+]/, "");
  if (digits.includes(":")) return sign * sixties(digits);
  if (/^\.inf$/i.test(digits)) return sign * Number.POSITIVE_INFINITY;
  return sign * (/^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits));
};

/** Whether the day is one of the calendar; Python throws over others, and the document is lost. */
export const isDay = (text: string): boolean => {
  const [, year = "", month = "", day = ""] = /^(\d{4})-(\d\d?)-(\d\d?)/.exec(text) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return Number(year) > 0 && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
};

/** The value of a scalar of a kind; undefined when it cannot be one. A date stays the text that it is. */
export const plainValue = (kind: Kind, text: string): unknown => {
  if (kind === "null") return null;
  if (kind === "date") return isDay(text) ? text : undefined;
  if (kind === "boolean")
    return /^(yes|true|on)$/i.test(text) || (/^(no|false|off)$/i.test(text) ? false : undefined);
  if (kind === "integer" || kind === "number") {
    const value = numberOf(text);
    return Number.isNaN(value) && !/^\.nan$/i.test(text) ? undefined : value;
  }
  return text;
};
