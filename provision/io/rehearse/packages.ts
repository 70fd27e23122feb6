import { join } from "node:path";
import { originOf } from "../../rehearse/packages/base-state.ts";
import type { Fetched, Missing, PackageStore, Stale } from "../../rehearse/packages/ports.ts";
import { type Answer, keepAnswer, readAnswer } from "./answers.ts";
import { type AptGet, aptGet, run } from "./apt.ts";
import { type Downloaded, download } from "./apt-download.ts";
import { aptLists, DAY_MS, type Lists } from "./apt-lists.ts";
import { prepare } from "./apt-places.ts";
import { resolveAll } from "./apt-resolve.ts";
import {
  type BaseFiles,
  baseFilesIn,
  digestOf,
  distributionIn,
  type Sources,
  sourcesIn,
  stateOf,
} from "./base-files.ts";
import { isThere, layRepository } from "./package-files.ts";

export interface StoreOptions {
  /** A directory that is kept, such as one in /var/cache. On the file system of the repositories, files are linked. */
  readonly cache: string;
  /** The root of this machine. */
  readonly host?: string;
  readonly now?: () => number;
}

type Requests = readonly (readonly string[])[];

const nothing = (requests: Requests, why: Missing["why"], said: string): Fetched => ({
  files: [],
  missing: [...new Set(requests.flat())].map((spec) => ({ spec, why, said })),
});

/** The sources of this machine know the mirrors that it can reach; but they count only when it is of the same release. */
const chooseSources = async (
  host: string,
  { distribution, sources }: BaseFiles,
): Promise<{ readonly sources: Sources; readonly ofHost: boolean }> => {
  const { id, codename } = await distributionIn(host);
  const same = codename !== "" && id === distribution.id && codename === distribution.codename;
  const own = same ? await sourcesIn(host) : sources;
  return own.lists.size === 0 ? { sources, ofHost: false } : { sources: own, ofHost: same };
};

/** Once with the lists that there are, and once more with new ones if something is not to be had by the old ones. */
const downloadAll = async (
  apt: AptGet,
  shared: string,
  lists: Lists,
  requests: Requests,
  stop: AbortSignal | undefined,
): Promise<Downloaded> => {
  const once = async () => download(apt, shared, await resolveAll(apt, shared, requests), stop);
  await lists.keep();
  const first = await once();
  const wanting = first.missing.some(({ why }) => why === "unknown" || why === "unreachable");
  return wanting && (await lists.renew()) ? once() : first;
};

/** Without lists nothing can be known to be unknown. */
const blamed = (missing: readonly Missing[], stale: Stale | undefined): readonly Missing[] =>
  stale === undefined || stale.since !== undefined
    ? missing
    : missing.map((one) => (one.why === "unknown" ? { ...one, why: "unreachable", said: stale.said } : one));

const areThere = async ({ files }: Answer): Promise<boolean> =>
  (await Promise.all(files.map(isThere))).every(Boolean);

const fetched = ({ files, missing, release }: Answer): Fetched => ({ files, missing, release });

const fetchInto = async (
  { cache, host = "/", now = Date.now }: StoreOptions,
  root: string,
  requests: Requests,
  stop: AbortSignal | undefined,
): Promise<Fetched> => {
  const base = await baseFilesIn(root);
  if (base === undefined) return nothing(requests, "no dpkg", "The base has no packages of dpkg.");
  const { distribution, architectures } = base;
  const [architecture = ""] = architectures;
  const release = { origin: originOf(distribution), codename: distribution.codename, architecture };
  if (requests.flat().length === 0) return { files: [], missing: [], release };

  const { sources, ofHost } = await chooseSources(host, base);
  const path = join(cache, "answers", digestOf(...stateOf(base, sources), ...requests));
  const kept = await readAnswer(path);
  const old = kept !== undefined && (await areThere(kept)) ? kept : undefined;
  if (old !== undefined && now() - old.at < DAY_MS) return fetched(old);

  if ((await run("apt-get", ["--version"], { stop })).status !== 0)
    return { ...nothing(requests, "no apt", "apt-get is not installed on this machine."), release };
  const { shared, settings } = await prepare(cache, base, sources, stop);
  const apt = aptGet(settings, join(cache, "lock"), stop);
  const lists = aptLists(apt, shared, ofHost ? distribution : undefined, now);
  const { files, missing: all } = await downloadAll(apt, shared, lists, requests, stop);
  const stale = await lists.stale();
  const missing = blamed(all, stale);
  const answer = { at: now(), files, missing, release };
  const unreachable = missing.some(({ why }) => why === "unreachable");
  if (unreachable && old !== undefined) return { ...fetched(old), ...(stale && { stale }) };
  if (!unreachable && (missing.length === 0 || stale === undefined)) await keepAnswer(path, answer);
  return { ...fetched(answer), ...(stale && { stale }) };
};

/** The packages that this machine's apt can fetch, in a cache of our own: nothing else on this machine changes. */
export const packageStore = (options: StoreOptions): PackageStore => ({
  fetch: (root, requests, stop) => fetchInto(options, root, requests, stop),
  lay: (files, release, directory) =>
    layRepository(files, { ...release, at: (options.now ?? Date.now)() }, directory),
});
