import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";

/** How one of the two programs is started: as this one was, from its bundle or from its sources. */
export const ownProgram = (name: "provision" | "host-agent"): readonly string[] => {
  const self = process.argv[1] ?? "";
  const main = basename(self) === "main.ts" ? sourceOf(name, self) : join(dirname(self), `${name}.cjs`);
  return [process.execPath, ...process.execArgv, existsSync(main) ? main : self];
};

const sourceOf = (name: "provision" | "host-agent", self: string): string =>
  join(dirname(self), "..", name === "provision" ? "provision" : "agent", "main.ts");
