import { basename, dirname, join } from "node:path";
import { pathPattern } from "../../../agent/logs/path-pattern.ts";
import type { FileId, FoundFile, Listing, OpenFile, Sibling, Sweep } from "../../../agent/logs/ports.ts";
import type { Disk, Pen } from "../disk.ts";

class Inode {
  readonly ino: bigint;
  readonly bornAt: number;
  modifiedAt: number;
  size = 0;
  /** Names and descriptors: with the last of them the number is free again. */
  uses = 0;
  #bytes = Buffer.alloc(1_024);

  constructor(ino: bigint, bornAt: number) {
    this.ino = ino;
    this.bornAt = bornAt;
    this.modifiedAt = bornAt;
  }

  get content(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }

  write(bytes: Uint8Array, at: number, now: number): void {
    const end = at + bytes.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(2 * end);
      this.content.copy(larger);
      this.#bytes = larger;
    }
    if (at > this.size) this.#bytes.fill(0, this.size, at);
    this.#bytes.set(bytes, at);
    this.size = Math.max(this.size, end);
    this.modifiedAt = now;
  }

  resize(size: number, now: number): void {
    if (size > this.size) this.write(Buffer.alloc(size - this.size), this.size, now);
    this.size = size;
    this.modifiedAt = now;
  }
}

/** 250 steps a second, as most distributions have it, in milliseconds. */
const TICK_MS = 4;

/** What happens to a name, and what happens to content. */
export type Stir = "rename" | "change";

