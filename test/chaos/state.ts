import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { History } from "./history.ts";

/** The state directory of the agent: a small file system of its own where that is possible, so that it can be full. */
export class State {
  readonly directory: string;
  readonly #history: History;
  readonly #now: () => number;
  #mounted = false;
  /** Says once why something could not be done. */
  readonly notices = new Set<string>();

  constructor(directory: string, history: History, now: () => number) {
    this.directory = directory;
    this.#history = history;
    this.#now = now;
    mkdirSync(directory, { mode: 0o700 });
  }

  /** Only inside a mount namespace of its own: there the mount goes with the last process. */
  mount(): void {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", this.directory], {
        stdio: "pipe",
      });
      this.#mounted = true;
    } catch (error) {
      this.notices.add(`state-full is left out: no mount here (${(error as Error).message.split("\n")[0]})`);
    }
  }

  /** Leaves no byte free for a while. */
  async fill(wait: Promise<void>): Promise<void> {
    if (!this.#mounted) {
      this.notices.add("state-full is left out: the state directory has no file system of its own");
      return wait;
    }
    const trouble: { readonly from: number; to?: number } = { from: this.#now() };
    this.#history.stateTroubles.push(trouble);
    const filler = join(this.directory, "filler");
    const { bavail, bsize } = statfsSync(this.directory);
    try {
      writeFileSync(filler, Buffer.alloc(bavail * bsize + 65_536));
    } catch {
      // It is full now.
    }
    await wait;
    rmSync(filler, { force: true });
    trouble.to = this.#now();
  }

  /** Does to one file of the state what a power cut or a bad disk does. */
  damage(how: "torn" | "garbage" | "empty", which: number): void {
    const files = this.#files();
    const name = files[Math.floor(which * files.length)];
    if (name === undefined) return;
    this.#history.damages.push({ at: this.#now(), how: `${name} ${how}` });
    const path = join(this.directory, name);
    const content = readFileSync(path);
    if (how === "torn") truncateSync(path, Math.floor(content.length / 2));
    else if (how === "empty") truncateSync(path, 0);
    else writeFileSync(path, content.fill(0x5a, 0, Math.min(content.length, 8_192)));
  }

  unmount(): void {
    if (this.#mounted) execFileSync("umount", [this.directory], { stdio: "pipe" });
    this.#mounted = false;
  }

  #files(): readonly string[] {
    return readdirSync(this.directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "filler")
      .map(({ name }) => name)
      .sort();
  }
}
