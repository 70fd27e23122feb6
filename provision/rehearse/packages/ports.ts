import type { PackageFile, Release } from "./repository.ts";

/** Why something that was asked for is not in the repository. */
export type Why =
  /** apt knows no such package, version or release. */
  | "unknown"
  /** apt cannot have it together with what is installed in the base, or with what it needs. */
  | "unresolvable"
  /** It is not in the cache, and the mirror did not hand it out. */
  | "unreachable"
  /** This machine has no apt that could fetch it. */
  | "no apt"
  /** The base has no packages of dpkg: it is none that apt can install into. */
  | "no dpkg";

export interface Missing {
  /** As it was asked for. */
  readonly spec: string;
  readonly why: Why;
  /** What apt has said of it. */
  readonly said: string;
}

export interface FetchedFile extends PackageFile {
  /** Where it is on this machine. */
  readonly path: string;
}

/** Lists of packages that could not be renewed. */
export interface Stale {
  /** When they were fetched, in milliseconds since 1970; undefined when they never were. */
  readonly since: number | undefined;
  readonly said: string;
}

export interface Fetched {
  /** What was asked for, and all that it needs beyond what is installed in the base. */
  readonly files: readonly FetchedFile[];
  readonly missing: readonly Missing[];
  /** What the repository is to call itself; undefined for a base without apt. */
  readonly release?: Omit<Release, "at">;
  readonly stale?: Stale;
}

/** The packages that this machine's apt has fetched for bases, kept from one rehearsal to the next. */
export interface PackageStore {
  /**
   * Fetches what is asked for, as far as it is to be had. Never throws for what is not: it is named in the answer.
   *
   * @param root the directory of the base; only read
   * @param requests what each command installs, as apt takes it
   */
  readonly fetch: (
    root: string,
    requests: readonly (readonly string[])[],
    stop?: AbortSignal,
  ) => Promise<Fetched>;
  /** Makes a flat repository of them in a directory that is there and empty. */
  readonly lay: (
    files: readonly FetchedFile[],
    release: Omit<Release, "at">,
    directory: string,
  ) => Promise<void>;
}