/** A file system in memory: inodes, names, links, the times that a kernel notes, and whoever listens. */
export class SimulatedDisk implements Disk {
  readonly #now: () => number;
  readonly #names = new Map<string, Inode>();
  readonly #links = new Map<string, string>();
  readonly #listeners = new Set<(directory: string, stir: Stir) => void>();
  /** Numbers that are free again are given to the next file, as ext4 and tmpfs do. */
  readonly #free: bigint[] = [];
  #next = 100n;

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    // As kernels do, which count the times of files in steps.
    this.#now = () => Math.floor(now() / TICK_MS) * TICK_MS;
  }

  listen(listener: (directory: string, stir: Stir) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  makeDirectory(): void {}

  create(path: string): void {
    const target = this.#resolve(path);
    if (this.#names.has(target)) return;
    this.#name(target, this.#make());
    this.#tell(target, "rename");
  }

  open(path: string): Pen {
    const inode = this.#at(path);
    const stir = (): void => this.#tell(this.#nameOf(inode) ?? path, "change");
    inode.uses++;
    return {
      append: (bytes) => {
        inode.write(bytes, inode.size, this.#now());
        stir();
      },
      size: () => inode.size,
      empty: () => {
        inode.resize(0, this.#now());
        stir();
      },
      close: () => this.#release(inode),
    };
  }

  rename(from: string, to: string): void {
    const link = this.#links.get(from);
    if (link !== undefined) {
      this.#links.delete(from);
      this.#links.set(to, link);
    } else if (this.#names.has(from)) {
      const inode = this.#at(from);
      this.#drop(to);
      this.#names.delete(from);
      this.#names.set(to, inode);
    } else
      for (const [path, inode] of [...this.#names]) {
        if (!path.startsWith(`${from}/`)) continue;
        this.#names.delete(path);
        this.#names.set(`${to}${path.slice(from.length)}`, inode);
      }
    this.#tell(from, "rename");
    this.#tell(to, "rename");
  }

  copy(from: string, to: string): void {
    const { content } = this.#at(from);
    this.#drop(to);
    const copy = this.#make();
    copy.write(content, 0, this.#now());
    this.#name(to, copy);
    this.#tell(to, "rename");
  }

  link(target: string, path: string): void {
    this.#links.set(path, target);
    this.#tell(path, "rename");
  }

  resize(path: string, bytes: number): void {
    this.#at(path).resize(bytes, this.#now());
    this.#tell(path, "change");
  }

  remove(path: string): void {
    this.#drop(path);
    this.#tell(path, "rename");
  }

  async compress(path: string): Promise<void> {
    const { content, modifiedAt } = this.#at(path);
    const packed = this.#make();
    packed.write(content, 0, modifiedAt);
    this.#name(`${path}.gz`, packed);
    this.remove(path);
  }

  /** Gives a file one more name. */
  hardLink(path: string, to: string): void {
    this.#name(to, this.#at(path));
  }

  read(path: string): Buffer | undefined {
    return this.#names.get(this.#resolve(path))?.content;
  }

  realPath(path: string): string {
    this.#at(path);
    return this.#resolve(path);
  }

  openToRead(path: string): OpenFile {
    const inode = this.#at(path);
    inode.uses++;
    let open = true;
    return {
      id: { dev: 1n, ino: inode.ino, bornAt: inode.bornAt },
      read: async (into, at, length, position) =>
        position >= inode.size
          ? 0
          : inode.content.copy(into, at, position, Math.min(inode.size, position + length)),
      size: () => inode.size,
      modifiedAt: () => inode.modifiedAt,
      close: () => {
        if (open) this.#release(inode);
        open = false;
      },
    };
  }

  stat(path: string): Sibling | undefined {
    const inode = this.#names.get(this.#resolve(path));
    if (inode === undefined) return undefined;
    const { ino, size, modifiedAt, bornAt } = inode;
    return { path, dev: 1n, ino, size: path.endsWith(".gz") ? 20 + (size >> 2) : size, modifiedAt, bornAt };
  }

  siblings(path: string): readonly Sibling[] {
    const stem = basename(path).replace(/\.[A-Za-z]+$/, "");
    return this.list(dirname(path))
      .filter((name) => name !== basename(path) && name.startsWith(stem))
      .filter((name) => name.startsWith(basename(path)) || ".-_".includes(name.charAt(stem.length)))
      .flatMap((name) => this.stat(join(dirname(path), name)) ?? [])
      .toSorted((a, b) => b.modifiedAt - a.modifiedAt);
  }

  list(directory: string): readonly string[] {
    const paths = [...this.#names.keys(), ...this.#links.keys()];
    return paths.filter((path) => dirname(path) === directory).map((path) => basename(path));
  }

  paths(): readonly string[] {
    return [...this.#names.keys(), ...this.#links.keys()];
  }

  #make(): Inode {
    const number = this.#free.shift() ?? this.#next++;
    return new Inode(number, this.#now());
  }

  #drop(path: string): void {
    if (this.#links.delete(path)) return;
    const inode = this.#names.get(path);
    this.#names.delete(path);
    if (inode !== undefined) this.#release(inode);
  }

  #name(path: string, inode: Inode): void {
    inode.uses++;
    this.#names.set(path, inode);
  }

  #release(inode: Inode): void {
    if (--inode.uses === 0) this.#free.push(inode.ino);
  }

  #at(path: string): Inode {
    const inode = this.#names.get(this.#resolve(path));
    if (inode === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return inode;
  }

  #resolve(path: string): string {
    const target = this.#links.get(path);
    return target === undefined ? path : this.#resolve(target);
  }

  #nameOf(inode: Inode): string | undefined {
    for (const [path, other] of this.#names) if (other === inode) return path;
    return undefined;
  }

  #tell(path: string, stir: Stir): void {
    for (const listener of this.#listeners) listener(dirname(path), stir);
  }
}

/** What `createListing` finds, on a simulated disk. */
export const simulatedListing = (
  disk: SimulatedDisk,
  patterns: readonly string[],
  wait: () => Promise<void>,
): Listing => {
  const entries = patterns.map((pattern) => ({
    pattern: pathPattern(pattern),
    seen: new Map<string, FoundFile>(),
  }));
  const matches = (entry: number, path: string): boolean =>
    entries[entry]?.pattern.matches(path) === true && !path.endsWith(".gz");
  return {
    sweep: async (only) => {
      await wait();
      const changed: Sweep["changed"][number][] = [];
      const gone: Sweep["gone"][number][] = [];
      for (const [entry, { seen }] of entries.entries()) {
        const present = disk
          .paths()
          .filter((path) => (only === undefined || only.has(dirname(path))) && matches(entry, path));
        for (const path of present) {
          const found = disk.stat(path);
          if (found === undefined) continue;
          const before = seen.get(path);
          seen.set(path, found);
          if (before === undefined || !isSame(before, found)) changed.push({ ...found, entry });
        }
        for (const path of [...seen.keys()]) {
          if (only !== undefined && !only.has(dirname(path))) continue;
          if (present.includes(path) && disk.stat(path) !== undefined) continue;
          seen.delete(path);
          gone.push({ entry, path });
        }
      }
      return { changed, gone, troubles: [] };
    },
    matches,
    // As the real one: those that a pattern leads through, whether or not there is a file of it in them.
    directories: () =>
      [...new Set(disk.paths().map(dirname))].filter((directory) =>
        entries.some(({ pattern }) => pattern.base === directory || pattern.descends(directory)),
      ),
  };
};

const isSame = (a: FoundFile, b: FoundFile): boolean =>
  isSameFile(a, b) && a.size === b.size && a.modifiedAt === b.modifiedAt;

const isSameFile = (a: FileId, b: FileId): boolean => a.ino === b.ino && a.dev === b.dev;
