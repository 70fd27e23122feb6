import type { Argv } from "yargs";
import { AppError } from "../base/errors.ts";
import { nearest } from "../config/nearest.ts";

const UNKNOWN = /^Unknown arguments?: (.+)$/;

/** yargs knows no near misses among options, and names one that is written with a hyphen twice: once without. */
export const withGuess = async (error: unknown, cli: Argv): Promise<unknown> => {
  const [, named] = (error instanceof AppError && UNKNOWN.exec(error.message)) || [];
  if (named === undefined) return error;
  const words = named.split(", ").filter((word, _, all) => !all.some((other) => isCamelOf(word, other)));
  const options = new Set((await cli.getHelp()).match(/(?<=--)[a-z][\w-]*/g));
  const meant = words.map((word) => nearest(word, options)).filter((option) => option !== undefined);
  const guess = meant.map((option) => `--${option}`).join(" and ");
  const what = `Unknown argument${words.length === 1 ? "" : "s"}: ${words.join(", ")}`;
  return new AppError("USAGE", guess === "" ? what : `${what}. Did you mean ${guess}?`);
};

const isCamelOf = (word: string, other: string): boolean =>
  word !== other && word === other.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
