import type { Node } from "../../agent/config/document.ts";
import { explainIssues } from "../../agent/config/explain.ts";
import type { Finding } from "../../agent/config/fault.ts";
import { type Problem, readNative } from "../../agent/config/load.ts";
import { recipeFindings } from "../ami/recipe-findings.ts";
import { withLongForms } from "../ami/short-forms.ts";
import { type FilePosition, type HostFile, type Layers, readLayers } from "./layers.ts";
import { paramFindings } from "./params.ts";
import { type HostConfig, hostSchema } from "./schema.ts";
import { fillVariables, type Given } from "./variables.ts";

export interface LoadedHost {
  /** Where a key is, such as `["launch", "volumes", 0]`; where it is not there, what it would be in. */
  readonly positionOf: (path: readonly (string | number)[]) => FilePosition;
  /** There exactly when no problem is an error. */
  readonly host?: HostConfig;
  readonly problems: readonly Problem[];
}

const error = (node: Pick<Node, "offset" | "path">, message: string, hint?: string): Finding => ({
  severity: "error",
  offset: node.offset,
  key: node.path,
  message,
  hint,
});

const child = (root: Node, ...names: readonly string[]): Node | undefined => {
  let node: Node | undefined = root;
  for (const name of names) node = node?.entries?.get(name)?.node;
  return node;
};

const launchFindings = (root: Node): readonly Finding[] => {
  const launch = root.entries?.get("launch");
  if (launch?.node.entries === undefined) return [];
  const at = { offset: launch.offset, path: "launch" };
  const has = (name: string): boolean => child(root, "launch", name) !== undefined;
  const ways = ["instance_type", "instance_requirements"].filter(has);
  const volumes = child(root, "launch", "volumes")?.items ?? [];
  return [
    ...(ways.length === 1
      ? []
      : [
          error(
            child(root, "launch", ways[1] ?? "") ?? at,
            ways.length === 0 ? "says nothing of the instances" : "excludes instance_type",
            "give instance_type or instance_requirements, and not both",
          ),
        ]),
    ...(has("image") || child(root, "image", "base") !== undefined
      ? []
      : [error(at, "says nothing of the image", "add image: al2023, or a section image with a base")]),
    ...volumes
      .filter(
        ({ entries }) => entries !== undefined && !entries.has("size_gib") && !entries.has("snapshot_id"),
      )
      .map((node) => error(node, "has neither size_gib nor snapshot_id")),
    ...volumes
      .filter(({ entries }) => entries?.has("snapshot_id") === true && entries.has("kms_key_id"))
      .map((node) =>
        error(node, "has a key and a snapshot", "a volume is encrypted with the key of its snapshot"),
      ),
  ];
};

/** What one section alone cannot tell. */
const together = (root: Node): readonly Finding[] => {
  const agent = child(root, "agent");
  const install = child(root, "boot", "install_agent");
  const completion = child(root, "boot", "completion");
  return [
    ...paramFindings(child(root, "boot", "params")),
    ...(agent?.entries === undefined ? [] : readNative(agent, []).findings),
    ...(install !== undefined && agent === undefined
      ? [error(install, "there is no configuration for the agent", "add a section agent")]
      : []),
    ...(completion !== undefined && install === undefined
      ? [error(completion, "is the work of the agent, which is not installed", "add install_agent")]
      : []),
    ...(completion?.entries?.size === 0
      ? [error(completion, "says nobody to tell", "give lifecycle_hook or stack")]
      : []),
    ...launchFindings(root),
  ];
};

interface Read {
  readonly host?: HostConfig;
  readonly root?: Node;
  readonly findings: readonly Finding[];
}

const placeOf = ({ offset, key }: Finding): string => `${offset} ${key}`;

const check = ({ root: written, findings: before }: Layers, given: readonly Given[]): Read => {
  if (written === undefined) return { findings: before };
  if (written.value === null)
    return { findings: [error(written, "the file is empty", "provision init writes one to start from")] };
  const { root: filled, findings: ofVariables, unfilled } = fillVariables(written, given);
  const root = withLongForms(filled);
  const { data, error: refused } = hostSchema.safeParse(root.value);
  const ofRecipe = recipeFindings(child(root, "image"), child(root, "agent") !== undefined);
  // It knows better what was meant.
  const told = new Set(ofRecipe.map(placeOf));
  const ofTypes = explainIssues(root, refused?.issues ?? [], hostSchema).filter(
    (finding) => !told.has(placeOf(finding)),
  );
  // What a value without its variable is not, is no second mistake.
  const ofValues = [...ofTypes, ...ofRecipe, ...together(root)].filter(({ offset }) => !unfilled.has(offset));
  const findings = [...before, ...ofVariables, ...ofValues];
  return data !== undefined && findings.every(({ severity }) => severity !== "error")
    ? { host: data, root, findings }
    : { root, findings };
};

/** Index of the key that a path leads to, or of the last one on the way that is there. */
const offsetOf = (root: Node | undefined, path: readonly (string | number)[]): number => {
  let node = root;
  let offset = 0;
  for (const step of path) {
    const entry = typeof step === "string" ? node?.entries?.get(step) : undefined;
    const next = typeof step === "string" ? entry?.node : node?.items?.[step];
    if (next === undefined) break;
    offset = entry?.offset ?? next.offset;
    node = next;
  }
  return offset;
};

/**
 * Reads a `host.yaml` and tells all that is wrong with it at once, and with what it extends. Pure; never throws.
 *
 * @param bases the files that it extends, the nearest first
 * @param given values for its variables, later ones over earlier ones
 */
export const parseHost = (
  content: string | Uint8Array,
  file: string,
  bases: readonly HostFile[] = [],
  given: readonly Given[] = [],
): LoadedHost => {
  const layers = readLayers([{ file, content }, ...bases]);
  const { host, root, findings } = check(layers, given);
  const place = layers.places();
  const positionOf = (path: readonly (string | number)[]): FilePosition =>
    layers.places()(offsetOf(root, path));
  const problems = findings
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ severity, offset, key, message, hint }): Problem => {
      const found = { severity, ...place(offset), key, message };
      return hint === undefined ? found : { ...found, hint };
    });
  return host === undefined ? { problems, positionOf } : { host, problems, positionOf };
};
