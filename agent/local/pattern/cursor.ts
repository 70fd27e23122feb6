import { invalidParameter } from "../service-error.ts";

/** A place in a filter pattern that moves forward as parts of it are understood. */
export interface Cursor {
  /** Skips spaces, then takes the text if it stands there. */
  readonly take: (text: string) => boolean;
  /** Skips spaces, then takes what a sticky expression matches there; gives its groups. */
  readonly match: (expression: RegExp) => readonly (string | undefined)[] | undefined;
  /** Like `match`, without skipping spaces first. */
  readonly here: (expression: RegExp) => readonly (string | undefined)[] | undefined;
  readonly done: () => boolean;
  /** Throws ServiceError with the place that was not understood. */
  readonly fail: (expected: string) => never;
}

export const createCursor = (text: string): Cursor => {
  let at = 0;
  const skipSpace = () => {
    while (/\s/.test(text.charAt(at))) at += 1;
  };
  const here: Cursor["here"] = (expression) => {
    const sticky = new RegExp(expression.source, "yu");
    sticky.lastIndex = at;
    const found = sticky.exec(text);
    if (found === null) return undefined;
    at = sticky.lastIndex;
    return found;
  };
  return {
    here,
    take: (wanted) => {
      skipSpace();
      if (!text.startsWith(wanted, at)) return false;
      at += wanted.length;
      return true;
    },
    match: (expression) => {
      skipSpace();
      return here(expression);
    },
    done: () => {
      skipSpace();
      return at === text.length;
    },
    fail: (expected) => {
      const rest = at === text.length ? "the end" : `'${text.slice(at, at + 20)}'`;
      throw invalidParameter(
        `Invalid filter pattern: expected ${expected} at character ${at + 1}, found ${rest}.`,
      );
    },
  };
};
