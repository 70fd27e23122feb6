import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BASE_NAMES,
  baseRequest,
  bootstrapRecipe,
  DEFAULT_BASE,
  osRelease,
} from "../../../provision/rehearse/base.ts";

const nothing = (): boolean => false;

describe("a base", () => {
  it("is one of the names, before any file of that name", () => {
    for (const name of BASE_NAMES) expect(baseRequest(name, () => true).kind).not.toBe("given");
    expect(baseRequest(DEFAULT_BASE, nothing)).toMatchObject({
      kind: "bootstrapped",
      of: { suite: "bookworm" },
    });
    expect(baseRequest("al2023", nothing)).toEqual({
      kind: "known",
      name: "al2023",
      id: "amzn",
      version: "2023",
    });
  });

  it("is a path where something is", () => {
    expect(baseRequest("./root.tar", (path) => path === "./root.tar")).toEqual({
      kind: "given",
      path: "./root.tar",
    });
  });

  it.each([
    ["debian12", "debian-12"],
    ["ubuntu-2404", "ubuntu-24.04"],
    ["al2032", "al2023"],
  ])("with a slip of the finger is asked back: %s", (text, meant) => {
    expect(() => baseRequest(text, nothing)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(`Did you mean ${meant}?`) }),
    );
  });

  it("that is nothing names all that there are", () => {
    for (const text of ["windows", "", "constructor"])
      expect(() => baseRequest(text, nothing)).toThrow(BASE_NAMES.join(", "));
  });

  it("is another one with other packages or another suite", () => {
    const recipes = ["debian-12", "debian-13", "ubuntu-24.04"].map((name) => {
      const request = baseRequest(name, nothing);
      return request.kind === "bootstrapped" ? bootstrapRecipe(request.of) : "";
    });
    expect(new Set(recipes).size).toBe(3);
    for (const recipe of recipes) expect(recipe.split("\n")).toContain("cloud-init");
  });
});

describe("/etc/os-release", () => {
  it("has values with either quotes or none", () => {
    expect(
      osRelease(
        `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n# ID=other\nVERSION_ID='12'\nHOME_URL="https://www.debian.org/"\nANSI_COLOR=""\n`,
      ),
    ).toEqual({
      PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)",
      ID: "debian",
      VERSION_ID: "12",
      HOME_URL: "https://www.debian.org/",
      ANSI_COLOR: "",
    });
  });

  it("is read without throwing, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("A", "=", '"', "'", "\n", " ", "_") }), (text) => {
        for (const value of Object.values(osRelease(text))) expect(value).not.toContain("\n");
      }),
    );
    expect(osRelease("")).toEqual({});
  });

  it("keeps what was written, with either quotes", () => {
    const value = fc.string({ unit: fc.constantFrom("a", " ", "=", "/", "(") });
    fc.assert(
      fc.property(value, fc.constantFrom('"', "'"), (text, quote) => {
        expect(osRelease(`A=b\nNAME=${quote}${text}${quote}\nID=c`)).toEqual({ A: "b", NAME: text, ID: "c" });
      }),
    );
  });
});
