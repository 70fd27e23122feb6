import * as z from "zod/mini";
import { allKeys } from "../../agent/config/keys.ts";
import { agentConfigJsonSchema, levels } from "../../agent/config/reference.ts";
import { keyDocs } from "../../agent/config/schema.ts";
import { hostSchema } from "./schema.ts";

/** The JSON Schema of `host.yaml`, for editors; that of the agent stands in its section. */
export const hostJsonSchema = (): object => {
  const { $schema, properties, ...schema } = z.toJSONSchema(hostSchema, {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      const doc = keyDocs.get(zodSchema);
      if (doc === undefined) return;
      const notes = [doc.default && `Default: ${doc.default}.`, doc.limits && `Limits: ${doc.limits}.`];
      jsonSchema.description = [doc.description, ...notes.filter((note) => note)].join("\n\n");
    },
  });
  const { $schema: _, title, ...agent } = agentConfigJsonSchema() as Record<string, unknown>;
  return { $schema, title: "A host of provision", ...schema, properties: { ...properties, agent } };
};

/** The reference manual of `host.yaml`, in Markdown. */
export const hostReference = (): string => `# host.yaml

<!-- Generated from provision/host/schema.ts by \`npm run generate\`. Change it there. -->

One file describes a host. It is YAML 1.2 in UTF-8, with keys in snake_case; unknown keys are errors. \`provision check host.yaml\` lists everything that is wrong with it, with line and column; \`provision init\` writes one to start from; \`templates/host.schema.json\` lets editors complete and check keys.

${levels(allKeys(hostSchema))}
`;
