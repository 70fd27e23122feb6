import * as z from "zod/mini";
import { type KeyDoc, keyDocs } from "../../agent/config/schema.ts";

/** A key with what the manual and editors say of it. */
export const key = <S extends z.core.$ZodType>(schema: S, doc: KeyDoc): S => {
  keyDocs.add(schema, doc);
  return schema;
};

/** A text of one form. */
export const matching = (pattern: RegExp, error: string) => z.string().check(z.regex(pattern, { error }));
