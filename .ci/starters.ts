import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..", "templates", "hosts");

/** The files of each host of templates/hosts, for a program that is one file. */
export const starters = (): string => {
  const names = globSync("*", { cwd: FOLDER }).sort();
  const filesOf = (name: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      globSync("*", { cwd: join(FOLDER, name) })
        .sort()
        .map((file) => [file, readFileSync(join(FOLDER, name, file), "utf8")]),
    );
  return `${JSON.stringify(Object.fromEntries(names.map((name) => [name, filesOf(name)])), null, 2)}\n`;
};
