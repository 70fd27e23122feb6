import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Addition } from "../../rehearse/additions.ts";
import { FIRST_USER } from "../../rehearse/nspawn.ts";

/** A root of a run: a directory with the layer that is written to, and those below it, the uppermost first. */
export interface Root {
  readonly directory: string;
  readonly below: readonly string[];
}

/** Makes the directory of a root. */
export const makeRoot = (directory: string, below: readonly string[]): Root => {
  mkdirSync(directory, { mode: 0o700 });
  for (const name of ["upper", "work", "root"]) mkdirSync(join(directory, name));
  return { directory, below };
};

/** What the layers below have under a path; undefined where nothing is, or where it was deleted. */
export const belowAt = ({ below }: Root, path: string): string | undefined => {
  for (const layer of below) {
    const found = lstatSync(join(layer, path), { throwIfNoEntry: false });
    if (found !== undefined) return found.isCharacterDevice() ? undefined : join(layer, path);
  }
  return undefined;
};

/** Puts files into the upper layer of a root, owned by root of the container. */
export const addFiles = (root: Root, added: readonly Addition[]): void => {
  const upper = join(root.directory, "upper");
  for (const { path, content, mode = 0o644, appended = false } of added) {
    const target = join(upper, path);
    const below = belowAt(root, path);
    makeParents(upper, root, dirname(path));
    if (appended) {
      if (!existsSync(target)) {
        if (below === undefined || !lstatSync(below).isFile()) continue;
        copyFileSync(below, target);
      }
      if (!readFileSync(target).includes(Buffer.from(content))) appendFileSync(target, content);
    } else {
      rmSync(target, { force: true });
      writeFileSync(target, content);
      chmodSync(target, mode);
    }
    lchownSync(target, FIRST_USER, FIRST_USER);
  }
};

const NEW = { mode: 0o755, uid: FIRST_USER, gid: FIRST_USER };

/** Directories of the upper layer take the place of those of the base with all that they are. */
const makeParents = (upper: string, root: Root, path: string): void => {
  if (path === "/" || path === ".") return;
  makeParents(upper, root, dirname(path));
  const target = join(upper, path);
  if (existsSync(target)) return;
  mkdirSync(target);
  const below = belowAt(root, path);
  const { mode, uid, gid } = below === undefined ? NEW : lstatSync(below);
  chmodSync(target, mode & 0o7777);
  lchownSync(target, uid, gid);
};
