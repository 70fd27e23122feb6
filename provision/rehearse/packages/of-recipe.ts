import type { Recipe } from "../../ami/recipe.ts";
import { parseUserData } from "../../user-data/parse.ts";
import { aptRequests, wantedPackages } from "./wanted.ts";

const encoder = new TextEncoder();

interface Config {
  readonly install?: readonly string[];
  readonly script?: string;
}

/** What a recipe is going to install: by its steps for packages, and in its scripts as user data does. */
export const recipeRequests = ({ steps, validate, test, files }: Recipe): readonly (readonly string[])[] => {
  const configs = [...steps, ...validate, ...test].map(({ config }) => config as Config);
  const scripts = [
    ...[...files.values()]
      .map(({ bytes }) => bytes)
      .filter(([first, second]) => first === 0x23 && second === 0x21),
    ...configs.flatMap(({ script }) => (script === undefined ? [] : [encoder.encode(headed(script))])),
  ];
  return [
    ...configs.flatMap(({ install = [] }) => (install.length === 0 ? [] : [install])),
    ...scripts.flatMap((script) => aptRequests(wantedPackages(parseUserData(script)))),
  ];
};

const headed = (script: string): string => (script.startsWith("#!") ? script : `#!/bin/bash\n${script}`);
