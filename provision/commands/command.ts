import type { Argv } from "yargs";
import type { ExitStatus } from "../../agent/base/errors.ts";

/** What a command may use of the process it runs in. `main.ts` makes the real one, tests make their own. */
export interface Terminal {
  /** Writes to standard output as it is: add your own line ends. */
  readonly out: (text: string | Uint8Array) => void;
  /** Writes to standard error as it is. */
  readonly err: (text: string) => void;
}

/** One subcommand: its options for yargs, and what it does. Throws AppError for what a user can mend. */
export interface Command<Options> {
  /** What stands behind its name, such as `FILE...`. */
  readonly operands: string;
  readonly options: (yargs: Argv) => Argv<Options>;
  /** Options that may be given more than once; of all others the last one counts. */
  readonly repeatable?: readonly string[];
  /** `operands` are the words that are no options. */
  readonly run: (options: Options, operands: readonly string[], terminal: Terminal) => Promise<ExitStatus>;
}

export const defineCommand = <Options>(command: Command<Options>): Command<Options> => command;
