import { posix } from "node:path";
import picomatch from "picomatch";
import type { Fault } from "./fault.ts";
import { isPlaceholder } from "./placeholders.ts";

/** Longest path that Linux takes, in bytes, and longer than any sensible pattern. */
const PATH_BYTES = 4_096;

/**
 * True when a path is a pattern: it holds `*`, `?`, `[` or `{`, escaped or not. Everything else names one file and
 * is compared as it is, backslashes too: systemd writes them into names.
 */
export const isGlob = (path: string): boolean => /[*?[{]/.test(path);

/** End of a bracket expression that opens at `open`, or -1. A `]` in first place stands for itself. */
const bracketEnd = (pattern: string, open: number): number => {
  let first = open + 1;
  if (pattern[first] === "!" || pattern[first] === "^") first += 1;
  const end = pattern.indexOf("]", first + 1);
  const slash = pattern.indexOf("/", open);
  return end === -1 || (slash !== -1 && slash < end) ? -1 : end;
};

/** Braces that hold no alternatives stand for themselves, which nobody means who writes them. */
const emptyBraces = (inside: string): Fault | undefined => {
  if (isPlaceholder(inside))
    return { message: `placeholders are not filled in here: {${inside}}`, hint: "use * in its place" };
  if (inside.includes(",") || inside.includes("..")) return undefined;
  return {
    message: `bad glob: "{${inside}}" holds no comma`,
    hint: 'write {a,b} for two alternatives, or "\\{" for a plain brace',
  };
};

/** What is unbalanced in a glob: a bracket or brace without its partner, or a backslash at the end. */
const unbalanced = (pattern: string): Fault | undefined => {
  const braces: number[] = [];
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i];
    if (char === "\\") {
      i += 1;
      if (i === pattern.length) return { message: "bad glob: it ends in a backslash that escapes nothing" };
    } else if (char === "[") {
      const end = bracketEnd(pattern, i);
      if (end === -1)
        return {
          message: `bad glob: "[" at character ${i + 1} has no "]"`,
          hint: 'write "\\[" for a plain bracket',
        };
      i = end;
    } else if (char === "{") braces.push(i);
    else if (char === "}") {
      const open = braces.pop();
      if (open === undefined)
        return {
          message: `bad glob: "}" at character ${i + 1} has no "{"`,
          hint: 'write "\\}" for a plain brace',
        };
      const empty = emptyBraces(pattern.slice(open + 1, i));
      if (empty !== undefined) return empty;
    }
  }
  const open = braces.pop();
  if (open === undefined) return undefined;
  return {
    message: `bad glob: "{" at character ${open + 1} has no "}"`,
    hint: 'write "\\{" for a plain brace',
  };
};

/** `**` crosses directories only where it stands alone; elsewhere it would silently be a mere `*`. */
const gluedStars = (pattern: string): Fault | undefined => {
  const glued = pattern.split("/").find((part) => part.includes("**") && part !== "**");
  if (glued === undefined) return undefined;
  const meant = glued.replace(/^\*{2,}(?=[^*{}])/, "**/*");
  const hint = meant === glued ? undefined : `did you mean "${pattern.replace(glued, () => meant)}"?`;
  const message = 'bad glob: "**" must stand alone between slashes to mean any number of directories';
  return hint === undefined ? { message } : { message, hint };
};

/** The compiler of globs takes a range that runs backwards for a pattern that matches nothing. */
const uncompilable = (pattern: string): Fault | undefined => {
  try {
    picomatch.makeRe(pattern, { debug: true });
    return undefined;
  } catch (error) {
    const reason = (error as Error).message.replace(/^.*: /s, "");
    return { message: `bad glob: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}` };
  }
};

const globFault = (pattern: string): Fault | undefined => unbalanced(pattern) ?? uncompilable(pattern);

/** What no path and no pattern may be. */
const unusable = (path: string): Fault | undefined => {
  if (path === "") return { message: "must not be empty" };
  if (path.includes("\0")) return { message: "a path cannot hold a NUL character" };
  return path.length > PATH_BYTES
    ? { message: `is ${path.length} characters long; a path has at most ${PATH_BYTES}` }
    : undefined;
};

const relativeFault = (path: string): Fault => {
  if (path.startsWith("~"))
    return { message: 'must be an absolute path; "~" is not expanded', hint: "write the home directory out" };
  const message = "must be an absolute path";
  if (/^[A-Za-z]:\\/.test(path)) return { message, hint: "Windows is not supported" };
  return { message, hint: `did you mean "/${path.replace(/^(\.\/)+/, "")}"?` };
};

/** What is wrong with `file_path`: it must be absolute, free of `.` and `..`, and balanced when it is a glob. */
export const filePathFault = (path: string): Fault | undefined => {
  const fault = unusable(path);
  if (fault !== undefined) return fault;
  if (!path.startsWith("/")) return relativeFault(path);
  if (path.endsWith("/"))
    return { message: "names a directory, not files", hint: `did you mean "${path}*"?` };
  const parts = path.slice(1).split("/");
  if (parts.includes(""))
    return { message: 'must not hold "//"', hint: `did you mean "${path.replace(/\/+/g, "/")}"?` };
  if (parts.includes(".") || parts.includes("..")) return { message: 'must not hold "." or ".." as a part' };
  return isGlob(path) ? (globFault(path) ?? gluedStars(path)) : undefined;
};

/** What is wrong with a pattern of `exclude`: without a slash it matches base names, else whole absolute paths. */
export const excludeFault = (pattern: string): Fault | undefined => {
  const fault = unusable(pattern);
  if (fault !== undefined) return fault;
  if (/^!(?!\()/.test(pattern))
    return {
      message: 'must not begin with "!": every pattern here leaves files out',
      hint: 'write "\\!" for a plain exclamation mark',
    };
  if (!pattern.includes("/")) return globFault(pattern);
  if (!/^(\/|\*\*\/|\{\/)/.test(pattern))
    return {
      message: "a pattern with a slash is compared with the whole path, so this one can match nothing",
      hint: `did you mean "**/${pattern.replace(/^(\.\/)+/, "")}"?`,
    };
  return globFault(pattern) ?? gluedStars(pattern);
};

/** Names that are skipped unless the pattern itself ends in such an extension. */
const COMPRESSED = /\.(gz|zst|bz2|xz|zip|tar|rar)$/;

export const isCompressed = (path: string): boolean => COMPRESSED.test(path);

/** Whether a pattern takes a path for one of its files, as far as the names tell. */
export const selector = (pattern: string, exclude: readonly string[]): ((path: string) => boolean) => {
  const matches = isGlob(pattern) ? picomatch(pattern) : (path: string) => path === pattern;
  const left = exclude.map((glob) => ({
    whole: glob.includes("/"),
    matches: picomatch(glob, { dot: true }),
  }));
  return (path) =>
    matches(path) &&
    (isCompressed(pattern) || !isCompressed(path)) &&
    !left.some((glob) => glob.matches(glob.whole ? path : posix.basename(path)));
};
