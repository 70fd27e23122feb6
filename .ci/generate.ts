/**
 * Writes every generated file; with `--check` writes nothing, lists the files that differ, and fails if there are
 * any.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { agentConfigJsonSchema, agentConfigReference } from "../agent/config/reference.ts";
import { hostJsonSchema, hostReference } from "../provision/host/reference.ts";
import { encodeWasm } from "./encode-wasm.ts";
import { errorsPage } from "./errors-page.ts";
import { pageFiles } from "./page-files.ts";
import { starters } from "./starters.ts";

interface Generated {
  /** Below the root of the repository. */
  readonly path: string;
  readonly content: () => string | Promise<string>;
}

export const GENERATED: readonly Generated[] = [
  { path: "agent/logs/encode-wasm.generated.ts", content: encodeWasm },
  { path: "docs/reference/agent-config.md", content: agentConfigReference },
  { path: "docs/reference/host-config.md", content: hostReference },
  { path: "docs/reference/errors.md", content: errorsPage },
  { path: "agent/local/page/files.generated.json", content: pageFiles },
  { path: "provision/host/starters.generated.json", content: starters },
  {
    path: "templates/agent-config.schema.json",
    content: () => `${JSON.stringify(agentConfigJsonSchema(), null, 2)}\n`,
  },
  {
    path: "templates/host.schema.json",
    content: () => `${JSON.stringify(hostJsonSchema(), null, 2)}\n`,
  },
];

const ROOT = join(import.meta.dirname, "..");

const current = (path: string): string | undefined => {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};

/** The generated files whose content on disk is not what the sources give now. */
export const stale = async (): Promise<readonly { readonly path: string; readonly content: string }[]> => {
  const fresh = await Promise.all(
    GENERATED.map(async ({ path, content }) => ({ path, content: await content() })),
  );
  return fresh.filter(({ path, content }) => current(path) !== content);
};

const main = async (checkOnly: boolean): Promise<void> => {
  const files = await stale();
  for (const { path, content } of files) {
    process.stderr.write(`${checkOnly ? "out of date" : "written"}: ${path}\n`);
    if (checkOnly) continue;
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
  }
  if (!checkOnly || files.length === 0) return;
  process.stderr.write("Run `npm run generate` and commit the result.\n");
  process.exitCode = 1;
};

if (import.meta.main) await main(process.argv.includes("--check"));
