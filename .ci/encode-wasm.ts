import { readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCE = "encode.ts";
const FOLDER = join(import.meta.dirname, "..", "agent", "logs", "wasm");

const OPTIONS = [
  "-O3",
  "--enable",
  "simd",
  // The encoder makes the memory, with room for the files it reads into; the code allocates nothing.
  "--importMemory",
  "--initialMemory",
  "1",
  "--runtime",
  "stub",
  // No import of env.abort: nothing in the code can throw.
  "--use",
  "abort=",
] as const;

/** agent/logs/wasm/encode.ts, compiled: the same source and compiler give the same bytes. */
export const encodeWasm = async (): Promise<string> => {
  const { main } = await import("assemblyscript/asc");
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main([SOURCE, "--outFile", "encode.wasm", ...OPTIONS], {
    readFile: (name) => (name === SOURCE ? readFileSync(join(FOLDER, SOURCE), "utf8") : null),
    writeFile: (_, contents) => {
      if (contents instanceof Uint8Array) wasm = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined)
    throw new Error(`${SOURCE}: ${error?.message ?? "no output"}\n${stderr.toString()}`);
  return `// Compiled from wasm/encode.ts by \`npm run generate\`. Do not edit.
export const ENCODE_WASM =
  "${Buffer.from(wasm).toString("base64")}";
`;
};
