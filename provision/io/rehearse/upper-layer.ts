import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { FileChange } from "../../rehearse/changes.ts";
import { belowAt, type Root } from "./root.ts";

/** What was written to a root: all that overlayfs keeps in its upper layer. Directories are not told. */
export const changedFiles = (root: Root): readonly FileChange[] => {
  const found: FileChange[] = [];
  const visit = (inside: string): void => {
    for (const entry of readdirSync(join(root.directory, "upper", inside), { withFileTypes: true })) {
      const path = `${inside}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      // A deleted file is a device with the numbers 0 and 0.
      else if (entry.isCharacterDevice()) found.push({ kind: "deleted", path });
      else found.push({ kind: belowAt(root, path) === undefined ? "added" : "changed", path });
    }
  };
  visit("");
  return found;
};
