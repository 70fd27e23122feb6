import type * as z from "zod/mini";
import { CHECKS, STEPS } from "./kinds.ts";
import { checkEntry, stepEntry } from "./recipe-schema.ts";
import { needsNothing, shortTakesList } from "./short-forms.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Puts another schema in the place of one that others point at. */
const become = (schema: JsonSchema, other: JsonSchema): void => {
  for (const name of Object.keys(schema)) delete schema[name];
  Object.assign(schema, other);
};

/** Lets editors accept what the loader writes out: `packages: [nginx]`, `user: app`, `- reboot`. */
export const addShortForms = (zodSchema: z.core.$ZodType, schema: JsonSchema): void => {
  const kind = [...STEPS, ...CHECKS].find((one) => one.schema === zodSchema);
  if (kind?.short !== undefined) {
    const { description: _, default: __, ...short } = (schema.properties?.[kind.short] ?? {}) as JsonSchema;
    const one = shortTakesList(kind) ? [short, short.items as JsonSchema] : [short];
    become(schema, { anyOf: [...one, { ...schema }] });
  }
  const kinds = zodSchema === stepEntry ? STEPS : CHECKS;
  if (zodSchema === stepEntry || zodSchema === checkEntry) {
    const bare = kinds.filter(needsNothing).map(({ name }) => name);
    const entry = { ...schema, minProperties: 1, maxProperties: 1 };
    become(schema, bare.length === 0 ? entry : { anyOf: [entry, { enum: bare }] });
  }
};
