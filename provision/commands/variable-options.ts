import type { Argv } from "yargs";
import { AppError } from "../../agent/base/errors.ts";
import { readDocument } from "../../agent/config/document.ts";
import { positions } from "../../agent/config/positions.ts";
import type { Given } from "../host/variables.ts";
import { environment } from "../io/environment.ts";
import { readInput } from "../io/files.ts";

export interface VariableArguments {
  readonly var: readonly string[];
  readonly "var-file": readonly string[];
}

/** Options that may be given more than once. */
export const REPEATABLE: readonly string[] = ["var", "var-file"];

const PREFIX = "PROVISION_VAR_";

/** Values for the section `variables` of host.yaml. */
export const withVariables = <T>(yargs: Argv<T>): Argv<T & VariableArguments> =>
  yargs
    .option("var", {
      type: "string",
      array: true,
      nargs: 1,
      default: [] as readonly string[],
      describe: "NAME=VALUE of a variable; over --var-file, which goes over PROVISION_VAR_NAME",
    })
    .option("var-file", {
      type: "string",
      array: true,
      nargs: 1,
      default: [] as readonly string[],
      describe: "A YAML file with NAME: VALUE",
    }) as Argv<T & VariableArguments>;

const fromArgument = (text: string): Given => {
  const at = text.indexOf("=");
  if (at < 1) throw new AppError("USAGE", `--var wants NAME=VALUE, not "${text}".`);
  const name = text.slice(0, at);
  return { name, value: text.slice(at + 1), source: `--var ${name}`, deliberate: true };
};

const fromFile = async (file: string): Promise<readonly Given[]> => {
  const text = new TextDecoder().decode(await readInput(file));
  const { root, findings } = readDocument(text);
  const place = positions(text);
  const [finding] = findings;
  if (finding !== undefined) {
    const { line, column } = place(finding.offset);
    throw new AppError("INPUT_INVALID", `${file}:${line}:${column}: ${finding.message}.`);
  }
  if (root?.entries === undefined)
    throw new AppError("INPUT_INVALID", `${file} must hold a mapping of names to values.`);
  return [...root.entries].map(([name, { offset, node }]): Given => {
    const { line, column } = place(offset);
    const source = `${file}:${line}:${column}`;
    const { value } = node;
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
      throw new AppError("INPUT_INVALID", `${source}: ${name} must be a text, a number, true or false.`);
    // As it is spelled: 012 is no 12 where the variable is a text.
    return { name, value: node.source ?? value, source, deliberate: true };
  });
};

/**
 * Every value that was given, in the order in which later ones go over earlier ones.
 *
 * @throws AppError USAGE, INPUT_UNREADABLE, INPUT_INVALID
 */
export const givenBy = async (options: VariableArguments): Promise<readonly Given[]> => {
  const files = await Promise.all(options["var-file"].map(fromFile));
  return [
    ...environment(PREFIX).map(([name, value]) => ({
      name,
      value,
      source: `${PREFIX}${name}`,
      // One environment may serve several files.
      deliberate: false,
    })),
    ...files.flat(),
    ...options.var.map(fromArgument),
  ];
};
