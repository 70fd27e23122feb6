import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { serveInside } from "../io/rehearse/serve-inside.ts";
import { defineCommand } from "./command.ts";

/** What a rehearsal starts by itself, to serve its container. */
export const command = defineCommand<object>({
  operands: "",
  options: (yargs) => yargs,
  run: async (): Promise<ExitStatus> => {
    if (process.send === undefined)
      throw new AppError("USAGE", "Only `provision rehearse` starts this; it is of no use by itself.");
    await serveInside();
    return EXIT.done;
  },
});
