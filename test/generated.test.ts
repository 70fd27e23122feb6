import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GENERATED, stale } from "../.ci/generate.ts";

const ROOT = join(import.meta.dirname, "..");

describe("generated files", () => {
  it("are what the sources give now; if not, run `npm run generate` and commit the result", async () => {
    const files = await stale();
    expect(files.map(({ path }) => path)).toEqual([]);
  });

  it("are all known to the generator: whatever says that it is generated there is in its list", () => {
    const known = GENERATED.map(({ path }) => path);
    const pages = globSync("docs/**/*.md", { cwd: ROOT }).filter((path) =>
      /<!-- Generated from .* `npm run generate`/.test(readFileSync(join(ROOT, path), "utf8")),
    );
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.filter((path) => !known.includes(path))).toEqual([]);
    expect(known).toContain("templates/agent-config.schema.json");
  });
});
