import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Addition } from "../../rehearse/additions.ts";
import { APT_FILES_INSIDE, REPOSITORY } from "../../rehearse/packages/inside.ts";
import type { Base } from "../../rehearse/ports.ts";
import type { StandIn } from "../../rehearse/served.ts";
import type { Furniture } from "./hold.ts";
import { packageStore } from "./packages.ts";
import type { Run } from "./runs.ts";

/** What a base with apt gets, so that packages install without a network. */
export const furnishPackages = async (
  state: string,
  base: Base,
  { directory }: Run,
  requests: readonly (readonly string[])[],
  stop: AbortSignal,
): Promise<Furniture> => {
  if (!existsSync(join(base.root, "usr/bin/apt-get"))) return { more: [], binds: [], fetched: undefined };
  // apt drops its privileges to download, and has to get there then.
  const cache = join(state, "packages");
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const store = packageStore({ cache });
  const fetched = await store.fetch(base.root, requests, stop);
  const repository = join(directory, "packages");
  mkdirSync(repository, { mode: 0o755 });
  if (fetched.release !== undefined) await store.lay(fetched.files, fetched.release, repository);
  return {
    more: Object.entries(APT_FILES_INSIDE).map(([path, content]) => ({ path, content })),
    binds: [{ from: repository, to: REPOSITORY }],
    fetched,
  };
};

/** Files of this machine as additions, with the modes that they have here. */
export const readStandIns = (files: readonly StandIn[]): readonly Addition[] =>
  files.map(({ path, file }) => ({ path, content: readFileSync(file), mode: statSync(file).mode & 0o777 }));
