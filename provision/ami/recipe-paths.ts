import { LISTS } from "./kinds.ts";

/** Paths of keys whose values are files of the recipe, as a document has them. */
const PATHS = new RegExp(
  `^image\\.(?:${Object.entries(LISTS)
    .flatMap(([list, kinds]) =>
      kinds.flatMap(({ name, paths }) =>
        Object.keys(paths).map((key) => `${list}\\[\\d+\\]\\.${name}\\.${key}`),
      ),
    )
    .join("|")})$`,
);

/** Whether the value of a key is the path of a file of the recipe. */
export const isRecipePath = (key: string): boolean => PATHS.test(key);
