import type { Fault } from "./fault.ts";

/**
 * True when a path is a pattern: it holds `*`, `?`, `[`, `{` or a backslash. Everything else names one file and is
 * compared as it is.
 */
export const isGlob = (path: string): boolean => /[*?[{\\]/.test(path);

/** End of a bracket expression that opens at `open`, or -1. A `]` in first place stands for itself. */
const bracketEnd = (pattern: string, open: number): number => {
  let first = open + 1;
  if (pattern[first] === "!" || pattern[first] === "^") first += 1;
  const end = pattern.indexOf("]", first + 1);
  const slash = pattern.indexOf("/", open);
  return end === -1 || (slash !== -1 && slash < end) ? -1 : end;
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
    else if (char === "}" && braces.pop() === undefined)
      return {
        message: `bad glob: "}" at character ${i + 1} has no "{"`,
        hint: 'write "\\}" for a plain brace',
      };
  }
  const open = braces.pop();
  if (open === undefined) return undefined;
  return {
    message: `bad glob: "{" at character ${open + 1} has no "}"`,
    hint: 'write "\\{" for a plain brace',
  };
};

/** What is wrong with `file_path`: it must be absolute, free of `.` and `..`, and balanced when it is a glob. */
export const filePathFault = (path: string): Fault | undefined => {
  if (path.includes("\0")) return { message: "a path cannot hold a NUL character" };
  if (!path.startsWith("/"))
    return path.startsWith("~")
      ? { message: 'must be an absolute path; "~" is not expanded', hint: "write the home directory out" }
      : { message: "must be an absolute path", hint: `did you mean "/${path.replace(/^(\.\/)+/, "")}"?` };
  if (path.endsWith("/"))
    return { message: "names a directory, not files", hint: `did you mean "${path}*"?` };
  const parts = path.slice(1).split("/");
  if (parts.includes(""))
    return { message: 'must not hold "//"', hint: `did you mean "${path.replace(/\/+/g, "/")}"?` };
  if (parts.includes(".") || parts.includes("..")) return { message: 'must not hold "." or ".." as a part' };
  return isGlob(path) ? unbalanced(path) : undefined;
};

/** What is wrong with a pattern of `exclude`: without a slash it matches base names, else whole absolute paths. */
export const excludeFault = (pattern: string): Fault | undefined => {
  if (pattern.includes("/") && !pattern.startsWith("/") && !pattern.startsWith("**/"))
    return {
      message: "a pattern with a slash is compared with the whole path, so this one can match nothing",
      hint: `did you mean "**/${pattern}"?`,
    };
  return unbalanced(pattern);
};
