/** Writes dist/: one file per program, which starts without node_modules. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import process from "node:process";
import { build, type Metafile, type Plugin, transform } from "esbuild";
import { VERSION } from "../agent/base/version.ts";
import manifest from "../package.json" with { type: "json" };
import { linkBundle, type Part } from "./link-bundle.ts";

/** Where each program starts, and the commands that people wait for: they get a code cache. */
export const PROGRAMS = {
  "host-agent": {
    entry: "agent/main.ts",
    swift: [["check", "--config", "templates/agent.yaml"], ["--help"], ["--version"]],
  },
  provision: { entry: "provision/main.ts", swift: [["--help"], ["--version"]] },
} as const satisfies Record<string, { entry: string; swift: readonly (readonly string[])[] }>;

export type Program = keyof typeof PROGRAMS;

const ROOT = join(import.meta.dirname, "..");

/** Where the bundle of a program is. */
export const bundlePath = (program: Program): string => join(ROOT, "dist", `${program}.cjs`);

/** Of package.json the programs want two versions, and nobody wants to ship the rest. */
const versionsOnly: Plugin = {
  name: "versions-only",
  setup: ({ onLoad }) =>
    onLoad({ filter: /^.*\/package\.json$/ }, ({ path }) =>
      path === join(ROOT, "package.json")
        ? {
            loader: "json",
            contents: JSON.stringify({ version: manifest.version, engines: manifest.engines }),
          }
        : undefined,
    ),
};

/** Two functions of node:assert for yargs, which otherwise loads all of it at every start. */
const lightAssert: Plugin = {
  name: "light-assert",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^assert$/ }, ({ importer }) =>
      importer.includes("/node_modules/yargs/") ? { path: "assert", namespace: "light-assert" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "light-assert" }, () => ({
      contents:
        "const check = (right, message) => { if (!right) throw new Error(message); };" +
        "export const strictEqual = (a, b, message) => check(Object.is(a, b), message);" +
        "export const notStrictEqual = (a, b, message) => check(!Object.is(a, b), message);",
    }));
  },
};

/**
 * yargs measures the width of its help with tables of emoji and a segmenter: 20 ms at every start. The help is
 * plain text.
 */
const plainWidth: Plugin = {
  name: "plain-width",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^string-width$/ }, () => ({ path: "string-width", namespace: "plain-width" }));
    onLoad({ filter: /.*/, namespace: "plain-width" }, () => ({
      contents:
        'import { stripVTControlCharacters } from "node:util";' +
        "export default (text) => stripVTControlCharacters(text).length;",
    }));
  },
};

/** The messages of zod in fifty languages, of which it uses one. */
const englishOnly: Plugin = {
  name: "english-only",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    })),
};

/** `import { z }` asks for the object with all of zod in it; `import * as z` means the same, and for what is used. */
const partsOfZod: Plugin = {
  name: "parts-of-zod",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/agent\/local\/.*\.ts$/ }, async ({ path }) => ({
      loader: "ts",
      contents: (await readFile(path, "utf8")).replace(
        /^(import (?:type )?)\{ z \} from "zod";$/m,
        '$1* as z from "zod";',
      ),
    })),
};

interface Chunk extends Part {
  /** All of it comes from packages. */
  readonly foreign: boolean;
}

interface Chunks {
  readonly chunks: readonly Chunk[];
  readonly packages: readonly string[];
}

/** The chunks of a program as ES modules: what only one command uses is in a chunk of its own. */
const chunksOf = async (entry: string): Promise<Chunks> => {
  const { outputFiles, metafile } = await build({
    entryPoints: [{ in: join(ROOT, entry), out: "main" }],
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // Otherwise the CommonJS build of the SDK is taken, of which nothing can be left out.
    mainFields: ["module", "main"],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    outdir: "chunks",
    write: false,
    metafile: true,
    logLevel: "warning",
    plugins: [versionsOnly, lightAssert, plainWidth, englishOnly, partsOfZod],
    define: { "import.meta.url": "__fileUrl" },
  });
  const chunks = outputFiles.map(({ path, text }) => {
    const inputs = Object.keys(metafile.outputs[relative(ROOT, path)]?.inputs ?? {});
    const foreign = inputs.length > 0 && inputs.every((input) => input.startsWith("node_modules/"));
    return { name: `./${basename(path)}`, code: text, foreign };
  });
  return { chunks, packages: packagesIn(metafile) };
};

/** The folders below node_modules of which something is in the output. */
const packagesIn = ({ outputs }: Metafile): readonly string[] => {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
};

/** Names stay readable in our own code, which is what a stack trace in a report is read for. */
const asCommonJs = async ({ name, code, foreign }: Chunk): Promise<Part> => {
  const { code: converted } = await transform(code, {
    format: "cjs",
    platform: "node",
    target: "node24",
    supported: { "dynamic-import": false },
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: foreign,
  });
  return { name, code: converted };
};

/**
 * The engine's code cache of the parts that `args` loads, by line. Run predictably, its bytes depend on nothing
 * but the code and the version of Node.
 */
const recordCaches = (bundle: string, args: readonly string[]): Readonly<Record<string, string>> => {
  const record = `${bundle}.record`;
  const recorder = join(import.meta.dirname, "record-code-cache.cjs");
  execFileSync(process.execPath, ["--predictable", "--require", recorder, bundle, ...args], {
    cwd: ROOT,
    env: { CODE_CACHE_RECORD: record },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const caches = JSON.parse(readFileSync(record, "utf8")) as Record<string, string>;
  rmSync(record);
  return caches;
};

export interface Built {
  readonly program: Program;
  readonly path: string;
  /** Whose licences apply to the bundle: folders of packages, below the root. */
  readonly packages: readonly string[];
}

/** Builds one program, in the directory `workshop` until it is finished. */
const buildProgram = async (program: Program, workshop: string): Promise<Built> => {
  const { entry, swift } = PROGRAMS[program];
  const { chunks, packages } = await chunksOf(entry);
  const parts = await Promise.all(chunks.map(asCommonJs));
  const banner = `// ${program} ${VERSION}, part of hostwright. SPDX-License-Identifier: Apache-2.0`;
  const draft = join(workshop, `${program}.cjs`);
  const { text, lines } = linkBundle(banner, parts, "./main.js", new Map());
  writeFileSync(draft, text, { mode: 0o755 });
  const caches = new Map<string, Buffer>();
  for (const args of swift)
    for (const [line, cache] of Object.entries(recordCaches(draft, args))) {
      const name = lines.get(Number(line)) ?? "";
      if (!caches.has(name)) caches.set(name, Buffer.from(cache, "base64"));
    }
  writeFileSync(draft, linkBundle(banner, parts, "./main.js", caches).text);
  // Renamed into place: a program that starts at this moment must not meet half of a file.
  renameSync(draft, bundlePath(program));
  return { program, path: bundlePath(program), packages };
};

/** Builds all programs. */
export const buildAll = async (): Promise<readonly Built[]> => {
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const workshop = mkdtempSync(join(ROOT, "dist", ".build-"));
  try {
    return await Promise.all(
      (Object.keys(PROGRAMS) as Program[]).map((program) => buildProgram(program, workshop)),
    );
  } finally {
    rmSync(workshop, { recursive: true });
  }
};

if (import.meta.main)
  for (const { path } of await buildAll()) process.stdout.write(`${relative(process.cwd(), path)}\n`);
