import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { excludeFault, filePathFault, isCompressed, isGlob, selector } from "../../agent/config/glob.ts";
import { pathPattern } from "../../agent/logs/path-pattern.ts";

describe("isGlob", () => {
  it.each(["/var/log/*.log", "/a?", "/[ab]", "/{a,b}", "/a\\*"])("%s is a pattern", (path) => {
    expect(isGlob(path)).toBe(true);
  });

  it.each(["/var/log/messages", "/a(1).log", "/a+b", "/!x", "/a]b}", "/größe 漢字", "/srv/a\\x2db"])(
    "%s is a path",
    (path) => {
      expect(isGlob(path)).toBe(false);
    },
  );
});

describe("filePathFault", () => {
  it.each([
    "/var/log/messages",
    "/a",
    "/var/log/with space.log",
    "/var/log/a}b]c",
    "/var/log/*.log",
    "/var/log/**",
    "/var/log/**/*.log",
    "/**/*.log",
    "/var/log/[a-z]?.log",
    "/var/log/[]a].log",
    "/var/log/[!]a].log",
    "/var/log/[^]].log",
    "/var/log/[[:alpha:]].log",
    "/var/{log,lib/app}/*.{log,out}",
    "/var/log/{a,{b,c}}.log",
    "/var/log/app-{1..9}.log",
    "/var/log/\\[x\\].log",
    "/var/log/\\{x\\}.log",
    "/var/log/...",
    "/var/log/.hidden",
    "/srv/a..b/c",
    `/${"x".repeat(4_095)}`,
  ])("takes %s", (path) => {
    expect(filePathFault(path)).toBeUndefined();
  });

  it.each([
    ["", "must not be empty"],
    ["var/log/a", "must be an absolute path"],
    ["./a", "must be an absolute path"],
    ["~/a", 'must be an absolute path; "~" is not expanded'],
    ["C:\\logs\\a", "must be an absolute path"],
    ["*.log", "must be an absolute path"],
    ["/var/log/", "names a directory, not files"],
    ["/", "names a directory, not files"],
    ["/var//log", 'must not hold "//"'],
    ["/var/./log", 'must not hold "." or ".." as a part'],
    ["/var/log/..", 'must not hold "." or ".." as a part'],
    ["/a\0b", "a path cannot hold a NUL character"],
    [`/${"x".repeat(4_096)}`, "is 4097 characters long; a path has at most 4096"],
    ["/a/[b", 'bad glob: "[" at character 4 has no "]"'],
    ["/a/[]", 'bad glob: "[" at character 4 has no "]"'],
    ["/a/[b/c]", 'bad glob: "[" at character 4 has no "]"'],
    ["/a/{b", 'bad glob: "{" at character 4 has no "}"'],
    ["/a/{b,{c}", 'bad glob: "{c}" holds no comma'],
    ["/a/{b,{c,d}", 'bad glob: "{" at character 4 has no "}"'],
    ["/a/*b}", 'bad glob: "}" at character 6 has no "{"'],
    ["/a/*.{log}", 'bad glob: "{log}" holds no comma'],
    ["/a/{}", 'bad glob: "{}" holds no comma'],
    ["/a/{instance_id}.log", "placeholders are not filled in here: {instance_id}"],
    ["/a/*b\\", "bad glob: it ends in a backslash that escapes nothing"],
    ["/a/[z-a]", "bad glob: range out of order in character class"],
    ["/a/**.log", 'bad glob: "**" must stand alone between slashes to mean any number of directories'],
    ["/a/b**", 'bad glob: "**" must stand alone between slashes to mean any number of directories'],
    ["/a/***/b", 'bad glob: "**" must stand alone between slashes to mean any number of directories'],
  ])("refuses %j", (path, message) => {
    expect(filePathFault(path)?.message).toBe(message);
  });

  it.each([
    ["var/log/a", 'did you mean "/var/log/a"?'],
    ["././a", 'did you mean "/a"?'],
    ["~/a", "write the home directory out"],
    ["C:\\logs\\a", "Windows is not supported"],
    ["/var/log/", 'did you mean "/var/log/*"?'],
    ["/var///log//a", 'did you mean "/var/log/a"?'],
    ["/a/**.log", 'did you mean "/a/**/*.log"?'],
    ["/a/**$&.log", 'did you mean "/a/**/*$&.log"?'],
    ["/a/**.log/b", 'did you mean "/a/**/*.log/b"?'],
    ["/a/b**", undefined],
    ["/a/[b", 'write "\\[" for a plain bracket'],
    ["/a/{b", 'write "\\{" for a plain brace'],
    ["/a/{b}", 'write {a,b} for two alternatives, or "\\{" for a plain brace'],
    ["/a/{hostname}", "use * in its place"],
  ])("tells what to do about %j", (path, hint) => {
    expect(filePathFault(path)?.hint).toBe(hint);
  });

  it("takes no pattern that the library could not compile, and never throws", () => {
    const piece = fc.constantFrom(
      "a",
      "-",
      "z",
      "*",
      "?",
      "[",
      "]",
      "{",
      "}",
      "\\",
      ",",
      "!",
      "^",
      "(",
      ")",
      "|",
      "/",
      "@",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = `/${pieces.join("")}`;
        if (filePathFault(path) !== undefined || !isGlob(path)) return;
        expect(() => picomatch.makeRe(path, { debug: true })).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("excludeFault", () => {
  it.each([
    "*.gz",
    "debug",
    "?",
    "[0-9]*",
    "*.{gz,zip}",
    "/var/log/a",
    "/var/**/b",
    "**/c/*",
    "{/a,/b}/*",
    "!(a|b)",
    "\\!x",
    "**",
  ])("takes %s", (pattern) => {
    expect(excludeFault(pattern)).toBeUndefined();
  });

  it.each([
    ["", "must not be empty", undefined],
    ["a\0", "a path cannot hold a NUL character", undefined],
    ["x".repeat(5_000), "is 5000 characters long; a path has at most 4096", undefined],
    [
      "!*.log",
      'must not begin with "!": every pattern here leaves files out',
      'write "\\!" for a plain exclamation mark',
    ],
    ["nginx/*", /can match nothing$/, 'did you mean "**/nginx/*"?'],
    ["./nginx/*", /can match nothing$/, 'did you mean "**/nginx/*"?'],
    ["*/a", /can match nothing$/, 'did you mean "**/*/a"?'],
    ["[", /has no "\]"$/, 'write "\\[" for a plain bracket'],
    ["{hostname}*", /^placeholders are not filled in here/, "use * in its place"],
    ["[z-a]", /out of order/, undefined],
    ["/var/**.gz", /must stand alone/, 'did you mean "/var/**/*.gz"?'],
  ])("refuses %j", (pattern, message, hint) => {
    const fault = excludeFault(pattern);
    expect(fault?.message).toMatch(message);
    expect(fault?.hint).toBe(hint);
  });
});

describe("isCompressed", () => {
  it.each(["/a.gz", "/a.log.zst", "/a.bz2", "/a.xz", "/a.zip", "/a.tar", "/a.rar", "/*.gz"])(
    "%s is",
    (path) => {
      expect(isCompressed(path)).toBe(true);
    },
  );

  it.each(["/a", "/gz", "/a.gz.log", "/a.gzip", "/a.GZ"])("%s is not", (path) => {
    expect(isCompressed(path)).toBe(false);
  });
});

describe("selector", () => {
  it.each([
    ["/var/log/a", [], "/var/log/a", true],
    ["/var/log/a", [], "/var/log/b", false],
    ["/var/log/a(1)", [], "/var/log/a1", false],
    ["/var/log/a\\x2db", [], "/var/log/a\\x2db", true],
    ["/var/log/*a\\[x]", [], "/var/log/a[x]", true],
    ["/var/log/*", [], "/var/log/a", true],
    ["/var/log/*", [], "/var/log/.a", false],
    ["/var/log/.*", [], "/var/log/.a", true],
    ["/var/log/*", [], "/var/log/x/a", false],
    ["/var/log/**", [], "/var/log/x/a", true],
    ["/var/log/*", [], "/var/log/a.gz", false],
    ["/var/log/*.gz", [], "/var/log/a.gz", true],
    ["/var/log/a.gz", [], "/var/log/a.gz", true],
    ["/var/log/**", ["*.tmp"], "/var/log/x/a.tmp", false],
    ["/var/log/**", ["a"], "/var/log/a/b", true],
    ["/var/log/**", ["/var/log/x/*"], "/var/log/x/a", false],
    ["/var/log/**", ["**/x/**"], "/var/log/x/y/a", false],
    ["/var/log/.*", ["*a"], "/var/log/.a", false],
  ] as const)("%s without %j on %s: %s", (pattern, exclude, path, taken) => {
    expect(selector(pattern, exclude)(path)).toBe(taken);
  });

  it("agrees with what the agent ships, for every glob that the check takes", () => {
    const piece = fc.constantFrom(
      "a",
      "b",
      ".",
      "*",
      "?",
      "[ab]",
      "{a,b}",
      "/",
      "/**/",
      "\\",
      "(",
      ")",
      "+",
      "!",
      "@",
      "]",
    );
    const patterns = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => `/x${pieces.join("")}`);
    const names = fc.array(fc.constantFrom("a", "b", ".", "/", "(", ")", "+", "\\"), {
      minLength: 1,
      maxLength: 5,
    });
    const paths = fc.array(
      names.map((parts) => `/x${parts.join("")}`),
      { minLength: 1, maxLength: 10 },
    );
    fc.assert(
      fc.property(patterns, paths, (pattern, some) => {
        fc.pre(filePathFault(pattern) === undefined && (isGlob(pattern) || /^[\w./]+$/.test(pattern)));
        const taken = selector(pattern, []);
        const shipped = pathPattern(pattern);
        for (const path of [...some, pattern])
          expect(taken(path), `${pattern} on ${path}`).toBe(shipped.matches(path));
      }),
      { numRuns: 3_000 },
    );
  });
});
