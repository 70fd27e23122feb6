import type { Argv } from "yargs";
import type { ExitStatus } from "../base/errors.ts";

/** What a command may use of the process it runs in. `main.ts` makes the real one, tests make their own. */
export interface Terminal {
  /** Writes to standard output as it is: add your own line ends. */
  readonly out: (text: string) => void;
  /** Writes to standard error as it is. */
  readonly err: (text: string) => void;
  /** True when standard output is a terminal that can redraw lines. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at the first SIGINT or SIGTERM: finish what is under way, then return. */
  readonly stop: AbortSignal;
  /** Aborts at the second one: return at once. */
  readonly abandon: AbortSignal;
}

/** One subcommand: its options for yargs, and what it does. Throws AppError for what a user can mend. */
export interface Command<Options> {
  readonly options: (yargs: Argv) => Argv<Options>;
  readonly run: (options: Options, terminal: Terminal) => Promise<ExitStatus>;
}

export const defineCommand = <Options>(command: Command<Options>): Command<Options> => command;
