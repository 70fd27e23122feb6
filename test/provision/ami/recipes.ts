import { Buffer } from "node:buffer";
import { formatProblem } from "../../../agent/config/load.ts";
import { progressOf, readMarkers } from "../../../provision/ami/markers.ts";
import { type Recipe, recipeOf } from "../../../provision/ami/recipe.ts";
import { type RunnerInput, renderRunner } from "../../../provision/ami/runner.ts";
import { parseHost } from "../../../provision/host/load.ts";

const indented = (text: string, by: string): string => text.replaceAll("\n", `\n${by}`);

/** A host.yaml with one entry in a list of its recipe. */
export const withEntry = (list: string, entry: string): string =>
  `name: web\nagent:\n  logs: {files: [{file_path: /var/log/x, log_group_name: x}]}\nimage:\n  base: debian-12\n  ${list}:\n    - ${indented(entry, "      ")}\n`;

/** The recipe of a section `image`, written in YAML, and the files that it names. */
export const recipeFrom = (
  image: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Recipe => {
  const text = `name: web\nagent:\n  logs: {files: [{file_path: /var/log/x, log_group_name: x}]}\nimage:\n  ${indented(image.trim(), "  ")}\n`;
  return recipeOfHost(text, files);
};

export const recipeOfHost = (
  text: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Recipe => {
  const { host, problems } = parseHost(text, "host.yaml");
  if (host?.image === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  const contents = new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      { bytes: Buffer.from(content), executable: path.endsWith(".sh") },
    ]),
  );
  return recipeOf(host, host.image, contents);
};

export const NONCE = "0123456789abcdefghijklmnopqrstuv";
export const AUTHOR = { id: "0123456789ab-1", nonce: NONCE };
export const DIGEST = "d".repeat(64);

/** A runner whose markers and log are in /mnt. */
export const runnerOf = (recipe: Recipe, input: Partial<RunnerInput> = {}) =>
  renderRunner({
    recipe,
    phase: "bake",
    ...AUTHOR,
    digest: DIGEST,
    sink: "/mnt/markers",
    log: "/mnt/log",
    ...input,
  });

/** What markers in /mnt tell. */
export const told = ({ left }: { readonly left: (name: string) => string | undefined }) =>
  progressOf(readMarkers(left("markers") ?? "", AUTHOR).markers);
