import { createHash } from "node:crypto";
import type { Item, Recipe } from "./recipe.ts";

/** Goes into every digest: another number, and every image counts as another one. */
const FORM = 1;

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The same value with the keys of mappings in one order; lists stay as they are. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .toSorted(([a], [b]) => order(a, b))
      .map(([key, inner]) => [key, canonical(inner)]),
  );
};

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

const said = (items: readonly Item[]): unknown => items.map(({ kind, config }) => [kind.name, config]);

/**
 * What names an image: the same for the same recipe, files and base, whatever the order of keys is, and another one
 * as soon as anything differs that could make another image or test it otherwise. As 64 hexadecimal digits.
 *
 * @param base the id that the base stands for
 */
export const recipeDigest = ({ files, agent, ...recipe }: Recipe, base: string): string => {
  const usesAgent = recipe.steps.some(({ kind }) => kind.name === "host_agent");
  return sha256(
    JSON.stringify(
      canonical({
        form: FORM,
        base,
        steps: said(recipe.steps),
        validate: said(recipe.validate),
        test: said(recipe.test),
        cleanup: recipe.cleanup,
        agent: usesAgent ? agent : undefined,
        files: Object.fromEntries(
          [...files].map(([path, { bytes, executable }]) => [path, [sha256(bytes), executable]]),
        ),
      }),
    ),
  );
};
