import manifest from "../../package.json" with { type: "json" };

/** The version of the package, as `--version` prints it. */
export const VERSION: string = manifest.version;

/** The oldest major version of Node that has all that the programs use (`engines` of package.json). */
export const NODE_MAJOR_NEEDED = Number(/\d+/.exec(manifest.engines.node)?.[0]);
