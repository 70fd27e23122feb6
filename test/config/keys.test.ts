import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { allKeys } from "../../agent/config/keys.ts";
import { keyDocs } from "../../agent/config/schema.ts";

describe("allKeys", () => {
  it("lists every key once, outer ones first", () => {
    const paths = allKeys().map(({ path }) => path);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths.indexOf("logs")).toBeLessThan(paths.indexOf("logs.files"));
    expect(paths.indexOf("logs.files")).toBeLessThan(paths.indexOf("logs.files[].file_path"));
  });

  it("knows where a key belongs and what stands in for it", () => {
    expect(allKeys().find(({ path }) => path === "logs.files[].from_beginning")).toMatchObject({
      name: "from_beginning",
      parent: "logs.files[]",
      default: true,
    });
    expect(allKeys().find(({ path }) => path === "region")).toMatchObject({ parent: "", default: undefined });
  });

  it("writes every key in snake_case", () => {
    for (const { name } of allKeys()) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it("takes off what stands around a type", () => {
    const text = z.optional(z._default(z.string(), "x"));
    keyDocs.add(text, { description: "A text." });
    const [key] = allKeys(z.strictObject({ text }));
    expect((key?.type as z.ZodMiniType | undefined)?.def.type).toBe("string");
  });

  it("does not allow a key that nobody has documented", () => {
    expect(() => allKeys(z.strictObject({ a: z.string() }))).toThrow("the schema has no documentation for a");
  });
});
