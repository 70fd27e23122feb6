import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { FileChange } from "../../rehearse/changes.ts";
import type { Base } from "../../rehearse/ports.ts";
import type { Run } from "./runs.ts";

/** What was written to the root of a run: all that overlayfs keeps in its upper layer. Directories are not told. */
export const changedFiles = (base: Base, { directory }: Run): readonly FileChange[] => {
  const found: FileChange[] = [];
  const visit = (inside: string): void => {
    for (const entry of readdirSync(join(directory, "upper", inside), { withFileTypes: true })) {
      const path = `${inside}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      // A deleted file is a device with the numbers 0 and 0.
      else if (entry.isCharacterDevice()) found.push({ kind: "deleted", path });
      else found.push({ kind: isThere(join(base.root, path)) ? "changed" : "added", path });
    }
  };
  visit("");
  return found;
};

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
