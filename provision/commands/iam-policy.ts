import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { nearest } from "../../agent/config/nearest.ts";
import { PERMISSIONS, policyOf } from "../launch-template/permissions.ts";
import { defineCommand } from "./command.ts";

const COMMANDS = Object.keys(PERMISSIONS);

/** `launch-template` stands for all of its group; a command with an option that takes more has a name of its own. */
const named = (name: string): readonly string[] => {
  if (COMMANDS.includes(name)) return [name];
  const found = COMMANDS.filter((command) => command.startsWith(`${name} `));
  if (found.length > 0) return found;
  const meant = nearest(name, COMMANDS);
  throw new AppError(
    "USAGE",
    `"${name}" is no command that talks to AWS${meant === undefined ? "" : `. Did you mean "${meant}"?`}`,
  );
};

export const command = defineCommand<object>({
  operands: '["COMMAND"...]',
  options: (yargs) =>
    yargs.epilogue(
      `Without a command: what all of them need. Put a command in quotes:\n${COMMANDS.map((name) => `  "${name}"`).join("\n")}`,
    ),
  run: async (_, names, { out }): Promise<ExitStatus> => {
    const commands = names.length === 0 ? COMMANDS : names.flatMap(named);
    out(`${JSON.stringify(policyOf(commands), null, 2)}\n`);
    return EXIT.done;
  },
});
