import type { Addition } from "./additions.ts";

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
    options?: { readonly timeoutMs?: number; readonly input?: string },
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

/** What a rehearsal of a boot needs of the world. */
export interface Stage {
  /** Puts files into the root. Before a boot. */
  readonly add: (additions: readonly Addition[]) => void;
  readonly boot: () => Promise<Machine>;
  /** The text of files that a machine has left on its disk when it had ended. */
  readonly left: (paths: readonly string[]) => ReadonlyMap<string, string>;
  /** Milliseconds since some moment. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}
