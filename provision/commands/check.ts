import { AppError, type ExitStatus } from "../../agent/base/errors.ts";
import { namedFiles, type Recipe } from "../ami/recipe.ts";
import type { LoadedHost } from "../host/load.ts";
import { lintTemplate } from "../launch-template/rules/rules.ts";
import { templateOf } from "../launch-template/template.ts";
import { type Finding, lintUserData } from "../lint/lint.ts";
import { hasUserData, renderUserData } from "../user-data/render.ts";
import { defineCommand } from "./command.ts";
import { type FindingsArguments, tellFindings, withFindings } from "./findings-options.ts";
import { loadPlacedHost, readSources } from "./load-host.ts";
import { loadRecipe } from "./load-recipe.ts";
import { templateFindings } from "./template-findings.ts";
import { givenBy, REPEATABLE, type VariableArguments, withVariables } from "./variable-options.ts";

type Placed = Required<Pick<LoadedHost, "host" | "positionOf">>;

/** What the rules say of the scripts of a recipe: a step fails on a host as a script at boot does. */
const recipeFindings = ({ host: { image } }: Placed, recipe: Recipe | undefined): readonly Finding[] => {
  const named = image === undefined ? [] : namedFiles(image);
  const scripts = new Set(named.filter(({ use }) => use === "script").map(({ path }) => path));
  return [...(recipe?.files ?? [])]
    .filter(([path]) => scripts.has(path))
    .flatMap(([path, { bytes }]) => lintUserData(bytes, path, { reported: true }).findings);
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An image that nobody has looked up: everything but its id is as usual. */
const UNKNOWN_IMAGE = {
  id: "ami-00000000000000000",
  root_device: "/dev/xvda",
  root_size_gib: 8,
  by: "not looked up",
};

const launchFindings = (
  { host, positionOf }: Placed,
  userData: Uint8Array | undefined,
): readonly Finding[] => {
  const { launch } = host;
  return launch === undefined
    ? []
    : templateFindings(lintTemplate(templateOf({ ...host, launch }, userData, UNKNOWN_IMAGE)), positionOf);
};

export const command = defineCommand<VariableArguments & FindingsArguments>({
  operands: "[HOST.yaml]",
  repeatable: REPEATABLE,
  options: (yargs) => withFindings(withVariables(yargs)),
  run: async (options, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to check.");
    const placed = await loadPlacedHost(file, await givenBy(options), terminal);
    const { host } = placed;
    const recipe = await loadRecipe(placed, file, terminal);
    const sources = await readSources(host, file);
    const { scripts, cloudConfig } = sources;
    const files = cloudConfig === undefined ? scripts : [...scripts, cloudConfig];
    // A host that only has a launch template or an image has none.
    const rendered =
      hasUserData(host) || (host.launch ?? host.image) === undefined
        ? renderUserData(host, sources)
        : undefined;
    const findings: readonly Finding[] = [
      ...files.flatMap(({ path, text }) => lintUserData(bytesOf(text), path, { reported: true }).findings),
      ...recipeFindings(placed, recipe),
      ...launchFindings(placed, rendered?.bytes),
    ];
    const status = tellFindings(findings, options, terminal);
    const size =
      rendered === undefined
        ? "no user data"
        : `user data of ${rendered.bytes.length} bytes${rendered.compressed ? ", compressed" : ""}`;
    terminal.err(`${file}: ${size}\n`);
    return status;
  },
});
