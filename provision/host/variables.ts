import * as z from "zod/mini";
import type { Entry, Node } from "../../agent/config/document.ts";
import { quoted } from "../../agent/config/explain.ts";
import type { Finding } from "../../agent/config/fault.ts";
import { nearest } from "../../agent/config/nearest.ts";
import { atLeastOne } from "./key.ts";
import { withEntries, withItems } from "./tree.ts";

export type Value = string | number | boolean;

/** Such that `PROVISION_VAR_NAME` is a name in the environment, too. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const value = z.union([z.string(), z.number(), z.boolean()]);

/** One entry of the section `variables`. */
export const variableSchema = z.strictObject({
  type: z.optional(z.enum(["string", "number", "boolean"])),
  default: z.optional(value),
  one_of: z.optional(atLeastOne(value)),
  description: z.optional(z.string()),
});
export type Variable = z.output<typeof variableSchema>;

/** A value from outside of the file: of the command line, the environment, or a file of values. */
export interface Given {
  readonly name: string;
  /** A text where the source knows nothing else; it becomes what the variable is declared to be. */
  readonly value: Value;
  /** What a message calls it: `--var env`. */
  readonly source: string;
  /** Whether it was meant for this file, so that a name which is not declared is a mistake. */
  readonly deliberate: boolean;
}

/** How a value of the file names a variable. */
export const referenceTo = (name: string): string => `\${var.${name}}`;

/** Exactly so; `$${var.NAME}` stands for the text itself, and every other `$` for itself. */
const REFERENCE = /\$?\$\{var\.([^}]*)\}/g;
const WHOLE = /^\$\{var\.([^}]*)\}$/;

/** What a text must look like for an editor to take it for a reference. */
export const REFERENCE_PATTERN = "\\$\\{var\\.[A-Za-z_][A-Za-z0-9_]*\\}";

/** Sections whose texts are no place for references: the declarations, and what is read before there are any. */
export const WITHOUT_REFERENCES: readonly string[] = ["variables", "extends"];

interface Declared {
  readonly variable: Variable;
  readonly offset: number;
  readonly path: string;
}

interface Known {
  readonly values: ReadonlyMap<string, Value>;
  readonly declared: ReadonlyMap<string, Declared>;
  readonly findings: readonly Finding[];
}

/** What a value is declared to be: as it is said, or as its default is. */
export const typeOf = ({ type, default: usual, one_of: [first] = [] }: Variable): string =>
  type ?? typeof (usual ?? first ?? "");

const EXPECTED: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
};

/** A number as JSON spells one: `0x10` and `1_000` are mistakes sooner than numbers. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const converted = (text: Value, type: string): Value | undefined => {
  if (typeof text === type) return text;
  if (typeof text !== "string") return type === "string" ? String(text) : undefined;
  if (type === "number") return NUMBER.test(text) ? Number(text) : undefined;
  return text === "true" || text === "false" ? text === "true" : undefined;
};

/** The value of a variable, or what is wrong with it. */
const chosen = (
  variable: Variable,
  given: Given | undefined,
): { readonly value?: Value; readonly fault?: string; readonly hint?: string } => {
  const type = typeOf(variable);
  const raw = given?.value ?? variable.default;
  const from = given === undefined ? "the default" : given.source;
  if (raw === undefined) return { fault: "has no value" };
  const typed = given === undefined && typeof raw !== type ? undefined : converted(raw, type);
  if (typed === undefined) return { fault: `${from} must be ${EXPECTED[type]}, not ${quoted(String(raw))}` };
  const { one_of: allowed } = variable;
  if (allowed !== undefined && !allowed.includes(typed)) {
    const meant = nearest(String(typed), allowed.map(String));
    return {
      fault: `${from} must be one of ${allowed.join(", ")}, not ${quoted(String(typed))}`,
      ...(meant !== undefined && { hint: `did you mean ${meant}?` }),
    };
  }
  return { value: typed };
};

const declarations = (section: Node | undefined): ReadonlyMap<string, Declared> =>
  new Map(
    [...(section?.entries ?? [])].flatMap(([name, { offset, node }]: [string, Entry]) => {
      // What is no declaration is told by the schema.
      const { data } = z.safeParse(variableSchema, node.value ?? {});
      return data === undefined ? [] : [[name, { variable: data, offset, path: node.path }] as const];
    }),
  );

