import { AppError } from "../../agent/base/errors.ts";

/** A file that the host names, with its content. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const SHELL = /^#!\s*(?:\/usr\/bin\/env\s+)?(?:\/(?:usr\/)?bin\/)?((?:ba|da)?sh)(?:[ \t]+([^\n]*))?\n/;

/** What keeps a text from being a script of ours, or undefined. */
export const scriptFault = (text: string): string | undefined => {
  if (text.includes("\r\n")) return "has CRLF line ends; save it with LF";
  return SHELL.test(text) ? undefined : "does not begin with #! and sh, dash or bash";
};

/** The shell that a script asks for, and what its first line gives to it. */
export const interpreterOf = (text: string): { readonly shell: string; readonly option: string } => {
  const [, shell = "sh", option = ""] = SHELL.exec(text) ?? [];
  return { shell, option: option.trim() };
};

export interface Completed {
  readonly text: string;
  /** Lines that are now between its first line and its second. */
  readonly added: number;
}

const breaks = (text: string): number => text.split("\n").length;

/**
 * A script with what goes behind its first line. The body stays as it is.
 *
 * @throws AppError INPUT_INVALID for what is no shell script, or has CRLF line ends
 */
export const completed = ({ path, text }: Source, before: readonly string[]): Completed => {
  const fault = scriptFault(text);
  if (fault !== undefined) throw new AppError("INPUT_INVALID", `${path}:1:1: ${fault}.`);
  const [first = ""] = SHELL.exec(text) ?? [];
  return {
    text: [first.trimEnd(), ...before, text.slice(first.length)].join("\n"),
    added: before.reduce((lines, one) => lines + breaks(one), 0),
  };
};
