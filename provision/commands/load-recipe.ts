import { dirname, resolve } from "node:path";
import { AppError } from "../../agent/base/errors.ts";
import { formatProblem, type Problem } from "../../agent/config/load.ts";
import { type NamedFile, namedFiles, type Recipe, recipeOf } from "../ami/recipe.ts";
import type { LoadedHost } from "../host/load.ts";
import { readInput } from "../io/files.ts";
import { scriptFault } from "../user-data/shell-script.ts";
import type { Terminal } from "./command.ts";

/** The largest file of a recipe, in bytes: what is larger is better fetched by the host. */
const FILE_BYTES = 256 * 1_048_576;

type Placed = Required<Pick<LoadedHost, "host" | "positionOf">>;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What keeps bytes from being a script, or undefined. */
const faultIn = (bytes: Uint8Array): string | undefined => {
  try {
    return scriptFault(decoder.decode(bytes));
  } catch {
    return "is not valid UTF-8";
  }
};

/** The bytes of a named file, or what is wrong with it and where. */
const readNamed = async (
  { path, use, key }: NamedFile,
  directory: string,
  positionOf: Placed["positionOf"],
): Promise<Uint8Array | Problem> => {
  const severity = "error";
  const named = key.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${part}`),
    "",
  );
  try {
    const bytes = await readInput(resolve(directory, path), FILE_BYTES);
    const fault = use === "script" ? faultIn(bytes) : undefined;
    return fault === undefined
      ? bytes
      : {
          severity,
          file: path,
          line: 1,
          column: 1,
          key: "",
          message: `${fault}, and is a script of ${named.slice(1)}`,
        };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { severity, ...positionOf(key), key: named.slice(1), message: error.message.replace(/\.$/, "") };
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
  const read = await Promise.all(
    namedFiles(image).map(async (named) => ({
      path: named.path,
      found: await readNamed(named, dirname(file), positionOf),
    })),
  );
  const problems = read.flatMap(({ found }) => (found instanceof Uint8Array ? [] : [found]));
  for (const problem of problems) err(`${formatProblem(problem)}\n`);
  if (problems.length > 0) throw new AppError("INPUT_INVALID", `${file} has problems, listed above.`);
  return recipeOf(
    host,
    image,
    new Map(read.flatMap(({ path, found }) => (found instanceof Uint8Array ? [[path, found] as const] : []))),
  );
};
