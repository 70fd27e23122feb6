import * as z from "zod/mini";
import { type KeyDoc, keyDocs } from "../../agent/config/schema.ts";

/** A key with what the manual and editors say of it. */
export const key = <S extends z.core.$ZodType>(schema: S, doc: KeyDoc): S => {
  keyDocs.add(schema, doc);
  return schema;
};

/** A text of one form. */
export const matching = (pattern: RegExp, error: string) => z.string().check(z.regex(pattern, { error }));

/** A whole number, between bounds that belong to it. */
export const whole = (least: number, most?: number) => {
  const error =
    most === undefined
      ? `must be a whole number, ${least} or more`
      : `must be a whole number from ${least} to ${most}`;
  // Aborts, so that a number beyond every integer is not refused twice.
  const int = z.int({ error, abort: true });
  return most === undefined
    ? int.check(z.gte(least, { error }))
    : int.check(z.gte(least, { error }), z.lte(most, { error }));
};

/** A text with something in it. */
export const filled = () => z.string().check(z.minLength(1, { error: "is empty" }));

/** A list with something in it. */
export const atLeastOne = <S extends z.core.$ZodType>(schema: S) =>
  z.array(schema).check(z.minLength(1, { error: "is an empty list" }));
