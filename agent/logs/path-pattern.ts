import picomatch from "picomatch";

/** A glob over absolute paths, taken apart so that only directories which can hold a match are read. */
export interface PathPattern {
  readonly source: string;
  /** The deepest directory that has no wildcard in it. */
  readonly base: string;
  /** True without any wildcard: the pattern is a path. */
  readonly literal: boolean;
  readonly matches: (path: string) => boolean;
  /** Can files below this directory match? */
  readonly descends: (directory: string) => boolean;
}

export const pathPattern = (source: string): PathPattern => {
  const segments = splitSegments(source);
  const firstWild = segments.findIndex((segment) => isWild(segment));
  const literal = firstWild === -1;
  const baseLength = literal ? segments.length - 1 : firstWild;
  const anyDepth = segments.findIndex((segment) => segment.includes("**"));
  // Braces may hold slashes, `/var/{log,lib/app}/*`: then depth says nothing, and everything below is looked at.
  const bounded = !segments.some((segment) => segment.includes("/"));
  const prefixes = segments.map((_, index) => picomatch(segments.slice(0, index + 1).join("/") || "/"));
  const matches = literal ? (path: string) => path === source : picomatch(source);
  return {
    source,
    literal,
    base: segments.slice(0, baseLength).join("/") || "/",
    matches,
    descends: (directory) => {
      if (!bounded) return true;
      const depth = directory.split("/").length - 1;
      if (anyDepth !== -1 && depth >= anyDepth)
        return anyDepth === 0 || startMatches(prefixes, anyDepth, directory);
      return depth < segments.length - 1 && (prefixes[depth]?.(directory) ?? false);
    },
  };
};

const startMatches = (
  prefixes: readonly ((path: string) => boolean)[],
  depth: number,
  path: string,
): boolean => prefixes[depth - 1]?.(path.split("/").slice(0, depth).join("/")) ?? true;

const isWild = (segment: string): boolean => /[*?[{]/.test(segment);

/** Splits at slashes that stand outside braces and brackets. */
const splitSegments = (source: string): string[] => {
  const segments: string[] = [];
  let nesting = 0;
  let current = "";
  for (const character of source) {
    if (character === "{" || character === "(") nesting++;
    else if (character === "}" || character === ")") nesting--;
    if (character === "/" && nesting === 0) {
      segments.push(current);
      current = "";
    } else current += character;
  }
  segments.push(current);
  return segments;
};
