/** Turns the files of the endpoint's page into a module, so that a bundle holds them too. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../agent/local/page/browser");

const SERVED = /\.(html|css|js|svg)$/;

const literal = (text: string): string => `\`${text.replace(/\\|`|\$\{/g, "\\$&")}\``;

export const pageFiles = (): string => {
  const entries = readdirSync(FOLDER)
    .filter((name) => SERVED.test(name))
    .sort()
    .map((name) => `  "${name}": ${literal(readFileSync(join(FOLDER, name), "utf8"))},`);
  return [
    "/** The files of agent/local/page/browser. Written by `npm run generate`. */",
    "export const BROWSER_FILES = {",
    ...entries,
    "} as const;",
    "",
  ].join("\n");
};
