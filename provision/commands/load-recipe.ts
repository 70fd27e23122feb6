import { dirname, resolve } from "node:path";
import { AppError } from "../../agent/base/errors.ts";
import { formatProblem, type Problem } from "../../agent/config/load.ts";
import {
  below,
  type Key,
  type NamedFile,
  namedFiles,
  type Recipe,
  type RecipeFile,
  recipeOf,
} from "../ami/recipe.ts";
import type { LoadedHost } from "../host/load.ts";
import { readInput, readTree } from "../io/files.ts";
import { scriptFault } from "../user-data/shell-script.ts";
import type { Terminal } from "./command.ts";

/** The largest file or directory of a recipe, in bytes: what is larger is better fetched by the host. */
const MOST_BYTES = 256 * 1_048_576;

type Placed = Required<Pick<LoadedHost, "host" | "positionOf">>;
type Files = readonly (readonly [string, RecipeFile])[];

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What keeps bytes from being a script, or undefined. */
const faultIn = (bytes: Uint8Array): string | undefined => {
  try {
    return scriptFault(decoder.decode(bytes));
  } catch {
    return "is not valid UTF-8";
  }
};

const keyText = (key: Key): string =>
  key.map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${part}`)).join("");

const readFiles = async ({ path, use }: NamedFile, directory: string): Promise<Files> => {
  const place = resolve(directory, path);
  if (use !== "tree") return [[path, { bytes: await readInput(place, MOST_BYTES), executable: false }]];
  const found = await readTree(place, MOST_BYTES);
  return found.map(({ name, ...file }) => [below(path, name), file]);
};

/** What a recipe names, or what is wrong with it and where. */
const readNamed = async (
  named: NamedFile,
  directory: string,
  positionOf: Placed["positionOf"],
): Promise<Files | Problem> => {
  const severity = "error";
  const key = keyText(named.key);
  try {
    const files = await readFiles(named, directory);
    const [[path, { bytes }] = ["", { bytes: new Uint8Array() }]] = files;
    const fault = named.use === "script" ? faultIn(bytes) : undefined;
    return fault === undefined
      ? files
      : { severity, file: path, line: 1, column: 1, key: "", message: `${fault}, and is a script of ${key}` };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { severity, ...positionOf(named.key), key, message: error.message.replace(/\.$/, "") };
  }
};

/**
 * The recipe of a host, with the files that it names; undefined for a host without one. Every problem goes to standard
 * error.
 *
 * @param file that of the host: paths are as seen from there
 * @throws AppError INPUT_INVALID
 */
export const loadRecipe = async (
  { host, positionOf }: Placed,
  file: string,
  { err }: Terminal,
): Promise<Recipe | undefined> => {
  const { image } = host;
  if (image === undefined) return undefined;
  const found = await Promise.all(
    namedFiles(image).map((named) => readNamed(named, dirname(file), positionOf)),
  );
  const problems = found.filter((one): one is Problem => "severity" in one);
  for (const problem of problems) err(`${formatProblem(problem)}\n`);
  if (problems.length > 0) throw new AppError("INPUT_INVALID", `${file} has problems, listed above.`);
  return recipeOf(host, image, new Map(found.flatMap((one) => ("severity" in one ? [] : one))));
};
