/** Gathers the files of the endpoint's page as data that a module can import, so that a bundle holds them too. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../agent/local/page/browser");

const SERVED = /\.(html|css|js|svg)$/;

export const pageFiles = (): string => {
  const names = readdirSync(FOLDER)
    .filter((name) => SERVED.test(name))
    .sort();
  const entries = names.map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
};
