import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AppError, ERRORS, type ErrorCode, EXIT } from "../../agent/base/errors.ts";

const ROOT = join(import.meta.dirname, "../..");
const manual = readFileSync(join(ROOT, "docs/reference/errors.md"), "utf8");

/** What the manual says about each code: its heading, its text, its exit status. */
const sections = new Map(
  [...manual.matchAll(/^### (\S+)\n\n(.+)\n\nExit status: (\d+)$/gm)].map(([, code = "", text, exit]) => [
    code,
    { text, exit: Number(exit) },
  ]),
);

const codes = Object.keys(ERRORS) as ErrorCode[];

/** Everything but the table itself, without comments: prose may name a code that nothing throws. */
const sources = globSync(["agent/**/*.ts", "provision/**/*.ts"], { cwd: ROOT })
  .filter((file) => file !== "agent/base/errors.ts")
  .map((file) => readFileSync(join(ROOT, file), "utf8"))
  .map((text) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, ""));

describe("the table of errors", () => {
  it("and the manual list the same codes", () => {
    expect([...sections.keys()].toSorted()).toEqual(codes.toSorted());
    expect(manual.match(/^### /gm)).toHaveLength(codes.length);
  });

  it.each(codes)(
    "%s stands in the manual with its exit status, what happened and what to do next",
    (code) => {
      const { exit, what, next } = ERRORS[code];
      expect(sections.get(code)).toEqual({ text: `${what} ${next}`, exit });
    },
  );

  it.each(codes)("%s is used", (code) => {
    const uses = new RegExp(`(["'\`]|ERRORS\\.)${code}\\b`);
    expect(sources.some((text) => uses.test(text))).toBe(true);
  });

  it("has every code that is thrown", () => {
    const thrown = sources.flatMap((text) => [...text.matchAll(/new AppError\(\s*"([^"]+)"/g)]);
    expect(thrown.length).toBeGreaterThan(5);
    expect(thrown.map(([, code]) => code).filter((code) => !codes.includes(code as ErrorCode))).toEqual([]);
  });

  it.each(codes)("%s says what happened and what to do in whole sentences", (code) => {
    const { what, next } = ERRORS[code];
    for (const text of [what, next]) expect(text).toMatch(/^[A-Z][^\n]*[^.]\.$/);
    expect(next).not.toBe(what);
  });
});

describe("the exit statuses", () => {
  it("are distinct, and each stands in the manual", () => {
    const listed = [...manual.matchAll(/^\| (\d+) +\| \S/gm)].map(([, status]) => Number(status));
    expect(listed.toSorted((a, b) => a - b)).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
    expect(new Set(listed).size).toBe(listed.length);
  });

  it("are those that every error ends with", () => {
    for (const { exit } of Object.values(ERRORS)) expect(Object.values(EXIT)).toContain(exit);
  });
});

describe("AppError", () => {
  it.each(codes)("%s carries its exit status and what to do next", (code) => {
    const cause = new Error("cause");
    const error = new AppError(code, "Particulars.", { cause });
    expect(error).toMatchObject({ name: "AppError", code, message: "Particulars.", cause });
    expect(error.exit).toBe(ERRORS[code].exit);
    expect(error.next).toBe(ERRORS[code].next);
    expect(error).toBeInstanceOf(Error);
  });
});
