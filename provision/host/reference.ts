import * as z from "zod/mini";
import { allKeys } from "../../agent/config/keys.ts";
import { agentConfigJsonSchema, levels } from "../../agent/config/reference.ts";
import { keyDocs } from "../../agent/config/schema.ts";
import { addShortForms } from "../ami/short-json-schema.ts";
import { hostSchema } from "./schema.ts";
import { REFERENCE_PATTERN, WITHOUT_REFERENCES } from "./variables.ts";

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What a reference to a variable is no example of: its type is found out when it is filled. */
const isNarrow = ({ type, enum: values, pattern, const: only }: Json): boolean =>
  values !== undefined ||
  pattern !== undefined ||
  only !== undefined ||
  (typeof type === "string" && ["number", "integer", "boolean"].includes(type));

const REFERENCE = { type: "string", pattern: REFERENCE_PATTERN };

const mapped = (value: unknown): Json =>
  isJson(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, allowing(one)])) : {};

/** A schema whose single values may be references to variables as well. */
const allowing = (schema: unknown): unknown => {
  if (!isJson(schema)) return schema;
  if (isNarrow(schema)) {
    const { description, default: usual, ...rest } = schema;
    return {
      ...(description !== undefined && { description }),
      ...(usual !== undefined && { default: usual }),
      anyOf: [rest, REFERENCE],
    };
  }
  const { properties, items, additionalProperties, anyOf } = schema;
  return {
    ...schema,
    ...(properties !== undefined && { properties: mapped(properties) }),
    ...(items !== undefined && { items: allowing(items) }),
    ...(additionalProperties !== undefined && { additionalProperties: allowing(additionalProperties) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.map(allowing) }),
  };
};

/** The JSON Schema of `host.yaml`, for editors; that of the agent stands in its section. */
export const hostJsonSchema = (): object => {
  const { $schema, properties, ...schema } = z.toJSONSchema(hostSchema, {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      addShortForms(zodSchema, jsonSchema);
      const doc = keyDocs.get(zodSchema);
      if (doc === undefined) return;
      const notes = [doc.default && `Default: ${doc.default}.`, doc.limits && `Limits: ${doc.limits}.`];
      jsonSchema.description = [doc.description, ...notes.filter((note) => note)].join("\n\n");
    },
  });
  const { $schema: _, title, ...agent } = agentConfigJsonSchema() as Record<string, unknown>;
  const sections = Object.entries({ ...properties, agent }).map(([name, section]) => [
    name,
    WITHOUT_REFERENCES.includes(name) ? section : allowing(section),
  ]);
  return { $schema, title: "A host of provision", ...schema, properties: Object.fromEntries(sections) };
};

/** The reference manual of `host.yaml`, in Markdown. The checks stand there once: those of `test` are those of `validate`. */
export const hostReference = (): string => `# host.yaml

<!-- Generated from provision/host/schema.ts by \`npm run generate\`. Change it there. -->

One file describes a host. It is YAML 1.2 in UTF-8, with keys in snake_case; unknown keys are errors. \`provision check host.yaml\` lists everything that is wrong with it, with line and column; \`provision init\` writes one to start from; \`templates/host.schema.json\` lets editors complete and check keys.

${levels(allKeys(hostSchema).filter(({ parent }) => !parent.startsWith("image.test[]")))}
`;