const known = (section: Node | undefined, given: readonly Given[]): Known => {
  const declared = declarations(section);
  // The later ones count.
  const byName = new Map(given.map((one) => [one.name, one]));
  const values = new Map<string, Value>();
  const findings: Finding[] = [];
  for (const [name, { variable, offset, path }] of declared) {
    if (!NAME.test(name)) {
      const message = "a variable is named with letters, digits and _, and begins with no digit";
      findings.push({ severity: "error", offset, key: path, message });
    }
    const { value: found, fault, hint } = chosen(variable, byName.get(name));
    if (found !== undefined) values.set(name, found);
    if (fault === undefined) continue;
    const missing = `give it with --var ${name}=…, or add a default`;
    findings.push({
      severity: "error",
      offset,
      key: path,
      message: fault,
      hint: fault === "has no value" ? missing : hint,
    });
  }
  for (const { name, source, deliberate } of byName.values()) {
    if (!deliberate || declared.has(name) || section?.entries?.has(name) === true) continue;
    findings.push({
      severity: "error",
      offset: section?.offset ?? 0,
      key: "variables",
      message: `${source}: there is no variable ${name}`,
      hint: meantBy(name, declared),
    });
  }
  return { values, declared, findings };
};

const meantBy = (name: string, declared: ReadonlyMap<string, unknown>): string => {
  const meant = nearest(name, declared.keys());
  if (meant !== undefined) return `did you mean ${meant}?`;
  return declared.size === 0
    ? `declare it: variables: {${name}: {}}`
    : `declared are ${[...declared.keys()].join(", ")}`;
};

/** What a text becomes. A reference without a value stays, and is told. */
const filledText = (
  text: string,
  values: ReadonlyMap<string, Value>,
  miss: (name: string) => void,
): Value => {
  const find = (name: string): Value | undefined => {
    if (!values.has(name)) miss(name);
    return values.get(name);
  };
  const [, whole] = WHOLE.exec(text) ?? [];
  if (whole !== undefined) return find(whole) ?? text;
  return text.replace(REFERENCE, (reference, name: string) =>
    reference.startsWith("$$") ? reference.slice(1) : String(find(name) ?? reference),
  );
};

interface Filling extends Known {
  readonly findings: Finding[];
  /** Offsets of what still has a reference in it. */
  readonly unfilled: Set<number>;
}

const fill = (node: Node, filling: Filling): Node => {
  if (node.items !== undefined)
    return withItems(
      node,
      node.items.map((item) => fill(item, filling)),
    );
  if (node.entries !== undefined)
    return withEntries(
      node,
      [...node.entries].map(([name, entry]) => [name, { ...entry, node: fill(entry.node, filling) }]),
    );
  const { value: text, source: _, ...place } = node;
  if (typeof text !== "string" || text.match(REFERENCE) === null) return node;
  const { values, declared, findings, unfilled } = filling;
  const miss = (name: string): void => {
    unfilled.add(node.offset);
    // One that has no value was told where it is declared.
    if (declared.has(name)) return;
    const message = `there is no variable ${name}`;
    const hint = meantBy(name, declared);
    findings.push({ severity: "error", offset: node.offset, key: node.path, message, hint });
  };
  return { ...place, value: filledText(text, values, miss) };
};

/**
 * Puts the values of variables where `${var.NAME}` stands. A value that is nothing but a reference becomes what the
 * variable is, a number for example; inside of a text it becomes text. Keys of mappings are left alone. Pure.
 *
 * @param root the whole document
 * @param given later ones go over earlier ones
 */
export const fillVariables = (
  root: Node,
  given: readonly Given[],
): {
  readonly root: Node;
  readonly findings: readonly Finding[];
  /** Offsets of values that could not be filled. */
  readonly unfilled: ReadonlySet<number>;
} => {
  const all = known(root.entries?.get("variables")?.node, given);
  const filling: Filling = { ...all, findings: [...all.findings], unfilled: new Set() };
  const filled =
    root.entries === undefined
      ? root
      : withEntries(
          root,
          [...root.entries].map(([name, entry]) => [
            name,
            WITHOUT_REFERENCES.includes(name) ? entry : { ...entry, node: fill(entry.node, filling) },
          ]),
        );
  return { root: filled, findings: filling.findings, unfilled: filling.unfilled };
};
