import * as z from "zod/mini";
import {
  AGENT_KEYS,
  COLLECTED_KEYS,
  ENTRY_KEYS,
  type ForeignKeys,
  LOGS_KEYS,
  TOP_KEYS,
} from "./cloudwatch-agent-keys.ts";
import { allKeys, type Key } from "./keys.ts";
import { PLACEHOLDERS } from "./placeholders.ts";
import { agentConfigSchema, keyDocs } from "./schema.ts";

/** The JSON Schema of `agent.yaml`, for editors: keys, types, defaults and meanings. */
export const agentConfigJsonSchema = (): object => {
  const { $schema, ...schema } = z.toJSONSchema(agentConfigSchema, {
    io: "input",
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      const doc = keyDocs.get(zodSchema);
      if (doc === undefined) return;
      const { unit, limits } = doc;
      const notes = [
        doc.default && `Default: ${doc.default}.`,
        unit && `In ${unit}.`,
        limits && `Limits: ${limits}.`,
      ];
      jsonSchema.description = [doc.description, ...notes.filter((note) => note)].join("\n\n");
    },
  });
  return { $schema, title: "host-agent configuration", ...schema };
};

const alternatives = (values: readonly unknown[]): string => values.map((value) => `\`${value}\``).join(", ");

const typeName = (schema: z.core.$ZodType): string => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "array") return `list of ${typeName(def.element)}s`;
  if (def.type === "enum") return `one of ${alternatives(Object.values(def.entries))}`;
  if (def.type === "literal") return `one of ${alternatives(def.values)}`;
  if (def.type === "string") return "text";
  if (def.type === "object" || def.type === "record") return "mapping";
  if (def.type === "boolean") return "`true` or `false`";
  if (def.type === "number" && "format" in def) return "whole number";
  return def.type;
};

/** The bounds that the checks of a number state, such as `0.1 to 5`. */
const range = (schema: z.core.$ZodType): string | undefined => {
  const { minimum, maximum } = z.toJSONSchema(schema, { io: "input" });
  return minimum === undefined || maximum === undefined ? undefined : `${minimum} to ${maximum}`;
};

const plainDefault = (value: unknown): string | undefined => {
  if (value === undefined) return undefined;
  return Array.isArray(value) && value.length === 0 ? "an empty list" : `\`${value}\``;
};

const facts = ({ type, default: value, doc }: Key): readonly string[] => {
  const { unit, limits, cloudWatchAgent } = doc;
  const shape = [typeName(type), range(type), unit].filter((part) => part !== undefined).join(", ");
  return [
    `- Type: ${shape}`,
    `- Default: ${plainDefault(value) ?? doc.default ?? "none; the key is required"}`,
    ...(limits === undefined ? [] : [`- Limits: ${limits}`]),
    ...(cloudWatchAgent === undefined ? [] : [`- In the CloudWatch agent: \`${cloudWatchAgent}\``]),
  ];
};

const keySection = (key: Key): string =>
  [`### ${key.path}`, "", key.doc.description, "", ...facts(key)].join("\n");

const levelTitle = (parent: string): string => (parent === "" ? "Top level" : `Keys of \`${parent}\``);

/** One section per mapping, each with its keys in the order of the schema. */
export const levels = (keys: readonly Key[]): string =>
  [...Map.groupBy(keys, ({ parent }) => parent)]
    .map(([parent, inside]) => [`## ${levelTitle(parent)}`, ...inside.map(keySection)].join("\n\n"))
    .join("\n\n");

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

const unsupported = (path: string, keys: ForeignKeys): readonly (readonly string[])[] =>
  Object.entries(keys).flatMap(([name, key]) =>
    key === "taken" ? [] : [[`\`${path === "" ? name : `${path}.${name}`}\``, key.means]],
  );

const ENTRY = "logs.logs_collected.files.collect_list[]";

const INTRODUCTION = `# The agent's configuration

<!-- Generated from agent/config/schema.ts by \`npm run generate\`. Change it there. -->

\`host-agent\` reads one file, \`/etc/host-agent/agent.yaml\` unless \`--config\` names another. It is YAML 1.2 in UTF-8, at most 1 MiB, with keys in snake_case; unknown keys are errors. \`host-agent check --config FILE\` lists everything that is wrong with a file, with line and column. The smallest file that ships something:

\`\`\`yaml
logs:
  files:
    - file_path: /var/log/messages
\`\`\`

\`templates/agent.yaml\` is an example with comments, and \`templates/agent-config.schema.json\` lets editors complete and check keys.`;

const IMPORT = `## Importing the CloudWatch agent's configuration

\`--config\` also takes the CloudWatch agent's \`amazon-cloudwatch-agent.json\`, known by its content whatever its name. What is said there under \`agent.region\`, \`logs\` and \`${ENTRY}\` is taken over as this page says for each key. Beyond that:

- \`**\` beside other characters, as in \`/var/log/**.log\`, still reaches into directories: it becomes \`/var/log/**/*.log\`. A wildcard no longer matches a dot at the beginning of a name.
- A \`blacklist\` becomes \`exclude\` where globs can say the same; else there is a warning and nothing is left out.
- Every file that matches a glob is shipped, not only the newest. With \`publish_multi_logs\` each file has a stream of its own, named \`<stream>_{file_path}\`, or without \`log_group_name\` a log group of its own, named \`{file_path}\`.
- Indented lines are events of their own; empty lines are left out, since the service takes no empty message.
- \`force_flush_interval\` above 5 becomes 5.

\`docs/cloudwatch-agent-migration.md\` takes one file over step by step.

Each of these keys gives a warning, unless its value asks for what happens anyway:`;

/** The reference manual of `agent.yaml`, in Markdown. */
export const agentConfigReference = (): string =>
  `${[
    INTRODUCTION,
    levels(allKeys()),
    "## Placeholders\n\nNames of log groups and streams may hold these. Characters that the service refuses in a value become `_`.",
    table(
      ["placeholder", "stands for"],
      Object.entries(PLACEHOLDERS).map(([name, meaning]) => [`\`{${name}}\``, meaning]),
    ),
    IMPORT,
    table(
      ["key", "what happens instead"],
      [
        ...unsupported("", TOP_KEYS),
        ...unsupported("agent", AGENT_KEYS),
        ...unsupported("logs", LOGS_KEYS),
        ...unsupported("logs.logs_collected", COLLECTED_KEYS),
        ...unsupported(ENTRY, ENTRY_KEYS),
      ],
    ),
  ].join("\n\n")}\n`;
