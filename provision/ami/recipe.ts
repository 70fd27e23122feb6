import type { HostConfig } from "../host/schema.ts";
import type { Kind, PathUse } from "./kind.ts";
import { LISTS, type ListName } from "./kinds.ts";
import type { ImageSection } from "./recipe-schema.ts";

/** Where something is in host.yaml. */
export type Key = readonly (string | number)[];

/** One step or one check of a recipe. */
export interface Item {
  readonly kind: Kind;
  readonly config: unknown;
  /** Its name in markers and messages: `steps[0].packages`. */
  readonly name: string;
  readonly key: Key;
}

/** A file of the recipe, as it is on the disk. */
export interface RecipeFile {
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** What an image is made by, with all that it needs of the disk. */
export interface Recipe {
  readonly steps: readonly Item[];
  readonly validate: readonly Item[];
  readonly test: readonly Item[];
  readonly cleanup: ImageSection["cleanup"];
  /** The configuration of host-agent, for the step that installs it. */
  readonly agent: unknown;
  /** By the path that the recipe has for it; what is in a directory, by its own path below that. */
  readonly files: ReadonlyMap<string, RecipeFile>;
}

/** A file or a directory that a recipe names. */
export interface NamedFile {
  readonly path: string;
  readonly use: PathUse;
  /** The key that names it. */
  readonly key: Key;
}

/** The path of a file below a directory of the recipe. */
export const below = (tree: string, name: string): string => `${tree.replace(/\/+$/, "")}/${name}`;

const itemsIn = (image: ImageSection, list: ListName): readonly Item[] =>
  image[list].flatMap((entry, at) =>
    LISTS[list].flatMap((kind) => {
      const config = entry[kind.name];
      const name = `${list}[${at}].${kind.name}`;
      return config === undefined ? [] : [{ kind, config, name, key: ["image", list, at, kind.name] }];
    }),
  );

/** The files that a recipe names, as often as it names them. */
export const namedFiles = (image: ImageSection): readonly NamedFile[] =>
  (Object.keys(LISTS) as ListName[])
    .flatMap((list) => itemsIn(image, list))
    .flatMap(({ kind, config, key }) =>
      Object.entries(kind.paths).flatMap(([name, use]) => {
        const path = (config as Readonly<Record<string, unknown>>)[name];
        return typeof path === "string" ? [{ path, use, key: [...key, name] }] : [];
      }),
    );

/** The recipe of a host that has one. */
export const recipeOf = (
  { agent }: HostConfig,
  image: ImageSection,
  files: ReadonlyMap<string, RecipeFile>,
): Recipe => ({
  steps: itemsIn(image, "steps"),
  validate: itemsIn(image, "validate"),
  test: itemsIn(image, "test"),
  cleanup: image.cleanup,
  agent,
  files,
});
