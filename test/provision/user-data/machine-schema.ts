import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { toolAvailable } from "../../tools.ts";

const PATH = "/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json";

/** Whether the cloud-init of this machine is one that we go by. Another version refuses other values. */
export const hasKnownSchema = (): boolean => {
  if (!toolAvailable("cloud-init", "cloud-init")) return false;
  const { stdout, stderr } = spawnSync("cloud-init", ["--version"], { encoding: "utf8" });
  if (/\b22\.4\b/.test(`${stdout}${stderr}`)) return true;
  process.stderr.write(`SKIPPED: values are compared only with cloud-init 22.4\n`);
  return false;
};

/** The part of JSON Schema that says which keys and values there are. */
interface Schema {
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** `a_c` and `b_c` for `^(a|b)_(c)$`, and `*` for a pattern of any name. */
const namesOf = (pattern: string): readonly string[] => {
  const [, first, second] = /^\^\(([\w|]+)\)_\(([\w|]+)\)\$$/.exec(pattern) ?? [];
  if (first === undefined || second === undefined) return ["*"];
  return first.split("|").flatMap((start) => second.split("|").map((end) => `${start}_${end}`));
};

function* factsOf(schema: Schema, path: string, root: Schema): Generator<string> {
  const { $ref, type = [], enum: values = [], required = [], items, additionalProperties } = schema;
  for (const kind of [type].flat()) yield `${path}: ${kind}`;
  for (const value of values) yield `${path} = ${JSON.stringify(value)}`;
  for (const name of required) yield `${path}.${name} is required`;
  const named = Object.entries(schema.patternProperties ?? {}).flatMap(([pattern, one]) =>
    namesOf(pattern).map((name) => [name, one] as const),
  );
  const others = typeof additionalProperties === "object" ? [["*", additionalProperties] as const] : [];
  for (const [name, one] of [...Object.entries(schema.properties ?? {}), ...named, ...others]) {
    yield `${path}.${name}`;
    yield* factsOf(one, `${path}.${name}`, root);
  }
  if (items !== undefined) yield* factsOf(items, `${path}[]`, root);
  const target = $ref === undefined ? undefined : root.$defs?.[$ref.slice("#/$defs/".length)];
  const { allOf = [], anyOf = [], oneOf = [] } = schema;
  for (const one of [...allOf, ...anyOf, ...oneOf, ...(target === undefined ? [] : [target])])
    yield* factsOf(one, path, root);
}

/**
 * What the schema of this machine says of keys, kinds and values: `.write_files[].path`, `.write_files[].path is
 * required`, `.write_files[].path: string`, `.disk_setup.*.table_type = "gpt"`.
 */
export const machineFacts = (): ReadonlySet<string> => {
  const schema = JSON.parse(readFileSync(PATH, "utf8")) as Schema;
  return new Set(factsOf(schema, "", schema));
};
