import { dirname } from "node:path";
import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { filePathFault } from "../../agent/config/glob.ts";
import { pathPattern } from "../../agent/logs/path-pattern.ts";

describe("a pattern taken apart", () => {
  it.each([
    { source: "/var/log/app.log", base: "/var/log", literal: true },
    { source: "/app.log", base: "/", literal: true },
    { source: "/var/log/*.log", base: "/var/log", literal: false },
    { source: "/var/log/**/*.log", base: "/var/log", literal: false },
    { source: "/var/*/app/*.log", base: "/var", literal: false },
    { source: "/*/app.log", base: "/", literal: false },
    { source: "/**", base: "/", literal: false },
    { source: "/var/{log,lib/app}/*.log", base: "/var", literal: false },
    { source: "/var/log/app[12].log", base: "/var/log", literal: false },
    { source: "/var/log/ap?.log", base: "/var/log", literal: false },
    { source: "/var/log (old)/app.log", base: "/var/log (old)", literal: true },
    { source: "/var/log/a+b!c@d.log", base: "/var/log", literal: true },
  ])("$source begins to vary below $base", ({ source, base, literal }) => {
    const pattern = pathPattern(source);
    expect({ base: pattern.base, literal: pattern.literal }).toEqual({ base, literal });
  });

  it("that is a path matches this path alone", () => {
    const { matches } = pathPattern("/var/log/a.b");
    expect(["/var/log/a.b", "/var/log/axb", "/var/log/a.b.1"].map(matches)).toEqual([true, false, false]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ["/l/*.log", [], ["/l/a", "/l/.a"]],
    ["/l/*/x.log", ["/l/a", "/l/b"], ["/l/.a", "/l/a/b"]],
    ["/l/a*/x.log", ["/l/a", "/l/ab"], ["/l/b"]],
    ["/l/**/x.log", ["/l/a", "/l/a/b", "/l/a/b/c"], ["/l/.a"]],
    ["/l/a/**/x.log", ["/l/a/b/c"], []],
    ["/l/*/b/**", ["/l/a", "/l/a/b", "/l/a/b/c"], ["/l/a/c"]],
    ["/l/{a,b}/*.log", ["/l/a", "/l/b"], ["/l/c"]],
    ["/l/.git/*", [], ["/l/.git/a"]],
    ["/l/**/.git/*", ["/l/a", "/l/.git", "/l/a/b/.git"], ["/l/.svn", "/l/.git/a"]],
    ["/**", ["/l", "/l/a"], ["/.l"]],
    ["/**/*.log", ["/l", "/l/a/b"], ["/.l"]],
  ])("%s descends where it may match, and nowhere else", (source, into, past) => {
    const { descends } = pathPattern(source);
    expect(into.filter((directory) => !descends(directory))).toEqual([]);
    expect(past.filter((directory) => descends(directory))).toEqual([]);
  });
});

const name = fc.constantFrom("a", "b", "ab", "a.log", "b.log", ".a", ".a.log", "x-1");
const paths = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join("/")}`);

/** A part of a pattern between two slashes. */
const segment = fc.oneof(
  { weight: 3, arbitrary: name },
  { weight: 3, arbitrary: fc.constantFrom("*", "*.log", "a*", "?", "[ab]", "[!a]*", "a?log", ".*", "*.*") },
  { weight: 2, arbitrary: fc.constantFrom("{a,b}", "{a,b}*", "*.{log,txt}", "{a.log,.a}", "{x-{1,2},b}") },
  { weight: 2, arbitrary: fc.constant("**") },
  { weight: 1, arbitrary: fc.constantFrom("{a/b,b}", "{a,ab/a}*", "{a/*,b}") },
);
const patterns = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((segments) => `/${segments.join("/")}`)
  .filter((source) => filePathFault(source) === undefined);

const ancestors = (path: string): readonly string[] => {
  const above = dirname(path);
  return above === "/" ? [] : [...ancestors(above), above];
};

describe("whatever the pattern", () => {
  it("matches exactly what picomatch matches", () => {
    fc.assert(
      fc.property(patterns, paths, (source, path) => {
        const { literal, matches } = pathPattern(source);
        expect(matches(path)).toBe(literal ? path === source : picomatch(source)(path));
      }),
      { numRuns: 2_000 },
    );
  });

  it("never passes over a directory that holds a match", () => {
    let matched = 0;
    fc.assert(
      fc.property(patterns, paths, (source, path) => {
        const { base, matches, descends, literal } = pathPattern(source);
        // Picomatch has `/a/**` match `/a` too, which is the directory to begin with, not a file in it.
        if (literal || !matches(path) || path === base) return;
        matched++;
        const within = base === "/" ? base : `${base}/`;
        expect(path.startsWith(within)).toBe(true);
        const below = ancestors(path).filter((directory) => directory.startsWith(within));
        expect(below.filter((directory) => !descends(directory))).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
    expect(matched).toBeGreaterThan(300);
  });

  it("looks below no directory that a pattern of fixed depth cannot reach", () => {
    fc.assert(
      fc.property(patterns, paths, (source, path) => {
        fc.pre(!source.includes("**") && !/\{[^}]*\//.test(source));
        const depth = source.split("/").length - 1;
        const { descends } = pathPattern(source);
        if (path.split("/").length - 1 >= depth) expect(descends(path)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});
