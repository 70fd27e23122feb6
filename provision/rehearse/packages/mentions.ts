import { type Command, commandsOf } from "../../lint/commands.ts";
import type { Word } from "../../lint/shell-scan.ts";
import type { Place } from "../../lint/subject.ts";
import { installIn, type Manager, nestedScripts } from "./install-command.ts";
import { withoutBraces } from "./package-names.ts";
import { linesAfter } from "./part-lines.ts";
import type { Shell, ShellScript } from "./shells.ts";
import { type ShellText, type Variables, variablesIn } from "./variables.ts";

/** Words of one place that name packages. */
export interface Mention {
  readonly at: Place;
  readonly words: readonly string[];
  /** What is written there, when it can mean more than the words. */
  readonly open?: string;
}

/** One command, or one list of a cloud-config, that installs what it mentions. */
export interface Mentions {
  readonly manager: Manager;
  readonly at: Place;
  readonly mentions: readonly Mention[];
}

/** Scripts in scripts, and so on: deeper than that nobody nests them. */
const MOST_DEPTH = 4;

/** Whoever gives a variable such a name keeps options in it. */
const HOLDS_OPTIONS = /^\$\{?\w*(OPT|ARG|FLAG)/i;

const mentionOf = ({ value, quoted }: Word, shell: string, variables: Variables, at: Place): Mention => {
  const { texts, complete } = variables.expand(value);
  const words = texts.flatMap((text) => text.split(/\s+/)).filter((text) => /^[^-]/.test(text));
  return {
    at,
    words: quoted || shell === "sh" ? words : words.flatMap(withoutBraces),
    ...(complete || HOLDS_OPTIONS.test(value) ? {} : { open: value }),
  };
};

interface Surroundings {
  readonly script: ShellScript;
  readonly variables: Variables;
  /** All that runs in the same shell. */
  readonly scope: readonly ShellText[];
  readonly depth: number;
}

const inNested = (word: Word, { script, scope, depth }: Surroundings): readonly Mentions[] => {
  const { value: text } = word;
  const nested: ShellScript = {
    ...script,
    text,
    commands: commandsOf(text),
    place: (offset) => linesAfter(script.place(word.offset), text.slice(0, offset).split("\n").length - 1),
  };
  const inner = [...scope, nested];
  return inScript({ script: nested, variables: variablesIn(inner), scope: inner, depth: depth + 1 });
};

const inCommand = (command: Command, around: Surroundings): readonly Mentions[] => {
  const { script, variables, depth } = around;
  const at = script.place(command.offset);
  const install = installIn(command);
  if (install === undefined)
    return depth < MOST_DEPTH ? nestedScripts(command).flatMap((word) => inNested(word, around)) : [];
  const { manager, words, more } = install;
  const mentions = words.map((word) => mentionOf(word, script.shell, variables, script.place(word.offset)));
  const read: readonly Mention[] = more ? [{ at, words: [], open: "what xargs reads" }] : [];
  return [{ manager, at, mentions: [...mentions, ...read] }];
};

const inScript = (around: Surroundings): readonly Mentions[] =>
  around.script.commands.flatMap((command) => inCommand(command, around));

/** What the scripts of one shell install. Pure; never throws. */
export const mentionsIn = (shell: Shell): readonly Mentions[] => {
  const variables = variablesIn(shell);
  return shell.flatMap((script) => inScript({ script, variables, scope: shell, depth: 0 }));
};
