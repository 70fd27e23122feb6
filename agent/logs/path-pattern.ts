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
  // Braces may hold slashes, `/var/{log,lib/app}/*`: then depth says nothing, and everything below is looked at.
  const bounded = !segments.some((segment) => segment.includes("/"));
  return {
    source,
    literal,
    base: segments.slice(0, baseLength).join("/") || "/",
    matches: literal ? (path: string) => path === source : picomatch(source),
    descends: bounded ? reachesBelow(segments.slice(1).map(step)) : () => true,
  };
};

/** One segment of a pattern: any number of directories, or one name. */
type Step = "any" | ((name: string) => boolean);

const step = (segment: string): Step => (segment === "**" ? "any" : picomatch(segment));

/**
 * Follows a directory through the steps name by name, on all ways at once: `**` stands for no directory, for one, or
 * for several. A file below can match when a way has not come to its end.
 */
const reachesBelow =
  (steps: readonly Step[]) =>
  (directory: string): boolean => {
    let ways = onward(steps, new Set([0]));
    for (const name of directory.split("/").slice(1)) {
      const next = new Set<number>();
      for (const at of ways) {
        const now = steps[at];
        // Wildcards do not match a dot at the beginning of a name.
        if (now === "any" && !name.startsWith(".")) next.add(at);
        else if (now !== "any" && at < steps.length - 1 && now?.(name)) next.add(at + 1);
      }
      ways = onward(steps, next);
      if (ways.size === 0) return false;
    }
    return true;
  };

/** With what lies behind each `**`, which may stand for nothing. */
const onward = (steps: readonly Step[], ways: Set<number>): ReadonlySet<number> => {
  // What is added while the loop runs is visited too.
  for (const at of ways) if (steps[at] === "any" && at < steps.length - 1) ways.add(at + 1);
  return ways;
};

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
