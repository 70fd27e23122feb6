import type { Position } from "../ami/line-map.ts";
import type { Key, Recipe } from "../ami/recipe.ts";
import { readInput } from "../io/files.ts";
import { hostSubject, isUserData, type Subject, userDataSubject } from "../rehearse/subject.ts";
import type { Terminal } from "./command.ts";
import { loadPlacedHost, readSources } from "./load-host.ts";
import { loadRecipe } from "./load-recipe.ts";
import { givenBy, type VariableArguments } from "./variable-options.ts";

export interface LoadedSubject {
  readonly subject: Subject;
  /** Of a host that has a section image. */
  readonly recipe: Recipe | undefined;
  readonly positionOf: (key: Key) => Position;
}

/**
 * A host.yaml, or user data in any form that EC2 takes.
 *
 * @throws AppError INPUT_UNREADABLE, INPUT_INVALID, USER_DATA_TOO_LARGE
 */
export const loadSubject = async (
  file: string,
  options: VariableArguments,
  terminal: Terminal,
): Promise<LoadedSubject> => {
  const content = await readInput(file);
  if (!/\.ya?ml$/i.test(file) || isUserData(content))
    return {
      subject: userDataSubject(file, content),
      recipe: undefined,
      positionOf: () => ({ file, line: 1 }),
    };
  const placed = await loadPlacedHost(file, await givenBy(options), terminal);
  const { host, positionOf } = placed;
  const recipe = await loadRecipe(placed, file, terminal);
  return { subject: hostSubject(file, host, await readSources(host, file)), recipe, positionOf };
};
