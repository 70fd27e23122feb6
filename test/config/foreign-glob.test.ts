import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { nativeGlob } from "../../agent/config/foreign-glob.ts";
import { filePathFault } from "../../agent/config/glob.ts";

/** How the CloudWatch agent reads a pattern with `**`: any characters, slashes too. */
const foreign = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replace(/\*\*|\*|\?|\./g, (wild) => ({ "**": ".*", "*": "[^/]*", "?": "[^/]" })[wild] ?? "\\.")}$`,
    "s",
  );

describe("nativeGlob", () => {
  it.each([
    ["/var/log/messages", "/var/log/messages"],
    ["/var/log/*.log", "/var/log/*.log"],
    ["/var/log/**", "/var/log/**"],
    ["/var/log/**/a.log", "/var/log/**/a.log"],
    ["/var/log/**.log", "/var/log/**/*.log"],
    ["/var/log/***", "/var/log/**"],
    ["/var/log/app**", "/var/log/app{*,*/**/*}"],
    ["/var/log/app**.log", "/var/log/app{*,*/**/*}.log"],
    ["/var/app**/a.log", "/var/app*/**/a.log"],
    ["/var/**app/a.log", "/var/**/*app/a.log"],
    ["/var/log/a\\**", "/var/log/a\\**"],
    ["relative", "relative"],
    ["", ""],
  ])("%s becomes %s", (pattern, native) => {
    expect(nativeGlob(pattern)).toBe(native);
  });

  const part = fc
    .array(fc.constantFrom("a", "b", ".l", "*", "**", "?"), { minLength: 1, maxLength: 3 })
    .map((pieces) => pieces.join(""))
    // Three stars in a row mean nothing in particular, and a wildcard never meets a dot at the beginning here.
    .filter((text) => !text.includes("***") && !/^[.*?]*\./.test(text));
  const patterns = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `/x/${parts.join("/")}`);
  const name = fc
    .tuple(fc.constantFrom("a", "b"), fc.constantFrom("", "a", "b", ".l", "ab.l", "b.l"))
    .map((two) => two.join(""));
  const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => `/x/${parts.join("/")}`);

  it("matches all that the CloudWatch agent matches", () => {
    fc.assert(
      fc.property(patterns, fc.array(paths, { minLength: 1, maxLength: 10 }), (pattern, some) => {
        const native = picomatch(nativeGlob(pattern));
        for (const path of some)
          if (foreign(pattern).test(path)) expect(native(path), `${pattern} on ${path}`).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it("matches nothing else, but for ** that stands alone and here may be no directory at all", () => {
    fc.assert(
      fc.property(patterns, fc.array(paths, { minLength: 1, maxLength: 10 }), (pattern, some) => {
        fc.pre(!/\/\*\*(\/|$)/.test(pattern));
        const native = picomatch(nativeGlob(pattern));
        for (const path of some)
          expect(native(path), `${pattern} on ${path}`).toBe(foreign(pattern).test(path));
      }),
      { numRuns: 3_000 },
    );
  });

  it("gives a pattern that the check accepts", () => {
    fc.assert(
      fc.property(patterns, (pattern) => {
        expect(filePathFault(nativeGlob(pattern))).toBeUndefined();
      }),
    );
  });
});
