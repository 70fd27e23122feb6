import type { Command } from "../../lint/commands.ts";

/** What a text with variables in it can come to. */
export interface Possible {
  readonly texts: readonly string[];
  /** Whether it can be nothing else. */
  readonly complete: boolean;
}

export interface Variables {
  /** All that a text may be when its variables are put in. */
  readonly expand: (text: string) => Possible;
}

/** The part of a script that variables are looked for in. */
export interface ShellText {
  readonly text: string;
  readonly commands: readonly Command[];
}

/** More readings of one word than that are not looked at. */
const MOST_TEXTS = 64;
/** Variables that stand for variables, and so on, could otherwise take for ever. */
const MOST_STEPS = 10_000;
const MOST_DEPTH = 8;

const NOTHING: Possible = { texts: [], complete: false };

const ASSIGNMENT = /^([A-Za-z_]\w*)\+?=(.*)$/s;
const ARRAY = /(?<![\w$])([A-Za-z_]\w*)\+?=\(([^()$`]*)\)/g;
const DECLARES = /^(readonly|export|local|declare|typeset)$/;
/** Give variables values that a script does not say. */
const READS = /^(read|mapfile|readarray|getopts)$/;
const REFERENCES = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:\[[@*]\]|:?[-=]([^{}$`]*))?\})/g;

type Given = readonly (readonly [name: string, value: string])[];

/** A variable in a loop has each of the words, one after the other. */
const loopOver = ({ name, args }: Command): Given =>
  name === "for" && args[1] === "in" ? args.slice(2).map((value) => [args[0] ?? "", value]) : [];

const declared = ({ name, args }: Command): Given =>
  DECLARES.test(name)
    ? args.flatMap((arg): Given => {
        const [, variable, value = ""] = ASSIGNMENT.exec(arg) ?? [];
        return variable === undefined ? [] : [[variable, value]];
      })
    : [];

const arrays = (text: string): Given =>
  [...text.matchAll(ARRAY)].map(([, name = "", items = ""]) => [
    name,
    items.replace(/(^|\s)#.*/g, " ").replace(/['"\\]/g, ""),
  ]);

/**
 * The variables of scripts that run in one shell, with every value that one is ever given in them: which of them it has
 * at some line is for a shell to say, and here too many do no harm. Pure; never throws.
 */
export const variablesIn = (scripts: readonly ShellText[]): Variables => {
  const values = new Map<string, string[]>();
  const open = new Set<string>();
  const give = (given: Given): void => {
    for (const [name, value] of given) values.set(name, [...(values.get(name) ?? []), value]);
  };
  for (const { text, commands } of scripts) {
    give(arrays(text));
    for (const command of commands) {
      give([...command.assigned, ...declared(command), ...loopOver(command)]);
      if (READS.test(command.name)) for (const arg of command.args) open.add(arg);
    }
  }

  let steps = 0;
  const valuesOf = (name: string, fallback: string | undefined, outer: readonly string[]): Possible => {
    // `A="$A more"`: what it was before is among its other values.
    if (outer.includes(name))
      return { texts: fallback === undefined ? [""] : ["", fallback], complete: true };
    const found = (values.get(name) ?? []).map((value) => expand(value, [...outer, name]));
    if (fallback !== undefined) found.push({ texts: [fallback], complete: true });
    return {
      texts: found.flatMap(({ texts }) => texts),
      complete: found.length > 0 && !open.has(name) && found.every(({ complete }) => complete),
    };
  };

  const expand = (text: string, outer: readonly string[]): Possible => {
    steps += 1;
    if (outer.length > MOST_DEPTH || steps > MOST_STEPS) return NOTHING;
    let texts: readonly string[] = [""];
    let complete = true;
    let from = 0;
    const append = (more: Possible): void => {
      const all = texts.flatMap((start) => more.texts.map((end) => `${start}${end}`));
      texts = all.slice(0, MOST_TEXTS);
      complete &&= more.complete && all.length <= MOST_TEXTS;
    };
    const literal = (piece: string): Possible =>
      /[$`]/.test(piece) ? NOTHING : { texts: [piece], complete: true };
    for (const { 0: reference, 1: plain, 2: braced, 3: fallback, index } of text.matchAll(REFERENCES)) {
      append(literal(text.slice(from, index)));
      append(valuesOf(plain ?? braced ?? "", fallback, outer));
      from = index + reference.length;
    }
    append(literal(text.slice(from)));
    return { texts, complete };
  };

  return {
    expand: (text) => {
      steps = 0;
      return expand(text, []);
    },
  };
};
