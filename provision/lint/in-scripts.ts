import type { Command } from "./commands.ts";
import type { Hit, Rule, Subject } from "./rule.ts";
import type { Script } from "./subject.ts";

type Found = Omit<Hit, "at">;

/** A check that looks at one command at a time. */
export const eachCommand = (
  look: (command: Command, script: Script, subject: Subject) => string | Found | undefined,
): Rule["check"] =>
  function* check(subject) {
    for (const script of subject.scripts)
      for (const command of script.commands) {
        const found = look(command, script, subject);
        if (found === undefined) continue;
        yield {
          at: script.place(command.offset),
          ...(typeof found === "string" ? { message: found } : found),
        };
      }
  };

/** A check that finds at most one thing in a script, at one of its commands. */
export const oncePerScript = (
  look: (command: Command, script: Script, subject: Subject) => string | undefined,
): Rule["check"] =>
  function* check(subject) {
    for (const script of subject.scripts)
      for (const command of script.commands) {
        const message = look(command, script, subject);
        if (message === undefined) continue;
        yield { at: script.place(command.offset), message };
        break;
      }
  };

/** All words that a command says, with what it assigns and where it redirects. */
export const said = ({ words, assigned, redirects }: Command): readonly string[] => [
  ...words.map(({ value }) => value),
  ...assigned.values(),
  ...redirects.map(({ target }) => target),
];

/** The command that reads what this one writes. */
export const pipedInto = ({ commands }: Script, command: Command): Command | undefined =>
  command.ending.startsWith("|") && command.ending !== "||"
    ? commands.slice(commands.indexOf(command) + 1).find(({ depth }) => depth === command.depth)
    : undefined;
