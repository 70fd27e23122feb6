import * as z from "zod/mini";
import { AppError } from "../../agent/base/errors.ts";
import { fingerprint } from "./canonical.ts";
import type { Plan } from "./plan.ts";

const changes = z.object({ sign: z.enum(["-", "+", " "]), text: z.string() });

/** What a plan file must hold; what else is in it is left alone. */
const schema = z.object({
  format: z.literal(1),
  action: z.enum(["create", "version", "promote", "none"]),
  region: z.string(),
  template: z.object({
    name: z.string(),
    data: z.record(z.string(), z.unknown()),
    tags: z.record(z.string(), z.string()),
  }),
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  description: z.string(),
  image: z.object({ id: z.string(), by: z.string() }),
  instance_types: z.optional(z.object({ types: z.array(z.string()), complete: z.boolean() })),
  base: z.optional(z.object({ id: z.string(), default_version: z.int(), latest_version: z.int() })),
  difference: z.object({
    fields: z.array(
      z.object({ field: z.string(), before: z.optional(z.string()), after: z.optional(z.string()) }),
    ),
    user_data: z.array(z.object({ part: z.string(), lines: z.array(changes) })),
  }),
});

export const planFile = (plan: Plan): string => `${JSON.stringify(plan, null, 2)}\n`;

/** A file that was written as a plan, and holds what it was written with. @throws AppError INPUT_INVALID */
export const readPlan = (text: string, file: string): Plan => {
  const refuse = (why: string): AppError =>
    new AppError("INPUT_INVALID", `${file} is no plan of provision: ${why}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const { data, error } = schema.safeParse(value);
  if (data === undefined) {
    const [issue] = error.issues;
    throw refuse(`${issue?.path.join(".") || "it"}: ${issue?.message ?? "is wrong"}`);
  }
  if (fingerprint(data.template.data) !== data.fingerprint)
    throw refuse("what it would make was changed after it was written");
  return data as Plan;
};
