import process from "node:process";

/** Variables of the process whose names begin so, by the rest of their names. */
export const environment = (prefix: string): readonly (readonly [string, string])[] =>
  Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith(prefix) && value !== undefined ? [[name.slice(prefix.length), value] as const] : [],
  );
