import type { Addition } from "./additions.ts";
import type { FileChange } from "./changes.ts";
import type { CommandSeen } from "./codedeploy/command-service.ts";
import type { Change } from "./metadata/changes.ts";
import type { Instance } from "./metadata/instance.ts";
import type { RequestEntry } from "./metadata/request-log.ts";
import type { Fetched } from "./packages/ports.ts";

/** Says what is being done, to whoever waits. */
export type Tell = (text: string) => void;

/** A root filesystem that rehearsals start from, and that none of them writes to. */
export interface Base {
  /** `debian-12`, or the name of the file that it came from. */
  readonly name: string;
  /** Of what it was made from and what is installed in it. */
  readonly key: string;
  /** As `/etc/os-release` says it. */
  readonly release: string;
  readonly root: string;
}

export interface Ran {
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** How a boot has ended. `died` is whatever nobody asked for. */
export type BootEnd = "off" | "reboot" | "died";

/** A container that has been booted. */
export interface Machine {
  /** Its first process, seen from here. */
  readonly leader: number;
  /** Runs a program inside, as root there. Its status is 124 when it takes longer than `timeoutMs`. */
  readonly run: (
    argv: readonly string[],
    options?: { readonly timeoutMs?: number; readonly input?: Uint8Array | string },
  ) => Promise<Ran>;
  /** Whether a file is there; asked often, so it starts no process. */
  readonly has: (path: string) => boolean;
  /** The text of files inside that are there. */
  readonly read: (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Resolves when it has ended. */
  readonly ended: Promise<BootEnd>;
  /** Shuts it down in order, or kills it when that takes longer than this many milliseconds. */
  readonly stop: (withinMs: number) => Promise<void>;
  /** Ends it at once: nothing of it is needed any more. */
  readonly kill: () => Promise<void>;
  /** What it has written to its console. */
  readonly console: () => string;
}

/** A call to AWS from inside. */
export interface SeenCall {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly service: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** False: it was refused, since nobody here can answer it. */
  readonly taken: boolean;
}

/** Something that was fetched over http, https or S3. */
export interface SeenFetch {
  readonly url: string;
  readonly status: number;
}

/** A log stream that something was shipped to. */
export interface SeenStream {
  readonly group: string;
  readonly stream: string;
  readonly events: number;
  /** The newest ones, a line each. */
  readonly last: readonly string[];
}

export interface Seen {
  readonly metadata: readonly RequestEntry[];
  readonly calls: readonly SeenCall[];
  readonly fetches: readonly SeenFetch[];
  /** How far the commands of a deployment have come; undefined where there is none. */
  readonly deployment: readonly CommandSeen[] | undefined;
}

/** What a container reaches, and what came of that. */
export interface Services {
  readonly change: (change: Change) => Promise<void>;
  /** The commands of the deployment are given out from now on. */
  readonly deploy: () => Promise<void>;
  readonly seen: () => Promise<Seen>;
  readonly streams: () => Promise<readonly SeenStream[]>;
}

/** A root that can be booted, again and again. What one boot has written is there in the next one. */
export interface Stage {
  /** Puts files into the root. Before a boot. */
  readonly add: (additions: readonly Addition[]) => void;
  /** Boots it as this instance. */
  readonly boot: (instance: Instance) => Promise<Machine>;
  /** The text of files that a machine has left on its disk when it had ended. */
  readonly left: (paths: readonly string[]) => ReadonlyMap<string, string>;
  /** What was written to it, but for directories. */
  readonly changes: () => readonly FileChange[];
}

/** What phases of a rehearsal need of the world. */
export interface World {
  readonly base: Base;
  readonly services: Services;
  /** The packages that the local repository has; undefined for a base without apt. */
  readonly fetched: Fetched | undefined;
  /** A root over the base, or over what another one has become. */
  readonly open: (name: string, below?: Stage) => Stage;
  readonly tell: Tell;
  /** Milliseconds since some moment. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly today: () => number;
  /** Resolves earlier when it is told to stop. */
  readonly pause: (ms: number, stop?: AbortSignal) => Promise<void>;
}
