import type { Argv } from "yargs";

export interface StateArguments {
  readonly "state-dir": string;
}

/** Options of all commands about rehearsals. */
export const withState = <T>(yargs: Argv<T>): Argv<T & StateArguments> =>
  yargs.option("state-dir", {
    type: "string",
    default: "/var/lib/hostwright/rehearse",
    describe: "Where bases, packages and runs lie",
  }) as Argv<T & StateArguments>;
