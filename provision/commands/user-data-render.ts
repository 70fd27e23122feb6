import { Buffer } from "node:buffer";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { renderUserData } from "../user-data/render.ts";
import { defineCommand } from "./command.ts";
import { loadHost, readSources } from "./load-host.ts";
import { givenBy, REPEATABLE, type VariableArguments, withVariables } from "./variable-options.ts";

export const command = defineCommand<VariableArguments & { readonly base64: boolean }>({
  operands: "[HOST.yaml]",
  repeatable: REPEATABLE,
  options: (yargs) =>
    withVariables(yargs).option("base64", {
      type: "boolean",
      default: false,
      describe: "As launch templates want it; aws ec2 run-instances encodes by itself",
    }),
  run: async (options, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to render.");
    const host = await loadHost(file, await givenBy(options), terminal);
    const { bytes } = renderUserData(host, await readSources(host, file));
    terminal.out(options.base64 ? `${Buffer.from(bytes).toString("base64")}\n` : bytes);
    return EXIT.done;
  },
});
